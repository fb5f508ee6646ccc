"""Facts for which the newest of several events speaks: the last answer, the last word on a subscription."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Exists, F, IntegerField, OuterRef, Q, Subquery, Value, When

from contacts.clock import to_micros
from contacts.conditions.columns import Columns, micros
from contacts.conditions.fact import Answer, Fact, Names, Reader, Row
from contacts.conditions.packing import PackedRows
from contacts.conditions.scope import Scope, Subject
from contacts.conditions.texts import moment, yes
from contacts.conditions.windows import Bounds, Span, Windowed, bounds, window_problems, window_q
from contacts.models import Event

EVER = Windowed()


class Word(NamedTuple):
    """One event, as far as these facts care: does it speak for the fact, and what does the why show of it?"""

    at: int
    id: int
    good: bool
    shown: str


class Newest(Fact):
    """Base. Of the events of `names` that pass `about`, within the window, the newest decides by `good`. A tie goes to the later row."""

    def names(self, leaf: Any) -> tuple[str, ...]:
        raise NotImplementedError

    def about(self, leaf: Any, scope: Scope) -> Q:
        """Which of these events are about what is asked."""
        raise NotImplementedError

    def concerns(self, leaf: Any, event: Event) -> bool:
        """The same in plain Python."""
        raise NotImplementedError

    def good(self, leaf: Any, scope: Scope) -> Q:
        """What must hold of the newest one."""
        raise NotImplementedError

    def speaks(self, leaf: Any, event: Event) -> bool:
        """The same in plain Python."""
        raise NotImplementedError

    def shown(self) -> Any:
        """An expression whose text the why shows of the newest one; no text in it may hold a comma or a bar."""
        return Value("")

    def shows(self, event: Event) -> str:
        """The same in plain Python."""
        return ""

    def asked(self, leaf: Any) -> dict[str, Any]:
        """What the why must say of the question."""
        raise NotImplementedError

    def sql(self, leaf: Any, scope: Scope) -> Q:
        rows = Event.objects.filter(
            window_q("occurred_at", _window(leaf), scope, "contact__time_zone"),
            self.about(leaf, scope),
            contact_id=OuterRef(OuterRef("pk")),
            name__in=self.names(leaf),
        )
        newest = Subquery(rows.order_by("-occurred_at", "-id").values("pk")[:1])
        return Q(Exists(Event.objects.filter(self.good(leaf, scope), contact_id=OuterRef("pk"), pk=newest)))

    def reader(self, leaf: Any, columns: Columns) -> Reader:
        """All of them in one text: they are few."""
        scope = columns.scope
        rows = Event.objects.filter(self.about(leaf, scope), contact_id=columns.contact, name__in=self.names(leaf))
        good = Case(When(self.good(leaf, scope), then=1), default=0, output_field=IntegerField())
        packed = PackedRows(micros("occurred_at"), F("id"), good, self.shown())
        place = columns.add(Subquery(rows.values(packed=packed), output_field=CharField()))
        window = Span(_window(leaf), columns).reader()

        def read(row: Row) -> Answer:
            words = [_word(part) for part in row[place].split(",")] if row[place] else []
            return self._answer(leaf, words, window(row, [word.at for word in words]))

        return read

    def ask(self, leaf: Any, subject: Subject) -> Answer:
        rows = Event.objects.filter(contact=subject.contact, name__in=self.names(leaf))
        words = [
            Word(to_micros(row.occurred_at), row.pk, self.speaks(leaf, row), self.shows(row))
            for row in rows
            if self.concerns(leaf, row)
        ]
        return self._answer(leaf, words, bounds(_window(leaf), subject))

    def _answer(self, leaf: Any, words: Sequence[Word], window: Bounds | None) -> Answer:
        seen = self.asked(leaf)
        if window is None:
            return Answer(False, seen | {"never": leaf.since})
        inside = [word for word in words if window[0] <= word.at <= window[1]]
        if not inside:
            return Answer(False, seen)
        newest = max(inside)
        seen["at"] = newest.at // 1_000_000
        if newest.shown:
            seen["shown"] = newest.shown
        return Answer(newest.good, seen, newest.at if newest.good else None)

    def topics(self, leaf: Any) -> Iterable[str]:
        return self.names(leaf)

    def problems(self, leaf: Any, graph: Any) -> Iterable[tuple[str, str]]:
        return window_problems(_window(leaf), graph)

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        told = f"{self.called(seen)}: {seen.get('shown') or yes(value)}"
        if "at" in seen:
            told += f", {moment(seen['at'], zone)}"
        if "never" in seen:
            told += f". {'The run' if seen['never'] == 'run' else names.node(seen['never'])} was not reached before"
        return told

    def called(self, seen: dict[str, Any]) -> str:
        return self.label


def _window(leaf: Any) -> Any:
    return leaf if isinstance(leaf, Windowed) else EVER


def _word(text: str) -> Word:
    at, pk, good, shown = text.split("|")
    return Word(int(at), int(pk), good == "1", plain_number(shown))


def plain_number(text: str) -> str:
    """A number as people write it, however the database spelt it: 9, not 9.0."""
    return f"{float(text):g}" if text else ""
