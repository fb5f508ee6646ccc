"""`make test`: everything the tests need, then all of them; what was skipped, and why, stands at the end.

The last line is one plain "N passed, N failed, N skipped" over all runs, which is what continuous integration reads.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from . import frontend, machine
from .environment import PYTHON, ROOT, VENV, prepare, say

# What the database may treat differently. Pages, the canvas and the house rules do not depend on it.
ON_EVERY_DATABASE = ["tests/contacts", "tests/builder", "tests/engine", "tests/messaging"]


@dataclass
class Sum:
    passed: int = 0
    failed: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def read(self, report: Path) -> None:
        """Add one run's junit report; a run that left none has failed as a whole."""
        try:
            cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314  (our own pytest wrote it)
        except (OSError, ElementTree.ParseError):
            self.failed += 1
            return
        for case in cases:
            skip = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed += 1
            elif skip is not None:
                reason = (skip.get("message") or "no reason given").splitlines()[0]
                self.skipped[reason] = self.skipped.get(reason, 0) + 1
            else:
                self.passed += 1

    def check(self, name: str, well: bool) -> None:
        self.passed, self.failed = self.passed + well, self.failed + (not well)
        if not well:
            say(f"FAILED {name}")


def main() -> None:
    began = time.monotonic()
    prepare("requirements-dev.txt")
    os.chdir(ROOT)
    # What fails must fail again: worlds are drawn from fixed seeds, and sets are walked in one order too.
    os.environ.setdefault("PYTHONHASHSEED", "3")
    total = Sum()
    browser, why = machine.chromium()
    if browser:
        os.environ["CHROMIUM"] = browser
    else:
        total.notes.append(f"browser tests: {why}")
    redis, why = machine.redis()
    if redis:
        os.environ["TEST_REDIS_URL"] = redis
    else:
        total.notes.append(f"Redis tests: {why}")
    postgresql, why = machine.postgresql()
    if postgresql:  # for tests that start processes on databases of their own, whatever the run's own database is
        os.environ["TEST_POSTGRESQL_URL"] = postgresql

    _canvas(total)
    alone = "processes or browser" if browser else "processes and not browser"
    os.environ.pop("TEST_DATABASE_URL", None)
    _pytest(total, "on SQLite", ["-n", "2", "-m", "not processes and not browser"])
    # They time real processes: nothing else may use the cores meanwhile.
    _pytest(total, "with real processes and a real browser", ["-m", alone])
    if postgresql:
        os.environ["TEST_DATABASE_URL"] = postgresql
        _pytest(total, "on PostgreSQL", ["-n", "2", "-m", "not browser and not slow", *_present(ON_EVERY_DATABASE)])
        # The reference model is slow, but it is why we believe that both databases mean the same. Many more worlds in `make soak`.
        os.environ.setdefault("MODEL_EXAMPLES", "400")
        _pytest(total, "of the reference model on PostgreSQL", ["-n", "2", "tests/model/test_agreement.py"])
    else:
        total.notes.append(f"the suite on PostgreSQL: {why}")

    say(f"\nTook {(time.monotonic() - began) / 60:.1f} minutes.")
    skipped = [f"{reason} ({count})" for reason, count in sorted(total.skipped.items())]
    if total.notes or skipped:
        say("Skipped:")
        for line in total.notes + skipped:
            say(f"  {line}")
    say(f"{total.passed} passed, {total.failed} failed, {sum(total.skipped.values()) + len(total.notes)} skipped")
    sys.exit(1 if total.failed or not total.passed else 0)


def _canvas(total: Sum) -> None:
    if not (frontend.SOURCE / "package-lock.json").exists():
        total.notes.append("the canvas: builder/frontend has no package-lock.json")
        return
    try:
        frontend.install()
    except frontend.NotHere as reason:
        total.notes.append(f"the canvas's tests and bundle: {reason}")
        return
    total.check("the canvas's tests", frontend.tests())
    total.check("static/builder is what the source builds", frontend.bundle_is_current())


def _pytest(total: Sum, where: str, arguments: list[str]) -> None:
    say(f"\n== tests {where}")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        environment = os.environ | {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
        command = [str(PYTHON), "-m", "pytest", "--durations=5", f"--junit-xml={report}", *arguments]
        done = subprocess.run(command, env=environment)
        if done.returncode == 5:  # pytest's word for "none selected"
            total.notes.append(f"tests {where}: there are none")
        else:
            before = total.failed
            total.read(report)
            if done.returncode and total.failed == before:  # it broke outside any test
                total.failed += 1


def _present(folders: list[str]) -> list[str]:
    return [folder for folder in folders if any(Path(folder).rglob("test_*.py"))]


if __name__ == "__main__":
    main()
