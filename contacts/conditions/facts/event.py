from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any

from django.db.models import BigIntegerField, CharField, Exists, F, Func, OuterRef, Q, Subquery
from django.db.models.lookups import GreaterThanOrEqual
from pydantic import Field

from contacts.clock import to_micros
from contacts.conditions import zones
from contacts.conditions.columns import Columns, micros
from contacts.conditions.comparing_sql import comparison_q, json_source
from contacts.conditions.comparison import DATES, Comparison, comparison_words, holds
from contacts.conditions.fact import Answer, Fact, Names, Reader, Row
from contacts.conditions.packing import PackedRows
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject
from contacts.conditions.texts import Name, moment, yes
from contacts.conditions.windows import Bounds, Span, Windowed, bounds, window_problems, window_q, window_words
from contacts.models import Event


class Filter(Comparison):
    """One property of the event that must compare."""

    # No quotes, backslashes and control characters: SQLite cannot spell them in a path.
    property: str = Field(title="Property", min_length=1, max_length=100, pattern=r'^[^"\\\x00-\x1f]+$')


class Counted(Windowed):
    """Settings of a fact about something that may happen often."""

    at_least: int = Field(1, ge=1, le=1_000, title="At least this often")


class Asked(Counted):
    name: Name = Field(title="Event", max_length=80)
    where: list[Filter] = Field(default_factory=list, max_length=10, title="Only if")


class Behaviour(Fact):
    """Base of facts that count events: subclasses say which event, and which of its properties must hold."""

    looks_back = True

    def by_clock(self, leaf: Any) -> bool:
        return super().by_clock(leaf) or any(one.op in DATES for one in getattr(leaf, "where", ()))

    def name(self, leaf: Any) -> str:
        raise NotImplementedError

    def filters(self, leaf: Any, scope: Scope) -> Q:
        """What must hold of an event, as a filter on Event."""
        raise NotImplementedError

    def counts(self, leaf: Any, event: Event, subject: Subject) -> bool:
        """The same in plain Python."""
        raise NotImplementedError

    def about(self, leaf: Any) -> dict[str, Any]:
        """What the why must say beside numbers and moments."""
        raise NotImplementedError

    def sql(self, leaf: Any, scope: Scope) -> Q:
        window = window_q("occurred_at", leaf, scope, "contact__time_zone")
        rows = Event.objects.filter(window, self.filters(leaf, scope), contact_id=OuterRef("pk"), name=self.name(leaf))
        if leaf.at_least == 1:
            return Q(Exists(rows))
        number = Func(F("id"), function="COUNT", output_field=BigIntegerField())
        return Q(
            GreaterThanOrEqual(Subquery(rows.values(number=number), output_field=BigIntegerField()), leaf.at_least)
        )

    def reader(self, leaf: Any, columns: Columns) -> Reader:
        """The first moments that count, as many as are needed: their index serves them in order."""
        span = Span(leaf, columns)
        window = span.reader()
        what = self.filters(leaf, columns.scope)
        name, enough = self.name(leaf), leaf.at_least
        if enough == 1:
            rows = Event.objects.filter(what, contact_id=columns.contact, name=name)
            if span.start is not None:
                rows = rows.filter(occurred_at__gte=span.start)
            first = rows.order_by("occurred_at").values(at=micros("occurred_at"))[:1]
            place = columns.add(Subquery(first, output_field=BigIntegerField()))
        else:
            rows = Event.objects.filter(what, contact_id=OuterRef(columns.contact), name=name)
            if span.start is not None:
                start = OuterRef(span.start) if isinstance(span.start, OuterRef) else span.start
                rows = rows.filter(occurred_at__gte=start)
            firsts = Event.objects.filter(pk__in=rows.order_by("occurred_at").values("pk")[:enough])
            packed = firsts.values(packed=PackedRows(micros("occurred_at")))
            place = columns.add(Subquery(packed, output_field=CharField()))

        band = None
        if span.band is not None:
            low, high = span.band
            rows = Event.objects.filter(what, contact_id=columns.contact, name=name)
            rows = rows.filter(occurred_at__gte=low, occurred_at__lt=high)
            band = columns.add(
                Subquery(rows.values(packed=PackedRows(micros("occurred_at"))), output_field=CharField())
            )

        def read(row: Row) -> Answer:
            found = row[place]
            moments = [] if found is None else [found] if enough == 1 else [int(at) for at in found.split(",")]
            if band is not None and row[band]:
                moments += [int(at) for at in row[band].split(",")]
            return self._answer(leaf, moments, window(row, moments))

        return read

    def ask(self, leaf: Any, subject: Subject) -> Answer:
        rows = Event.objects.filter(contact=subject.contact, name=self.name(leaf))
        return self._answer(
            leaf, [to_micros(row.occurred_at) for row in rows if self.counts(leaf, row, subject)], bounds(leaf, subject)
        )

    def _answer(self, leaf: Any, moments: Sequence[int], window: Bounds | None) -> Answer:
        seen = self.about(leaf)
        if leaf.at_least > 1:
            seen["of"] = leaf.at_least
        if window is None:
            return Answer(False, seen | {"never": leaf.since})
        counted = sorted(at for at in moments if window[0] <= at <= window[1])[: leaf.at_least]
        if counted and leaf.at_least > 1:
            seen["n"] = len(counted)
        if len(counted) < leaf.at_least:
            return Answer(False, seen)
        return Answer(True, seen | {"at": counted[-1] // 1_000_000}, counted[-1])

    def topics(self, leaf: Any) -> Iterable[str]:
        return (self.name(leaf),)

    def problems(self, leaf: Any, graph: Any) -> Iterable[tuple[str, str]]:
        return window_problems(leaf, graph)

    def often(self, leaf: Any, names: Names) -> str:
        """How often and when, to be put behind what."""
        return (f" at least {leaf.at_least} times" if leaf.at_least > 1 else "") + window_words(leaf, names)

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        told = f"{self.called(seen)}: {yes(value)}"
        if "at" in seen:
            told += f", {moment(seen['at'], zone)}"
        if "of" in seen and not value:
            told += f", {seen.get('n', 0)} of {seen['of']}"
        if "never" in seen:
            told += f". {'The run' if seen['never'] == 'run' else names.node(seen['never'])} was not reached before"
        return told

    def called(self, seen: dict[str, Any]) -> str:
        return self.label


@register
class EventFact(Behaviour):
    """An event of this name happened; if you like, only with certain properties, so many times, or within a time."""

    fact = "event"
    label = "Event"
    group = "behaviour"
    examples = (
        {"fact": "event", "name": "signed_up"},
        {
            "fact": "event",
            "name": "booked",
            "at_least": 2,
            "within": "P30D",
            "where": [{"property": "seats", "op": "gte", "value": 2}],
        },
    )
    Settings = Asked

    def name(self, leaf: Asked) -> str:
        return leaf.name

    def filters(self, leaf: Asked, scope: Scope) -> Q:
        found = Q()
        for one in leaf.where:
            found &= comparison_q(one, json_source("properties", one.property), scope, "contact__time_zone")
        return found

    def counts(self, leaf: Asked, event: Event, subject: Subject) -> bool:
        def zone() -> tzinfo:
            return zones.zone_of(subject.contact.time_zone, subject.home)

        has = event.properties if isinstance(event.properties, dict) else {}
        return all(holds(one, has.get(one.property), subject.now, zone) for one in leaf.where)

    def about(self, leaf: Asked) -> dict[str, Any]:
        return {"name": leaf.name}

    def words(self, leaf: Asked, names: Names) -> str:
        only = ", ".join(f"{one.property} {comparison_words(one)}" for one in leaf.where)
        return f"Did {_spoken(leaf.name)}{f' ({only})' if only else ''}{self.often(leaf, names)}"

    def called(self, seen: dict[str, Any]) -> str:
        return _spoken(str(seen.get("name", "")))


def _spoken(name: str) -> str:
    return name.replace("_", " ")
