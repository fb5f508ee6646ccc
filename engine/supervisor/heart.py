"""The heartbeat through the queue: is there a cluster that still hears bells?

A cluster can live and do nothing (kill -9 of an idle worker may leave the queue's lock taken for ever), so being alive
is no proof. A call is put on the queue; a worker answers by writing down when. Silence is measured on the monotonic
clock since the answer last changed, so a step of the wall clock is no silence.
"""

from __future__ import annotations

import threading
import time

from django.db import DatabaseError, connection

from engine import queue

from .screen import say

EVERY_S = 2.0
SILENCE_S = 15.0
# A cluster that has just been started may take this long to its first answer.
GRACE_S = 30.0


class Heart:
    """Beats in a thread of its own: a database that makes it wait must not stop the supervisor."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._heard_at = time.monotonic() + GRACE_S - SILENCE_S
        self._answer: object = None
        self._away = False
        threading.Thread(target=self._beat, name="heart", daemon=True).start()

    def silent_for(self) -> float:
        """Seconds since the last answer; below zero while a new cluster still has its time of grace."""
        return time.monotonic() - self._heard_at

    def expect_new_cluster(self) -> None:
        self._heard_at = time.monotonic() + GRACE_S - SILENCE_S

    def stop(self) -> None:
        self._stop.set()

    def _beat(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                queue.call_for_beat()
                answer = queue.last_beat()
            except (DatabaseError, OSError) as error:
                self._database_away(error)
                continue
            self._away = False
            if answer != self._answer:
                self._answer = answer
                self._heard_at = max(self._heard_at, time.monotonic())

    def _database_away(self, error: Exception) -> None:
        """A server that is down is not the cluster's fault; a locked SQLite may be, by a stopped worker."""
        if connection.vendor != "sqlite" or isinstance(error, queue.Unreachable):
            self._heard_at = max(self._heard_at, time.monotonic())
            connection.close()
        if not self._away and not self._stop.is_set():
            say("run", f"cannot reach the queue: {error}".strip().splitlines()[0])
        self._away = True
