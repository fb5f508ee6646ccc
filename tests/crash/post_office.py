"""A real SMTP server on loopback that counts Message-IDs, and can have the sender killed in the middle of a hand-off."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections import Counter, deque
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class PostOffice:
    """Use as a context manager. `received` counts each Message-ID that was accepted, `letters` are their texts in order."""

    def __init__(self, kill_at: set[int] = frozenset()) -> None:  # type: ignore[assignment]
        self.received: Counter[str] = Counter()
        self.letters: list[EmailMessage] = []
        self.killed: list[int] = []
        self.callers: deque[int] = deque(maxlen=50)
        self._kill_at = set(kill_at)
        self._lock = threading.Lock()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> PostOffice:
        self._controller.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        """The text has come, our answer has not gone: the one moment that nobody can resolve afterwards."""
        letter = message_from_bytes(envelope.content, policy=policy.default)
        with self._lock:
            self.received[letter["Message-ID"]] += 1
            self.letters.append(letter)
            self.callers.append(session.peer[1])
            dies = sum(self.received.values()) in self._kill_at
        if dies:
            pid = owner_of(session.peer[1])
            if pid is not None:
                self.killed.append(pid)
                os.kill(pid, signal.SIGKILL)
        return "250 OK"


def owner_of(port: int) -> int | None:
    """The process whose TCP socket has this local port."""
    inode = next(
        (
            fields[9]
            for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
            if int((fields := line.split())[1].split(":")[1], 16) == port and fields[9] != "0"
        ),
        None,
    )
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if any(link.readlink().name == f"socket:[{inode}]" for link in (entry / "fd").iterdir()):
                    return int(entry.name)
            except OSError:
                continue
    return None
