"""Events wake what waits for them, in the same transaction as the event."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from contacts import clock
from contacts.events import Recorded
from engine import hurry, sql, watching
from engine.models import Run, RunStatus, Subscription, Watch


class Heard:
    """What was recorded by the runner's own steps: rung once the batch's subscriptions are written, or a run parking in
    the same transaction would sleep beside its event."""

    def __init__(self) -> None:
        self.pairs: set[tuple[int, str]] = set()
        # What the watches of the batch's own runs have not been asked about yet.
        self.news: set[tuple[int, str]] = set()

    def ring(self, now: int, *, looked: Collection[int] = ()) -> None:
        """`looked`: runs that need no mark, since their watches were asked after what they recorded."""
        sql.wake(sorted(self.pairs), now)
        if self.pairs:
            watching.mark(self.pairs, now, but=sorted(looked))


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
    if merged := {event.contact_id for event in events if event.name == "contact_merged"}:
        pairs |= _all_topics(merged)
    heard = _deferred.get()
    if heard is not None:
        heard.pairs |= pairs
        heard.news |= pairs
        return
    if ring(pairs):
        hurry.after_commit(sorted({contact for contact, _ in pairs}))


def _all_topics(merged: Collection[int]) -> set[tuple[int, str]]:
    """Two contacts became one: whatever somebody waits for, or is watched for, may have come with the other. Three queries."""
    pairs = set(Subscription.objects.filter(contact_id__in=merged).values_list("contact_id", "topic"))
    inside = Run.objects.filter(contact_id__in=merged, status=RunStatus.ACTIVE).values_list("version_id", "contact_id")
    people: dict[int, set[int]] = {}
    for version, contact in inside:
        people.setdefault(version, set()).add(contact)
    watched = Watch.objects.filter(version_id__in=people).values_list("version_id", "topic")
    return pairs | {(contact, topic) for version, topic in watched for contact in people[version]}


def tell(pairs: Collection[tuple[int, str]]) -> None:
    """Something that is no event happened to these (contact_id, topic). In its transaction, contacts locked."""
    if not pairs:
        return
    heard = _deferred.get()
    if heard is not None:
        heard.pairs |= set(pairs)
        heard.news |= set(pairs)
    elif ring(pairs):
        hurry.after_commit(sorted({contact for contact, _ in pairs}))


def ring(pairs: Collection[tuple[int, str]]) -> int:
    """Make due, in the fast lane, whoever waits for one of these (contact_id, topic) or is watched for it; returns how many.

    In the event's transaction, contacts locked.
    """
    now = clock.to_micros(clock.now())
    return sql.wake(sorted(pairs), now) + watching.mark(pairs, now)
