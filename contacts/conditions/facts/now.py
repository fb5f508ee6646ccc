from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from typing import Annotated, Any

from django.db.models import Q
from pydantic import AfterValidator, Field, model_validator

from contacts.conditions import zones
from contacts.conditions.columns import Columns
from contacts.conditions.fact import Answer, Fact, FactSettings, Names, Reader, Row
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject
from contacts.conditions.windows import NOBODY

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _time(text: str) -> str:
    try:
        if len(text) == 5:
            time.fromisoformat(text)
            return text
    except ValueError:
        pass
    raise ValueError("This is not a time such as 09:00.")


def _date(text: str) -> str:
    try:
        if len(text) == 10:
            date.fromisoformat(text)
            return text
    except ValueError:
        pass
    raise ValueError("This is not a date such as 2026-12-01.")


def _weekdays(days: list[int]) -> list[int]:
    if any(not 1 <= day <= 7 for day in days):
        raise ValueError("Weekdays are numbers from 1 (Monday) to 7 (Sunday).")
    return days


Clock = Annotated[str, AfterValidator(_time)]
Day = Annotated[str, AfterValidator(_date)]


class Asked(FactSettings):
    weekdays: Annotated[list[int], AfterValidator(_weekdays)] | None = Field(
        None, min_length=1, max_length=7, title="On", json_schema_extra={"x-widget": "weekdays"}
    )
    from_: Clock | None = Field(None, alias="from", title="From", json_schema_extra={"x-widget": "time"})
    to: Clock | None = Field(
        None,
        title="to",
        description="Up to, not including. Before “from”: over midnight.",
        json_schema_extra={"x-widget": "time"},
    )
    first: Day | None = Field(None, title="First day", json_schema_extra={"x-widget": "date"})
    last: Day | None = Field(None, title="Last day", json_schema_extra={"x-widget": "date"})

    @model_validator(mode="after")
    def _fits(self) -> Asked:
        if not (self.weekdays or self.from_ or self.to or self.first or self.last):
            raise ValueError("Choose weekdays, a time or dates.")
        if self.from_ and self.from_ == self.to:
            raise ValueError("“From” and “to” are the same time.")
        if self.first and self.last and self.last < self.first:
            raise ValueError("The last day is before the first.")
        return self


@register
class Now(Fact):
    """What day and time it is where the contact lives (where nobody knows, in the workspace's zone).

    It is never the reason that somebody goes on: it is looked at when something else happens.
    """

    fact = "now"
    label = "Day and time"
    group = "time"
    examples = (
        {"fact": "now", "weekdays": [1, 2, 3, 4, 5], "from": "09:00", "to": "17:00"},
        {"fact": "now", "first": "2026-12-01", "last": "2026-12-24"},
    )
    Settings = Asked

    def by_clock(self, leaf: Asked) -> bool:
        return True

    def sql(self, leaf: Asked, scope: Scope) -> Q:
        at_home, others = zones.by_zone(scope.home, lambda zone: _holds(leaf, scope.now, zone))
        elsewhere = Q(time_zone__in=others.get(not at_home, ())) if others else NOBODY
        return ~elsewhere if at_home else elsewhere

    def reader(self, leaf: Asked, columns: Columns) -> Reader:
        place, now, home = columns.field("time_zone"), columns.scope.now, columns.scope.home
        known: dict[str, Answer] = {}

        def read(row: Row) -> Answer:
            name = row[place]
            if name not in known:
                known[name] = _answer(leaf, now, zones.zone_of(name, home))
            return known[name]

        return read

    def ask(self, leaf: Asked, subject: Subject) -> Answer:
        return _answer(leaf, subject.now, zones.zone_of(subject.contact.time_zone, subject.home))

    def words(self, leaf: Asked, names: Names) -> str:
        parts = []
        if leaf.weekdays:
            parts.append(", ".join(DAYS[day - 1] for day in sorted(set(leaf.weekdays))))
        if leaf.from_ or leaf.to:
            parts.append(f"from {leaf.from_ or '00:00'} to {leaf.to or '24:00'}")
        if leaf.first or leaf.last:
            parts.append(
                " ".join([*(["from", leaf.first] if leaf.first else []), *(["to", leaf.last] if leaf.last else [])])
            )
        return f"It is {', '.join(parts)}"

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        at = datetime.fromisoformat(str(seen.get("local", "")))
        return f"it was {DAYS[at.weekday()]} {at.day} {at:%b %H:%M}: {'yes' if value else 'no'}"


def _answer(leaf: Asked, now: datetime, zone: tzinfo) -> Answer:
    return Answer(_holds(leaf, now, zone), {"local": now.astimezone(zone).strftime("%Y-%m-%dT%H:%M")})


def _holds(leaf: Asked, now: datetime, zone: tzinfo) -> bool:
    local = now.astimezone(zone)
    if leaf.weekdays and local.isoweekday() not in leaf.weekdays:
        return False
    today, at = local.date().isoformat(), local.strftime("%H:%M")
    if (leaf.first and today < leaf.first) or (leaf.last and today > leaf.last):
        return False
    start, end = leaf.from_ or "00:00", leaf.to or "24:00"
    return start <= at < end if start < end else at >= start or at < end
