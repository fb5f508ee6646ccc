"""The pulse: finds what is due or stranded and rings for it. It never works itself, but for `drain`, which tests and the demo use."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection

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
    stopping,
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
            well = beat()
            if time.monotonic() - swept > SWEEP_EVERY_S:
                swept = time.monotonic()
                well = sweep() and well
            if not well:
                stop.wait(1)
        except DatabaseError as error:
            log.warning("The database is not available, waiting: %s", error)
            connection.close()
            stop.wait(1)
        close_old_connections()
        stop.wait(EVERY_S)


def beat() -> bool:
    """One look at everything that may be due. False: a look broke, and said so in the log."""
    return _each(_look_for_engine, _look_for_outbox, _look_for_clockwork, *_looks.values())


def _look_for_engine() -> None:
    if work.engine_is_due():
        queue.ring(work.ENGINE)


def _look_for_outbox() -> None:
    if outbox.something_due():
        queue.ring(work.OUTBOX)


def _look_for_clockwork() -> None:
    if clockwork.something_due():
        queue.ring(work.CLOCKWORK)


def sweep() -> bool:
    """Forget what is old, decide the tests whose time has come, let go what a stop left behind. Answers as `beat`."""
    return _each(
        winners.decide_due, experiments.decide_due, clockwork.forget_refusals, queue.sweep, health.sweep, stopping.sweep
    )


def _each(*looks: Callable[[], object]) -> bool:
    """All of them, also if one breaks: a publish that cannot happen must not stop the clock for everybody."""
    well = True
    for look in looks:
        try:
            look()
        except (OperationalError, InterfaceError):
            raise  # the database is away, for all of them
        except Exception:
            log.exception("%s.%s broke.", look.__module__, getattr(look, "__name__", look))
            well = False
    return well


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
