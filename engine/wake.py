"""Events wake what waits for them, in the same transaction as the event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from contacts import clock
from contacts.events import Recorded
from engine import hurry, sql


class Heard:
    """What was recorded by the runner's own steps: rung once the batch's subscriptions are written, or a run parking in
    the same transaction would sleep beside its event."""

    def __init__(self) -> None:
        self.pairs: set[tuple[int, str]] = set()

    def ring(self, now: int) -> None:
        sql.wake(sorted(self.pairs), now)


_deferred: ContextVar[Heard | None] = ContextVar("deferred", default=None)


@contextmanager
def deferred() -> Iterator[Heard]:
    heard = Heard()
    token = _deferred.set(heard)
    try:
        yield heard
    finally:
        _deferred.reset(token)


def on_recorded(events: Sequence[Recorded]) -> None:
    """The hook of `contacts.events`: runs inside the recording transaction, contacts locked."""
    pairs = {(event.contact_id, event.name) for event in events}
    heard = _deferred.get()
    if heard is not None:
        heard.pairs |= pairs
        return
    if sql.wake(sorted(pairs), clock.to_micros(clock.now())):
        hurry.after_commit(sorted({contact for contact, _ in pairs}))
