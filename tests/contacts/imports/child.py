"""A worker in a process of its own: works an import off and says how much memory that took. Started by test_large."""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trellis.settings")
django.setup()

from contacts import imports  # noqa: E402  (models can be imported only after set-up)
from contacts.imports import working  # noqa: E402
from contacts.models import Import  # noqa: E402


def peak_kb() -> int:
    """This process's own high-water mark: `ru_maxrss` would start at the parent's, which Linux hands on through exec (getrusage(2))."""
    with Path("/proc/self/status").open() as status:
        return next(int(row.split()[1]) for row in status if row.startswith("VmHWM"))


def main(import_id: int) -> None:
    Import.objects.count()  # connected before the first measure
    before, turns = peak_kb(), 0
    commit = working._commit

    def told(*args):  # type: ignore[no-untyped-def]
        of = commit(*args)
        sys.stdout.write(json.dumps({"rows": of.rows}) + "\n")
        sys.stdout.flush()
        return of

    working._commit = told
    while not imports.work(import_id, seconds=5):
        turns += 1
    sys.stdout.write(json.dumps({"grown_kb": peak_kb() - before, "peak_kb": peak_kb(), "turns": turns}) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
