"""`python -m tests.histories.record`: play each story that has no file yet and write down what became of everybody.

What stands there already is kept: it says what an older Trellis did. `--show NAME` prints what a story gives today.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="trellis.settings", DATA_DIR=folder, DATABASE_URL="", REDIS_URL="", DEMO="0"
        )
        import django

        django.setup()
        from django.core.management import call_command

        from tests.histories.stories import STORIES

        call_command("migrate", verbosity=0)
        if "--show" in sys.argv:
            print(json.dumps(_played(STORIES[sys.argv[-1]]), indent=1))
            return
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE
        ).stdout.strip()
        for name, story in STORIES.items():
            file = HERE / f"{name}.json"
            if file.exists():
                print(f"kept      {name}")
                continue
            history = {"recorded": commit, **story, "expected": _played(story)}
            file.write_text(json.dumps(history, indent=1, ensure_ascii=False) + "\n")
            runs = [run for person in history["expected"].values() for run in person["runs"]]
            print(f"recorded  {name}: {len(runs)} runs, {sum(len(run['visits']) for run in runs)} visits")


def _played(story: dict[str, Any]) -> dict[str, Any]:
    """In a transaction that is taken back: every story finds an empty house."""
    from django.db import transaction

    from engine import program, standing
    from tests.histories.playing import play

    with transaction.atomic():
        # A rolled-back story gives its ids to the next one.
        program.program.cache_clear()
        standing._doors.cache_clear()
        found = play(json.loads(json.dumps(story)))
        transaction.set_rollback(True)
    return found


if __name__ == "__main__":
    main()
