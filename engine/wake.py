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
        # Whose watches have not been marked yet; mostly the same.
        self.marks: set[tuple[int, str]] = set()
        # What the watches of the batch's own runs have not been asked about yet.
        self.news: set[tuple[int, str]] = set()

    def add(self, pairs: Collection[tuple[int, str]]) -> None:
        self.pairs.update(pairs)
        self.marks.update(pairs)
        self.news.update(pairs)

    def ring(self, now: int, *, looked: Collection[int] = ()) -> None:
        """`looked`: runs that need no mark, since their watches were asked after what they recorded."""
        sql.wake(sorted(self.pairs), now)
        if self.marks:
            watching.mark(self.marks, now, but=sorted(looked))


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
        heard.add(pairs)
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
        heard.add(pairs)
    elif ring(pairs):
        hurry.after_commit(sorted({contact for contact, _ in pairs}))


def before_entry(contact_ids: Collection[int], *, but: Sequence[int]) -> None:
    """Steps of the runner are about to let these contacts in elsewhere: what was recorded until now concerns who is inside already.

    `but`: the runner's own runs, which are asked by themselves. No statement where nothing was recorded.
    """
    heard = _deferred.get()
    if heard is None:
        return
    wanted = set(contact_ids)
    if past := {pair for pair in heard.marks if pair[0] in wanted}:
        heard.marks -= past
        watching.mark(past, clock.to_micros(clock.now()), but=but)


def ring(pairs: Collection[tuple[int, str]]) -> int:
    """Make due, in the fast lane, whoever waits for one of these (contact_id, topic) or is watched for it; returns how many.

    In the event's transaction, contacts locked.
    """
    now = clock.to_micros(clock.now())
    return sql.wake(sorted(pairs), now) + watching.mark(pairs, now)
