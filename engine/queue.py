"""The doorbell. The only file that knows django-q2: a queue message says "look", the rows say what is true.

Any number of clusters may hear a bell; claims decide who works. A message that is lost or doubled changes nothing: the pulse
rings again for what is due. One worker is called for each kind of work, and calls another one beside itself when there is more
than it can take at once.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django_q.conf import Conf
from django_q.tasks import async_task

from contacts import clock, faults
from engine.models import Beat, Bell

if settings.REDIS_URL:
    from django_q.brokers.redis_broker import Redis as _Queue
    from redis.exceptions import RedisError

    _away: tuple[type[Exception], ...] = (RedisError,)
else:
    from django_q.brokers.orm import ORM as _Queue

    _away = ()

log = logging.getLogger("trellis.queue")

# A call that nobody answered for this long is taken for lost.
BELIEVED_S = 4.0
# Workers at one kind of work, over all machines. SQLite has one writer: a second worker would only wait for it.
CREW = 16
# A turn of those who were called to help is short, so that other bells find a free worker soon.
TURN_S, HELPING_S = 15.0, 4.0
# How often a worker that is busy says that it lives; below the supervisor's 15 s of silence with room to spare.
BEAT_EVERY_S = 3.0
# Calls for a sign of life from a cluster that is gone are forgotten after this time.
FORGOTTEN_S = 60
_answers: dict[str, Callable[[], None]] = {}
_stays: list[Callable[[], None]] = []
_at_work: dict[str, int] = {}  # in this process: kind of work -> its number in the crew


class Unreachable(OSError):
    """The queue's server does not answer."""


# --- the two lists a cluster hears ----------------------------------------------------------------
def cluster() -> str:
    """The name of this supervisor's cluster; "" for one that nobody supervises."""
    return os.environ.get("TRELLIS_CLUSTER", "")


def _own_list() -> str:
    return f"trellis-{cluster()}" if cluster() else ""


class Broker(_Queue):  # type: ignore[misc,valid-type]
    """Hears the list that all clusters share, and one of its own: what is asked there only this cluster can answer.

    On the shared list another cluster might answer the supervisor's call for a heartbeat in the place of one that hears nothing.
    """

    list_key: str

    def dequeue(self) -> Any:
        own = _own_list()
        if not own:
            return super().dequeue()
        if settings.REDIS_URL:
            task = self.connection.blpop([f"django_q:{own}:q", self.list_key], 1)
            return [(None, task[1])] if task else None
        shared, self.list_key = self.list_key, own
        try:
            if self.queue_size():
                return super().dequeue()
        finally:
            self.list_key = shared
        return super().dequeue()


@cache
def _connected(list_key: str) -> Broker:
    """One connection to Redis for this process, not one a call; its pool knows threads and forks."""
    return Broker(list_key=list_key)


def _options(list_key: str = "") -> dict[str, Any]:
    """What each call is given. The database's queue needs no connection of its own."""
    told: dict[str, Any] = {"save": False, "ack_failure": True}
    if settings.REDIS_URL or list_key:
        told["broker"] = _connected(list_key or Conf.CLUSTER_NAME)
    return told


# --- bells ------------------------------------------------------------------------------------------
def while_at_work(stay: Callable[[], None]) -> None:
    """Call `stay` from beside every few seconds of long work. It may write a row or two."""
    if stay not in _stays:
        _stays.append(stay)


def answers(name: str, work: Callable[[], None]) -> None:
    """Register what a worker does when the bell `name` rings."""
    _answers[name] = work


def ring(name: str) -> bool:
    """Call a worker, unless one is called or at work already. Cheap enough for every commit; raises nothing if the queue is away."""
    return _ring(name, BELIEVED_S)


def call_for_help(name: str) -> bool:
    """Call one more worker to the work at which this one is, for there is more than it can take at once."""
    number = _at_work.get(name, 1) + 1
    if connection.vendor == "sqlite" or number > CREW:
        return False
    return _ring(f"{name}:{number}", HELPING_S * 2)


def _ring(bell: str, believed_s: float) -> bool:
    if clock.is_simulated():
        return False
    now = time.time()
    rung_at = Bell.objects.filter(name=bell).values_list("rung_at", flat=True).first()
    if rung_at is None:
        Bell.objects.bulk_create([Bell(name=bell, rung_at=0)], ignore_conflicts=True)
    elif abs(now - rung_at) <= believed_s:
        return False
    # What was rung in the future was rung before the clock was set back.
    free = Bell.objects.filter(Q(rung_at__lt=now - believed_s) | Q(rung_at__gt=now + believed_s), name=bell)
    with transaction.atomic():
        if not free.update(rung_at=now):
            return False
        transaction.on_commit(lambda: _call(bell))
    return True


def _call(bell: str) -> None:
    faults.point("queue.ringing")
    try:
        async_task("engine.queue.answer", bell, q_options=_options())
    except _away as error:
        # Only a doorbell: the pulse rings again when this call is taken for lost.
        log.warning("The queue cannot be reached, %s was not called: %s", bell, error)


def still_at_work(name: str) -> None:
    """Say so during long work, so that nobody is called beside us."""
    number = _at_work.get(name, 1)
    Bell.objects.filter(name=name if number == 1 else f"{name}:{number}").update(rung_at=time.time())


def turn_s(name: str) -> float:
    """How long this worker's turn may last."""
    return TURN_S if _at_work.get(name, 1) == 1 else HELPING_S


def answer(bell: str) -> None:
    """What a worker runs. The bell is free again afterwards, also when the work failed."""
    name, _, number = bell.partition(":")
    _at_work[name] = int(number or 1)
    try:
        with _alive(name):
            _answers[name]()
            faults.point("queue.answered")
    finally:
        _at_work.pop(name, None)
        Bell.objects.filter(name=bell).update(rung_at=0)


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
                for stay in _stays:
                    stay()
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
    async_task(path, *arguments, q_options=_options())


# --- heartbeat --------------------------------------------------------------------------------------
def call_for_beat() -> None:
    """Ask this supervisor's cluster, through the queue itself, for a sign of life. Raises `Unreachable`."""
    own = _own_list()
    try:
        async_task("engine.queue.beat", q_options=_options(own))
        if own and settings.REDIS_URL:
            listed = _connected(own)
            listed.connection.expire(listed.list_key, FORGOTTEN_S)
    except _away as error:
        raise Unreachable(str(error)) from error


def beat() -> None:
    Beat.objects.update_or_create(name=_beats_as(), defaults={"at": time.time()})


def last_beat() -> float | None:
    """When a worker of this cluster last gave a sign of life (wall time, seconds)."""
    row = Beat.objects.filter(name=_beats_as()).first()
    return row.at if row else None


def _beats_as() -> str:
    return (cluster() or socket.gethostname())[:60]


def waiting() -> int:
    """Calls on the shared list that no cluster has taken yet. Raises `Unreachable`."""
    try:
        return int(Broker().queue_size())
    except _away as error:
        raise Unreachable(str(error)) from error


def sweep() -> None:
    """Forget clusters that have been gone for a day, and what was asked of them."""
    gone = list(Beat.objects.filter(at__lt=time.time() - 86_400).values_list("name", flat=True))
    Beat.objects.filter(name__in=gone).delete()
    if not settings.REDIS_URL:
        Broker.get_connection().filter(key__in=[f"trellis-{name}" for name in gone]).delete()
