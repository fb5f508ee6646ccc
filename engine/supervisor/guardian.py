"""Ends the process groups of a supervisor that was killed: `python -m engine.supervisor.guardian FD`.

The supervisor holds the other end of a pipe and writes "+123" when group 123 starts and "-123" when it has ended.
However the supervisor dies, the kernel closes the pipe; the groups that are still listed are then killed. The guardian
is in a session of its own and ignores the signals of the terminal, so that a Ctrl+C reaches only the supervisor.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys


class Guardian:
    """The supervisor's end: starts the guardian, and again if somebody kills it."""

    def __init__(self) -> None:
        self._groups: set[int] = set()
        self._process: subprocess.Popen[bytes] | None = None

    def watch(self, group: int) -> None:
        self._groups.add(group)
        self._say(f"+{group}\n")

    def forget(self, group: int) -> None:
        self._groups.discard(group)
        self._say(f"-{group}\n")

    def keep(self) -> None:
        """Start the guardian if it is not there; called in every round."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "engine.supervisor.guardian"], stdin=subprocess.PIPE, start_new_session=True
            )
            for group in sorted(self._groups):
                self._say(f"+{group}\n")

    def dismiss(self) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait()

    def _say(self, line: str) -> None:
        if self._process and self._process.stdin:
            try:
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()
            except BrokenPipeError:
                self._process = None  # keep() starts the next one and repeats the list


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        change, group = line[0], int(line[1:])
        if change == "+":
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue  # it ended by itself, or the number belongs to somebody else by then


if __name__ == "__main__":
    main()
