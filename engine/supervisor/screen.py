"""Lines on the screen, with the speaker's name in front, whole lines only whoever speaks."""

from __future__ import annotations

import sys
import threading
from typing import IO

_lock = threading.Lock()
WIDTH = 8


def say(who: str, text: str) -> None:
    """Print one line. A terminal that is gone must not end the supervisor."""
    with _lock:
        try:
            sys.stdout.write(f"{who:<{WIDTH}}| {text}\n")
            sys.stdout.flush()
        except (OSError, ValueError):
            return


def relay(who: str, stream: IO[bytes]) -> threading.Thread:
    """Print what a child writes, line by line, until it closes its end."""

    def read() -> None:
        for line in stream:
            text = line.decode(errors="replace").rstrip()
            if text:
                say(who, text)
        stream.close()

    thread = threading.Thread(target=read, name=f"screen-{who}", daemon=True)
    thread.start()
    return thread
