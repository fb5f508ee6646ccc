"""The outbox's three strokes: claim (commit), deliver (no transaction open), record (in the caller's transaction).

A message is claimed before the call, under a lease and with its fence raised. Where a repeat could send twice, the beginning of each
call and its answer are committed one by one: after a crash only the one message whose call had begun and has no answer is in doubt
(`recover`), the others are claimed again. An answer that comes after the lease was given to somebody else carries an older fence and
is dropped.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from contacts import clock, faults
from engine.messaging import sql, waiting
from engine.messaging.calls import ANSWERED, CALLING, LEASE_S, Calls, wall_us
from engine.messaging.claimed import Claimed, Result, Settled, row_of
from engine.messaging.errors import MessagingError
from engine.messaging.models import Status
from engine.messaging.models.message import OPEN
from engine.messaging.render import Letter
from engine.messaging.senders import registry
from engine.messaging.writing import write

log = logging.getLogger("trellis.messages")

TRIES = 5
_BACKOFF = (timedelta(minutes=1), timedelta(minutes=8), timedelta(hours=1), timedelta(hours=8))  # 5 tries within 24 h
SPREAD = 0.2
# What a batch has not begun after this time is handed back: with the longest call (15 s) it stays below a lease and far below the
# queue's time-out, at which a worker is killed in the middle of a call. One letter is always tried.
BATCH_S = 8.0


def claim(limit: int, now: datetime) -> list[Claimed]:
    """Take up to `limit` planned messages that are due at `now` (business time); commits by itself."""
    with transaction.atomic():
        rows = sql.claim(now=clock.to_micros(now), limit=limit, lease_until=wall_us() + LEASE_S * 1_000_000)
    faults.point("delivery.claimed")
    # RETURNING keeps no order; the oldest plan goes first.
    return [Claimed._make(row) for row in sorted(rows)]


def deliver(claimed: Sequence[Claimed]) -> list[Result]:
    """Ask the gate again, write and send. Call with no transaction open.

    Answers what was refused, then what was sent, each in the order planned, whatever was written together: of two runs of one
    contact the one with the first answer goes on first.
    """
    if not claimed:
        return []
    until = time.monotonic() + BATCH_S
    batch = write(claimed, until)
    sent: list[Result] = []
    for (channel, is_demo), pairs in batch.letters.items():
        sent += _send(channel, is_demo, sorted(pairs, key=lambda pair: pair[0].id), until)
    answered = {result.message.id for result in (*batch.refused, *sent)}
    unbegun = [Result(one, Status.PLANNED, clock.now()) for one in claimed if one.id not in answered]
    return sorted(batch.refused, key=_planned) + sorted(sent, key=_planned) + unbegun


def _planned(result: Result) -> int:
    return result.message.id


def _send(channel: str, is_demo: bool, pairs: Sequence[tuple[Claimed, Letter]], until: float) -> list[Result]:
    try:
        sender = registry.of(channel, is_demo=is_demo)
    except MessagingError as error:
        # A mistake of the operator's: shown, and tried again when it may be mended.
        results = [Result(message, Status.PLANNED, clock.now(), error=str(error)[:500]) for message, _ in pairs]
        for result in results:
            _retry(result)
        return results
    by_id = {letter.message_id: message for message, letter in pairs}
    calls = None if sender.repeatable else Calls(pairs)
    results = []
    letters = calls.letters() if calls else (letter for _, letter in pairs)
    try:
        for letter, status, at, provider_id, words, wait_s in sender.deliver(_in_time(letters, until)):
            result = Result(by_id[letter.message_id], status, at, provider_id, words)
            if status is Status.PLANNED:
                _retry(result, wait_s)
            if calls:
                calls.answer = result
            results.append(result)
        if calls:
            calls.finish()
    finally:
        if calls:
            calls.over()
    return results


def _in_time(letters: Iterator[Letter], until: float) -> Iterator[Letter]:
    """The first, and more until the time is over. None is taken that is not sent: taking one marks that its call begins."""
    for letter in letters:
        yield letter
        if time.monotonic() > until:
            return


def _retry(result: Result, wait_s: float = 0) -> None:
    """Transient: again after 1 minute, 8, an hour, 8 hours, each up to a fifth longer; then it counts as rejected.

    A provider that asks for more patience gets it, up to a day.
    """
    tries = result.message.attempts
    if tries >= TRIES:
        result.status, result.reason = Status.REJECTED, "exhausted"
        return
    # Spread by the message's number: what failed together does not come back together.
    jitter = (result.message.id * 2_654_435_761 + tries >> 4) % 1000 / 1000 * SPREAD
    wait = max(_BACKOFF[tries - 1] * (1 + jitter), timedelta(seconds=min(wait_s, 86_400)))
    result.retry_at, result.reason = result.at + wait, "retry"


def record(results: Sequence[Result]) -> list[Settled]:
    """Write the answers, inside the caller's transaction, and return those that are final. One statement.

    An answer whose lease was meanwhile given to somebody else (older fence) is dropped.
    """
    if not results:
        return []
    written = sql.settle([row_of(result) for result in results])
    # To be held back is no try.
    unasked = [one for one in results if one.status is Status.HELD or (one.status is Status.PLANNED and not one.reason)]
    sql.give_back_tries([one.message.id for one in unasked if one.message.id in written])
    if len(written) < len(results):
        # Somebody was stopped for longer than its lease: others have taken over, and their word holds.
        log.warning("%d answers came too late and were dropped.", len(results) - len(written))
    faults.point("delivery.recorded")
    settled = [
        Settled(result.message.run_id, result.message.contact_id, result.message.nth, result.status, result.reason)
        for result in results
        if result.status not in OPEN and result.message.id in written
    ]
    freed = [one.contact_id for one in settled if one.status in (Status.REJECTED, Status.SKIPPED, Status.CANCELLED)]
    waiting.look_again(freed, clock.now())
    return settled


def recover(now: datetime) -> list[Settled]:
    """Look after leases that ran out, inside the caller's transaction. `now` is business time.

    An answer that was kept is recorded; a call that began and has none is in doubt; all others may be claimed again.
    """
    wall = wall_us()
    again, results = [], []
    for *columns, mark, accepted_at, not_before, provider_id, error in sql.expired(wall):
        message = Claimed._make(columns)
        if mark.startswith(ANSWERED):
            result = Result(message, Status(int(mark[len(ANSWERED) :])), now, provider_id, error)
            if accepted_at is not None:
                result.at = clock.from_micros(accepted_at)
            if result.status is Status.PLANNED:
                result.retry_at, result.reason = clock.from_micros(not_before), "retry"
            results.append(result)
        elif mark == CALLING and not registry.repeatable(message.channel, is_demo=bool(message.is_demo)):
            results.append(Result(message, Status.IN_DOUBT, now, error="The worker was lost while handing it over."))
        else:
            again.append((message.id, message.fence))
    if again:
        sql.reclaimable(again, wall)
    if again or results:
        faults.point("delivery.recovered")
    return record(results)


def something_due(now: datetime) -> bool:
    """Is there a message to claim or to look at again at `now`, or a lease that ran out? Three probes."""
    moment = clock.to_micros(now)
    return sql.something_planned(moment) or something_expired() or sql.something_waits(moment)


def something_expired() -> bool:
    """Did a lease run out? One probe."""
    return sql.something_expired(wall_us())


def due_again(now: int, latest: int) -> None:
    """The clock was set back (microseconds, business time): what was due stays due. Inside the caller's transaction."""
    sql.due_again(now, latest)


def set_right(now: int) -> None:
    """What was planned by a clock that was wrong may go now (microseconds, business time)."""
    sql.set_right(now, wall_us() + LEASE_S * 1_000_000)


def next_due(after: int) -> int | None:
    """The earliest moment later than `after` (microseconds, business time) at which a message may go, or None."""
    found = (sql.next_planned(after), sql.next_waiting(after))
    return min((at for at in found if at is not None), default=None)
