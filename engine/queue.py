"""The doorbell. The only file that knows django-q2: a queue message says "look", the rows say what is true.

Any number of clusters may hear a bell; claims decide who works. A message that is lost or doubled changes nothing: the pulse
rings again for what is due.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, transaction
from django_q.tasks import async_task

from contacts import clock, faults
from engine.models import Beat, Bell

# A call that nobody answered for this long is taken for lost.
BELIEVED_S = 4.0
# How often a worker that is busy says that it lives; below the supervisor's 15 s of silence with room to spare.
BEAT_EVERY_S = 3.0
_answers: dict[str, Callable[[], None]] = {}


def answers(name: str, work: Callable[[], None]) -> None:
    """Register what a worker does when the bell `name` rings."""
    _answers[name] = work


def ring(name: str) -> bool:
    """Call a worker, unless one is called or at work already. Cheap enough for every commit."""
    if clock.is_simulated():
        return False
    now = time.time()
    if not Bell.objects.filter(name=name, rung_at__lt=now - BELIEVED_S).exists():
        if Bell.objects.filter(name=name).exists():
            return False
        Bell.objects.bulk_create([Bell(name=name, rung_at=0)], ignore_conflicts=True)
    with transaction.atomic():
        if not Bell.objects.filter(name=name, rung_at__lt=now - BELIEVED_S).update(rung_at=now):
            return False
        transaction.on_commit(lambda: _call(name))
    return True


def _call(name: str) -> None:
    faults.point("queue.ringing")
    async_task("engine.queue.answer", name, q_options={"save": False, "ack_failure": True})


def still_at_work(name: str) -> None:
    """Say so during long work, so that nobody is called beside us."""
    Bell.objects.filter(name=name).update(rung_at=time.time())


def answer(name: str) -> None:
    """What a worker runs. The bell is free again afterwards, also when the work failed."""
    try:
        with _alive(name):
            _answers[name]()
            faults.point("queue.answered")
    finally:
        Bell.objects.filter(name=name).update(rung_at=0)


@contextmanager
def _alive(name: str) -> Iterator[None]:
    """Give signs of life during long work. Calls for one wait behind it in the queue, and a worker that waits for a slow mail
    server must not be taken for a cluster that hears nothing: it would be ended inside the hand-over."""
    done = threading.Event()

    def give() -> None:
        while not done.wait(BEAT_EVERY_S):
            try:
                beat()
                still_at_work(name)  # or the pulse would call a second worker beside this one
            except DatabaseError:
                continue  # locked or away: the next one tells
            finally:
                connection.close()

    threading.Thread(target=give, name="alive", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def call(path: str, *arguments: Any) -> None:
    """Let a worker call `path` (dotted) once. Ids only: payloads are pickles."""
    if clock.is_simulated():
        return
    async_task(path, *arguments, q_options={"save": False, "ack_failure": True})


def call_for_beat() -> None:
    """Ask the cluster, through the queue itself, for a sign of life."""
    async_task("engine.queue.beat", q_options={"save": False, "ack_failure": True})


def beat() -> None:
    Beat.objects.update_or_create(name=socket.gethostname()[:60], defaults={"at": time.time()})


def last_beat() -> float | None:
    """When a worker of this host last gave a sign of life (wall time, seconds)."""
    row = Beat.objects.filter(name=socket.gethostname()[:60]).first()
    return row.at if row else None
