"""`make soak`: the long proofs, in full length. `make test` has short forms of the same tests.

Tests read SOAK and then use their full numbers (200 kills, a million contacts, thousands of random workflows).
"""

from __future__ import annotations

import os
import subprocess
import sys

from .environment import PYTHON, ROOT, prepare


def main() -> None:
    prepare("requirements-dev.txt")
    os.chdir(ROOT)
    os.environ["SOAK"] = "1"
    command = [str(PYTHON), "-m", "pytest", "-m", "slow or processes", "--durations=20", *sys.argv[1:]]
    sys.exit(subprocess.run(command).returncode)


if __name__ == "__main__":
    main()
