"""One supervised process: its group, its restarts, and what is left of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

from .guardian import Guardian
from .screen import relay, say

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 15.0
# A process that lived this long was well: its next restart is quick again.
WELL_AFTER_S = 30.0


@dataclass
class Child:
    name: str
    program: list[str]
    nice: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    keep_open: tuple[int, ...] = ()

    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    _pause_s: float = FIRST_PAUSE_S

    def start(self, guardian: Guardian) -> None:
        """Start in a process group of its own, so that one signal reaches all that it forks."""
        leash = [sys.executable, "-u", "-m", "engine.supervisor.leash", str(os.getpid()), str(self.nice)]
        self.process = subprocess.Popen(
            leash + self.program,
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.keep_open,
            process_group=0,
        )
        guardian.watch(self.process.pid)
        self.started_at = time.monotonic()
        assert self.process.stdout is not None
        relay(self.name, self.process.stdout)
        say(self.name, f"started (process {self.process.pid})")

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def bury(self, guardian: Guardian) -> None:
        """After its end: end what it left behind, and say when it may start again."""
        assert self.process is not None
        code = self.process.returncode
        self.kill()
        guardian.forget(self.process.pid)
        self.process = None
        lived_s = time.monotonic() - self.started_at
        self._pause_s = FIRST_PAUSE_S if lived_s > WELL_AFTER_S else min(self._pause_s * 2, LONGEST_PAUSE_S)
        self.start_at = time.monotonic() + self._pause_s
        say(self.name, f"ended unasked ({_words(code)}); starts again in {self._pause_s:.1f} s")

    def ask_to_stop(self) -> None:
        """Ask the first process only: the cluster ends its workers in order, a signal to all would cut tasks short."""
        if self.running:
            assert self.process is not None
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the whole group at once, stopped processes too."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):  # nobody is left
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _words(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
