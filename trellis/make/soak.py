"""`make soak`: the long proofs, in full length. `make test` has short forms of the same tests.

Tests read SOAK and then use their full numbers: 200 kills on each database, a database away for a minute, thousands of random
workflows. Seeds are printed; SOAK_SEED repeats them. Last comes the benchmark with a million contacts, which `trellis_verify` judges.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

from . import machine
from .environment import PYTHON, ROOT, prepare, say

CONTACTS = 1_000_000


def main() -> None:
    prepare("requirements-dev.txt")
    os.chdir(ROOT)
    seed = os.environ.get("SOAK_SEED") or str(random.randrange(10**6))
    os.environ |= {"SOAK": "1", "CRASH_SEED": seed}
    postgresql, why = machine.postgresql()
    if postgresql:
        os.environ["TEST_POSTGRESQL_URL"] = postgresql
    else:
        say(f"Without PostgreSQL: {why}")
    if url := machine.redis()[0]:
        os.environ["TEST_REDIS_URL"] = url
    say(f"Seed {seed}; make soak SOAK_SEED={seed} repeats it.")
    proofs: list[tuple[str, list[str]]] = [
        ("kills, outages, clocks, processes", ["-s", "-m", "slow or processes", "tests/crash", "tests/house"]),
        ("random workflows beside the model", ["-s", "tests/model"]),
    ]
    failed = [name for name, arguments in proofs if not _holds(name, ["-m", "pytest", "--durations=10", *arguments])]
    if postgresql:
        os.environ["TEST_DATABASE_URL"] = postgresql
        if not _holds("random workflows on PostgreSQL", ["-m", "pytest", "-s", "tests/model"]):
            failed.append("random workflows on PostgreSQL")
    bench = ["manage.py", "bench", "--contacts", str(CONTACTS), *(["--postgresql", postgresql] if postgresql else [])]
    if not _holds(f"{CONTACTS:,} contacts", bench):
        failed.append("bench")
    say(f"\nSeed {seed}. " + (f"Failed: {', '.join(failed)}" if failed else "All proofs hold."))
    sys.exit(1 if failed else 0)


def _holds(name: str, arguments: list[str]) -> bool:
    say(f"\n== {name}")
    began = time.monotonic()
    done = subprocess.run([str(PYTHON), *arguments]).returncode
    say(f"== {name}: {'holds' if done == 0 else 'FAILED'} after {(time.monotonic() - began) / 60:.1f} minutes")
    return done == 0


if __name__ == "__main__":
    main()
