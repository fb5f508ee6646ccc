"""`make bench N=10000`: the benchmark on SQLite, and on PostgreSQL when one is reachable."""

from __future__ import annotations

import os
import subprocess
import sys

from . import machine
from .environment import PYTHON, ROOT, prepare, say


def main() -> None:
    prepare("requirements-dev.txt")
    os.chdir(ROOT)
    url, why = machine.postgresql()
    if not url:
        say(f"Not measured on PostgreSQL: {why}")
    arguments = ["--contacts", sys.argv[1] if len(sys.argv) > 1 else "10000", *(["--postgresql", url] if url else [])]
    sys.exit(subprocess.run([PYTHON, "manage.py", "bench", *arguments]).returncode)


if __name__ == "__main__":
    main()
