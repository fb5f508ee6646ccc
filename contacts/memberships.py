"""Who is in a segment, kept as rows where somebody wants to hear who comes and goes.

Members are compared with the condition for the contacts of a batch of events, and for everybody from time to time, since "within
the last 30 days" changes while nothing happens. Coming and going leave `segment_entered` and `segment_left`, once each.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import EmptyResultSet
from django.db import transaction
from django.db.models import Exists, OuterRef

from contacts import clock, conditions, events, locks, sql
from contacts.events import NewEvent
from contacts.models import Contact, Segment, SegmentMember
from contacts.models.contact import ContactQuerySet

log = logging.getLogger("trellis.segments")

# How often everybody is looked at: where time alone can change the answer, and otherwise as a safety net.
BY_TIME, BY_EVENTS = timedelta(hours=1), timedelta(days=1)
BATCH = 1000
_ALWAYS = frozenset({"contact_added", "contact_merged"})


@dataclass(frozen=True, slots=True)
class Change:
    """What made us look at a contact. `quiet`: nobody may enter a workflow for it."""

    depth: int = 0
    quiet: bool = False


def kept() -> list[Segment]:
    """The segments whose members are kept. One small query."""
    return list(Segment.objects.filter(kept_since__isnull=False).order_by("pk"))


def keep(segment_ids: Collection[int]) -> None:
    """Keep the members of exactly these segments. Who is in one when it begins is written in silence, by one statement.

    Call inside a transaction. A second for 200,000 contacts.
    """
    now = clock.now()
    for segment in Segment.objects.select_for_update().exclude(pk__in=segment_ids).filter(kept_since__isnull=False):
        SegmentMember.objects.filter(segment=segment).delete()
        _mark(segment, kept_since=None, looked_at=None)
    for segment in Segment.objects.select_for_update().filter(pk__in=segment_ids, kept_since=None).order_by("pk"):
        try:
            people = _matching(segment, Contact.objects.all())
            constants = {"segment_id": segment.pk, "since": clock.to_micros(now)}
            sql.insert_from(SegmentMember, "contact_id", people, constants)
        except EmptyResultSet:
            pass  # a condition that nobody can meet
        except conditions.BadCondition as error:
            log.error("The segment “%s” cannot be asked: %s", segment.name, error)
        _mark(segment, kept_since=now, looked_at=now)


def _mark(segment: Segment, **values: datetime | None) -> None:
    # Past `save`: nothing that people see of the segment has changed.
    Segment.objects.filter(pk=segment.pk).update(**values)


def concerned(segments: Iterable[Segment], heard: Mapping[int, Collection[str]]) -> dict[int, set[int]]:
    """Segment -> the contacts whose events ({contact: names}) may have changed their membership."""
    found: dict[int, set[int]] = {}
    for segment in segments:
        topics = conditions.topics(segment.condition) | _ALWAYS
        contacts = {contact for contact, names in heard.items() if not topics.isdisjoint(names)}
        if contacts:
            found[segment.pk] = contacts
    return found


def compare(segment: Segment, contact_ids: Collection[int], why: Mapping[int, Change] | None = None) -> int:
    """Bring the membership of these contacts, whose locks are held, up to date. Returns how many came or went.

    Two queries, and two to four more where something changed, whatever their number.
    """
    why = why or {}
    try:
        inside = set(_matching(segment, Contact.objects.filter(pk__in=contact_ids)).values_list("pk", flat=True))
    except conditions.BadCondition as error:
        # It may be mended tomorrow: until then everybody stays where they are.
        log.error("The segment “%s” cannot be asked: %s", segment.name, error)
        return 0
    rows = SegmentMember.objects.filter(segment=segment, contact_id__in=contact_ids)
    known = set(rows.values_list("contact_id", flat=True))
    came, went = sorted(inside - known), sorted(known - inside)
    if not came and not went:
        return 0
    now = clock.to_micros(clock.now())
    sql.insert(
        SegmentMember,
        ("contact_id", "segment_id", "since"),
        [(contact, segment.pk, now) for contact in came],
        "DO NOTHING",
    )
    sql.delete(SegmentMember, ("contact_id", "segment_id"), [(contact, segment.pk) for contact in went])
    told = {"segment": segment.pk, "name": segment.name}
    events.record_many(
        [
            NewEvent(contact, name, told, depth=change.depth, handled=change.quiet)
            for name, people in (("segment_entered", came), ("segment_left", went))
            for contact in people
            for change in (why.get(contact, Change()),)
        ],
        lock=False,
    )
    return len(came) + len(went)


def due(segments: Iterable[Segment]) -> list[Segment]:
    """Those of these kept segments at which everybody is to be looked at."""
    now = clock.now()
    return [segment for segment in segments if next_look(segment) <= now]


def goes_by_time(segment: Segment) -> bool:
    """Can time alone change who is in it?"""
    try:
        return conditions.by_clock(segment.condition)
    except conditions.BadCondition:
        return False


def next_look(segment: Segment) -> datetime:
    """On the full hour (or day) after the last look; at once when its condition was changed since, or the clock set back."""
    last = segment.looked_at or segment.kept_since or clock.now()
    if segment.updated_at > last or last > clock.now():
        return min(last, clock.now())
    period = BY_TIME if goes_by_time(segment) else BY_EVENTS
    number = clock.to_micros(last) // (period // timedelta(microseconds=1)) + 1
    return clock.from_micros(number * (period // timedelta(microseconds=1)))


def look(segment: Segment, limit: int = BATCH) -> int:
    """Compare everybody with a kept segment, as far as `limit` changes go; 0: all is true as of this moment.

    Two reads over all contacts find the differences (under a second for 200,000), then those contacts alone are locked and compared.
    """
    now = clock.now()
    try:
        differ = _differences(segment, limit)
    except conditions.BadCondition as error:
        log.error("The segment “%s” cannot be asked: %s", segment.name, error)
        differ = []
    with transaction.atomic():
        changed = compare(segment, sorted(locks.lock_existing(differ))) if differ else 0
        if len(differ) < limit:
            _mark(segment, looked_at=now)
    return changed if len(differ) >= limit else 0


def _differences(segment: Segment, limit: int) -> list[int]:
    member = SegmentMember.objects.filter(segment=segment, contact_id=OuterRef("pk"))
    matching = _matching(segment, Contact.objects.all())
    came = list(matching.filter(~Exists(member)).order_by("pk").values_list("pk", flat=True)[:limit])
    if len(came) >= limit:
        return came
    members = Contact.objects.filter(pk__in=SegmentMember.objects.filter(segment=segment).values("contact_id"))
    went = members.exclude(pk__in=matching.order_by().values("pk")).order_by("pk")
    return came + list(went.values_list("pk", flat=True)[: limit - len(came)])


def _matching(segment: Segment, contacts: ContactQuerySet) -> ContactQuerySet:
    return conditions.matching(segment.condition, contacts)
