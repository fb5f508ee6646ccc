"""Triggers that go by segments: which segments' members must be kept, and when they are compared.

Events are followed in the transaction that handles them. Events that may start nothing (a quiet import) are noted as `Recheck`
and followed a little later, as quietly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from contacts import locks, memberships
from contacts.events import Recorded
from contacts.memberships import Change
from contacts.models import Segment
from engine import alarms
from engine.models import Recheck
from engine.standing import doors

_OWN = ("segment_entered", "segment_left")


def keep_what_is_heard() -> None:
    """Keep the members of the segments that live triggers name, and of no others. At each publish and change of status."""
    named = {door.node.settings.segment for name in _OWN for door in doors().get(name, ())}
    rows = Segment.objects.values_list("pk", "name")
    memberships.keep([pk for pk, name in rows if pk in named or name in named])


def follow(rows: Sequence[tuple[int, str, int]]) -> None:
    """(contact, event's name, depth) of events being handled, contacts locked: bring memberships up to date."""
    segments = memberships.kept() if rows else []
    if not segments:
        return
    heard: dict[int, set[str]] = defaultdict(set)
    why: dict[int, Change] = {}
    for contact, name, depth in rows:
        if name not in _OWN:
            heard[contact].add(name)
            why[contact] = Change(max(depth, why[contact].depth if contact in why else 0))
    _compare(segments, heard, why)


def _compare(segments: Sequence[Segment], heard: Mapping[int, set[str]], why: Mapping[int, Change]) -> None:
    by_id = {segment.pk: segment for segment in segments}
    for pk, contacts in memberships.concerned(segments, heard).items():
        memberships.compare(by_id[pk], sorted(contacts), why)


def on_recorded(events: Sequence[Recorded]) -> None:
    """The hook of `contacts.events`, for what is recorded as handled already: nobody else looks at it again."""
    quiet = {
        (event.contact_id, event.name): event.depth for event in events if event.handled and event.name not in _OWN
    }
    if quiet and (Segment.objects.filter(kept_since__isnull=False).exists() or alarms.any_by_date()):
        Recheck.objects.bulk_create(
            [Recheck(contact_id=contact, name=name[:80], depth=depth) for (contact, name), depth in quiet.items()]
        )


def recheck(limit: int = 1000) -> int:
    """Follow up what was recorded quietly. Returns how many notes were worked off. One transaction."""
    with transaction.atomic():
        notes = list(Recheck.objects.order_by("pk")[:limit])
        if not notes:
            return 0
        here = locks.lock_existing(note.contact_id for note in notes)
        heard: dict[int, set[str]] = defaultdict(set)
        why: dict[int, Change] = {}
        for note in notes:
            if note.contact_id in here:
                heard[note.contact_id].add(note.name)
                why[note.contact_id] = Change(note.depth, quiet=True)
        _compare(memberships.kept(), heard, why)
        alarms.heed(heard)
        Recheck.objects.filter(pk__in=[note.pk for note in notes]).delete()
    return len(notes)


def look() -> bool:
    """One stretch of the periodic look at everybody. True: something changed, look again."""
    return sum(memberships.look(segment) for segment in memberships.due(memberships.kept())) > 0


def something_due() -> bool:
    return bool(Recheck.objects.exists() or memberships.due(memberships.kept()))


def next_due() -> datetime | None:
    """When time alone may next change who is in a kept segment."""
    kept = [segment for segment in memberships.kept() if memberships.goes_by_time(segment)]
    return min((memberships.next_look(segment) for segment in kept), default=None)
