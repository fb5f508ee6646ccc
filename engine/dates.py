"""Dates that people bring with them: in a field, or in the event that let them in. What cannot be read is no date."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from django.db.models import F
from django.db.models.fields.json import KeyTransform

from contacts.models import Contact, Event

# The ends of the calendar have no neighbours in other zones; what lies beyond these is a slip of the keyboard.
FIRST_YEAR, LAST_YEAR = 1900, 2200
BUILT_IN = ("created_at",)


@dataclass(frozen=True)
class Held:
    """A day without a time, or a moment: one of the two. A moment that names no zone is in UTC, as conditions read it."""

    day: date | None
    moment: datetime | None

    def as_seen(self) -> str:
        """How a why keeps it: "2026-12-01"."""
        return str(self.day or (self.moment.date() if self.moment else ""))

    def on_calendar(self, zone: tzinfo) -> date:
        """Which day that is in this zone."""
        return self.moment.astimezone(zone).date() if self.moment else self.day or date.min


def read(value: Any) -> Held | None:
    """ "2026-12-01", "2026-12-01T09:00:00Z" or a moment; None for anything else, 30 February and the year 99999 included."""
    if isinstance(value, datetime):
        return Held(None, value)
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        if len(value) == 10:
            day = date.fromisoformat(value)
            return Held(day, None) if FIRST_YEAR <= day.year <= LAST_YEAR else None
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        return None
    return Held(None, at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))


def of_contacts(contact_ids: Collection[int], field: str) -> Mapping[int, Held]:
    """Contact -> the date in this field. One query."""
    value = F(field) if field in BUILT_IN else KeyTransform(field, "fields")
    rows = Contact.objects.filter(pk__in=contact_ids).values_list("pk", value)
    return {pk: held for pk, found in rows if (held := read(found)) is not None}


def of_events(event_ids: Collection[int], name: str) -> Mapping[int, Held]:
    """Event -> the date in this property. One query at most."""
    if not event_ids:
        return {}
    rows = Event.objects.filter(pk__in=event_ids).values_list("pk", "properties")
    found = {}
    for pk, properties in rows:
        held = read(properties.get(name)) if isinstance(properties, dict) else None
        if held is not None:
            found[pk] = held
    return found
