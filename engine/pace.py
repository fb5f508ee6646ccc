"""How much a transaction takes on, and when it lets others write.

On SQLite a transaction stays at about 35 ms and then yields: with 50 ms back to back a web write waited 2.4 s at p95. Whoever
waits for the lock looks every millisecond (`trellis.sqlite`), so a yield of 3 ms is seen. PostgreSQL needs neither; 1,000 is
the knee there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, TypeVar

from engine import sql

Done = TypeVar("Done")

TARGET_S = 0.035
YIELD_S = 0.003
# Fewer would spend more on the statements than on the people.
LEAST, MOST = 300, 1000


class Pace:
    """One for each kind of work: its limit follows what the last turns took."""

    held_s: ClassVar[float] = 0.0

    def __init__(self) -> None:
        self.sqlite = not sql.on_postgresql()
        self.limit = 400 if self.sqlite else MOST

    def turn(self, work: Callable[[int], Done]) -> Done:
        """Do `work(limit)`, which is one transaction, and yield when it is time."""
        if not self.sqlite:
            return work(self.limit)
        started = time.perf_counter()
        done = work(self.limit)
        took = time.perf_counter() - started
        # A short turn says little about a full one; a long one says that it was too much.
        if done and took > TARGET_S / 2:
            factor = min(1.3, max(0.5, TARGET_S / took))
            self.limit = int(min(MOST, max(LEAST, self.limit * factor)))
        self._yield(took)
        return done

    def _yield(self, took: float) -> None:
        """Let others write once this process has held the lock long enough, over all its kinds of work."""
        Pace.held_s += took
        if Pace.held_s >= TARGET_S:
            Pace.held_s = 0.0
            time.sleep(YIELD_S)
