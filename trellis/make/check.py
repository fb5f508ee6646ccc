"""`make check`: the quick look before a commit: format, lint, types, migrations, house rules, fast tests."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from .environment import ROOT, VENV, prepare, say

FAST = "not slow and not browser and not processes"


def main() -> None:
    prepare("requirements-dev.txt")
    os.chdir(ROOT)
    looks = [
        ("format", ["ruff", "format", "--check", "--quiet", "."]),
        ("lint", ["ruff", "check", "--quiet", "."]),
        ("types", ["mypy", "contacts", "builder", "engine", "trellis"]),
        ("migrations", ["python", "manage.py", "makemigrations", "--check", "--dry-run", "--verbosity", "1"]),
        ("deploy check", ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]),
    ]
    if "--no-tests" not in sys.argv:
        looks.append(("fast tests", ["pytest", "-n", "2", "-m", FAST]))
    failed = [name for name, command in looks if not _passes(name, command)]
    if failed:
        say(f"\nFailed: {', '.join(failed)}")
        raise SystemExit(1)
    say("\nAll well.")


def _passes(name: str, command: list[str]) -> bool:
    """Show what a look found only if it found something; the tests speak for themselves."""
    began = time.monotonic()
    say(f"{name} ...")
    with tempfile.TemporaryDirectory() as data:
        environment = os.environ | DEPLOYED if name == "deploy check" else os.environ | {"DEMO": "0"}
        environment = environment | {"DATA_DIR": data} if name != "fast tests" else environment
        seen = None if name == "fast tests" else subprocess.PIPE
        done = subprocess.run(
            [VENV / "bin" / command[0], *command[1:]], env=environment, stdout=seen, stderr=subprocess.STDOUT, text=True
        )
    if done.returncode and done.stdout:
        say(done.stdout.rstrip())
    say(f"  {'failed' if done.returncode else 'well'} ({time.monotonic() - began:.0f} s)")
    return done.returncode == 0


# As behind a real address; the key is for this look alone.
DEPLOYED = {
    "BASE_URL": "https://trellis.example.com",
    "SECRET_KEY": "only-for-the-deploy-check-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "DEMO": "0",
    "DEBUG": "0",
    "DATABASE_URL": "",
    "REDIS_URL": "",
}


if __name__ == "__main__":
    main()
