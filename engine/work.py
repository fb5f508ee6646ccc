"""What workers do when a bell rings, in turns of at most 15 seconds: nothing holds a worker longer."""

from __future__ import annotations

import logging
import time

from django.db import OperationalError

from builder.actions import schedule
from contacts import clock, demo_clock, imports
from engine import clockwork, measuring, moving, outbox, queue, sql, triggers
from engine.messaging import calls
from engine.pace import Pace
from engine.runner import advance

log = logging.getLogger("trellis.engine")

ROUND_S = 1.5
ENGINE, OUTBOX, IMPORTS, CLOCKWORK = "engine", "outbox", "imports", "clockwork"


def engine_turn() -> None:
    """Handle events and advance runs until nothing is due or the turn is over."""
    events, runs = Pace(), Pace()
    until, told = time.monotonic() + queue.turn_s(ENGINE), time.monotonic()
    while time.monotonic() < until:
        try:
            busy = bool(events.turn(triggers.handle))
            limit = runs.limit
            done = runs.turn(advance)
            if done.runs > 0.9 * limit:  # and more, probably, than this worker can take
                queue.call_for_help(ENGINE)
            busy = moving.work() or busy
            busy = bool(measuring.measure()) or busy
        except OperationalError as error:
            # Locked or gone for a moment: nothing is lost, the pulse rings again.
            log.warning("The database was not available: %s", error)
            return
        if not busy and not done:
            break
        if time.monotonic() - told > 1:
            queue.still_at_work(ENGINE)
            told = time.monotonic()
            if outbox.something_due():
                queue.ring(OUTBOX)
    if outbox.something_due():
        queue.ring(OUTBOX)


def outbox_turn() -> None:
    """Hand over messages until none is due or the turn is over; runs with an answer go on meanwhile."""
    until, told, limit = time.monotonic() + queue.turn_s(OUTBOX), 0.0, 50
    while time.monotonic() < until:
        began = time.monotonic()
        done = outbox.tick(limit)
        if not done:
            break
        if done >= limit:
            queue.call_for_help(OUTBOX)
        # A slow provider gets small batches: answers come back every second or two, and a turn ends in time.
        limit = int(min(outbox.BATCH, max(5, limit * min(3.0, ROUND_S / max(time.monotonic() - began, 0.001)))))
        if time.monotonic() - told > 0.5:
            queue.still_at_work(OUTBOX)
            queue.ring(ENGINE)
            told = time.monotonic()
    if engine_is_due():
        queue.ring(ENGINE)


def engine_is_due() -> bool:
    demo_clock.sync()
    return (
        sql.something_due(clock.to_micros(clock.now()))
        or sql.events_wait()
        or moving.something_due()
        or measuring.something_heard()
    )


def clockwork_turn() -> None:
    """Ring alarms, compare segments, fill what was published; whoever came in is the engine's."""
    until = time.monotonic() + queue.turn_s(CLOCKWORK)
    while time.monotonic() < until and clockwork.turn(1):
        queue.still_at_work(CLOCKWORK)
        queue.ring(ENGINE)


def imports_turn() -> None:
    """Take each import that is under way a stretch further."""
    for import_id in imports.pending():
        try:
            imports.work(import_id, queue.TURN_S / 2)
        except OperationalError:
            raise
        except Exception:
            log.exception("Import %d could not go on, the others do.", import_id)
        queue.still_at_work(IMPORTS)


def call_for_imports(import_id: int) -> None:
    queue.ring(IMPORTS)


def publish_scheduled() -> None:
    schedule.publish_due()


def look_for_imports() -> None:
    if imports.pending():
        queue.ring(IMPORTS)


def register() -> None:
    queue.while_at_work(calls.keep_lease)
    queue.answers(IMPORTS, imports_turn)
    queue.answers(ENGINE, engine_turn)
    queue.answers(OUTBOX, outbox_turn)
    queue.answers(CLOCKWORK, clockwork_turn)
