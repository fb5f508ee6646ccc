"""A real `manage.py run` on a data folder of its own, and what its processes do."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache
from http.client import HTTPConnection
from pathlib import Path

from tests.house.source import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], object], within_s: float, what: str = "") -> float:
    """Wait for it; answers after how many seconds. These are real processes: only here do tests wait for wall time."""
    began = time.monotonic()
    while time.monotonic() - began < within_s:
        if true():
            return time.monotonic() - began
        time.sleep(0.05)
    raise AssertionError(f"not within {within_s} s: {what or true}")


def group(leader: int) -> set[int]:
    """Ids of all living processes in this process group."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, pgid = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except (OSError, ValueError):
                continue
            if int(pgid) == leader and state != "Z":
                found.add(int(entry.name))
    return found


def children(parent: int) -> list[int]:
    """Ids of the living processes that this one has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, of = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except (OSError, ValueError):
                continue
            if int(of) == parent and state != "Z":
                found.append(int(entry.name))
    return sorted(found)


@cache
def _migrated() -> Path:
    """An empty database with its tables, made once: migrating takes longer than most tests."""
    data = Path(tempfile.mkdtemp(prefix="trellis-tests-"))
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(data), "DATABASE_URL": "", "DEMO": "0"},
        check=True,
    )
    return data / "trellis.sqlite3"


class Running:
    """Use as a context manager; whatever is left at the end is killed. A database that is in `data` already is kept.

    `parts`: which of web, cluster and pulse; default all.
    """

    def __init__(self, data: Path, *parts: str, **environment: str) -> None:
        self.parts = parts
        self.port = free_port()
        self.lines: list[str] = []
        self.heard_at: list[float] = []
        self.environment = os.environ | {
            "DATA_DIR": str(data),
            "PORT": str(self.port),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "DEMO": "0",
            **environment,
        }

    def __enter__(self) -> Running:
        database = Path(self.environment["DATA_DIR"]) / "trellis.sqlite3"
        if not self.environment["DATABASE_URL"] and not database.exists():
            shutil.copy(_migrated(), self.environment["DATA_DIR"])
        self.start()
        return self

    def start(self) -> None:
        """Start the supervisor; again, if it was killed."""
        before = len(self.said("Ctrl+C stops it"))
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "run", *self.parts],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        until(lambda: len(self.said("Ctrl+C stops it")) > before, 60, "start")

    def __exit__(self, *failure: object) -> None:
        leaders = {pid for name in ("web", "cluster", "pulse") for pid in self.pids(name)}
        self.process.kill()
        self.process.wait()
        for leader in leaders:
            for pid in group(leader):
                os.kill(pid, signal.SIGKILL)

    def said(self, text: str) -> list[str]:
        return [line for line in self.lines if text in line]

    def pids(self, name: str) -> list[int]:
        """First processes of this child, in the order they were started."""
        pattern = re.compile(rf"^{name} *\| started \(process (\d+)\)")
        return [int(found.group(1)) for line in list(self.lines) if (found := pattern.match(line))]

    def healthy(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard_at.append(time.monotonic())
            self.lines.append(line.rstrip())
