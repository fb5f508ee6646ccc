"""The pulse: finds what is due or stranded and rings for it. It never works itself, but for `drain`, which tests and the demo use."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, close_old_connections, connection

from contacts import clock, demo_clock
from engine import (
    clockwork,
    experiments,
    health,
    measuring,
    moving,
    outbox,
    queue,
    setback,
    sql,
    triggers,
    winners,
    work,
)
from engine.runner import advance

log = logging.getLogger("trellis.pulse")

EVERY_S = 0.2
SWEEP_EVERY_S = 60.0

# Further things to look after at each beat (imports, scheduled publishes, demo people): name -> a look that may ring.
_looks: dict[str, Callable[[], None]] = {}


def look_after(name: str, look: Callable[[], None]) -> None:
    """Register a look, called every beat. It must be cheap, and leave the work to a worker."""
    _looks[name] = look


def run_forever(stop: threading.Event) -> None:
    """Beat until told to stop. A database that is away for a while is waited for."""
    swept, watch = 0.0, setback.Watch()
    while not stop.is_set():
        try:
            watch.look()
            beat()
            if time.monotonic() - swept > SWEEP_EVERY_S:
                sweep()
                swept = time.monotonic()
        except DatabaseError as error:
            log.warning("The database is not available, waiting: %s", error)
            connection.close()
            stop.wait(1)
        close_old_connections()
        stop.wait(EVERY_S)


def beat() -> None:
    """One look at everything that may be due."""
    if work.engine_is_due():
        queue.ring(work.ENGINE)
    if outbox.something_due():
        queue.ring(work.OUTBOX)
    if clockwork.something_due():
        queue.ring(work.CLOCKWORK)
    for look in _looks.values():
        look()


def sweep() -> None:
    """Forget refusals older than a week, and clusters that are gone; decide the tests whose time has come."""
    winners.decide_due()
    experiments.decide_due()
    clockwork.forget_refusals()
    queue.sweep()
    health.sweep()


def next_due() -> datetime | None:
    """The next moment, from now on, at which a run, a message, an effect or an alarm is due; None: nothing waits for the clock."""
    after = clock.to_micros(clock.now())
    found = [clock.from_micros(at) for at in (sql.next_due(after), outbox.next_due(after)) if at is not None]
    return min((at for at in (*found, clockwork.next_due()) if at is not None), default=None)


def drain(seconds: float = 60.0) -> bool:
    """Work off, here and now, everything that is due by the business clock. True: nothing is left; False: time ran out."""
    until = time.monotonic() + seconds
    demo_clock.sync()
    winners.decide_due()
    experiments.decide_due()
    while time.monotonic() < until:
        demo_clock.sync()
        rung = clockwork.turn(5)
        events = triggers.handle(500)
        runs = advance(500).runs
        sent = outbox.tick(500)
        runs += moving.work() + measuring.measure(500)
        if not rung and not events and not runs and not sent:
            return True
    return False
