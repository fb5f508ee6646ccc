from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from pydantic import Field

from contacts.conditions import segments
from contacts.conditions.columns import Columns
from contacts.conditions.fact import Answer, Fact, FactSettings, Names, Reader
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject
from contacts.conditions.texts import Id, Name


class Asked(FactSettings):
    is_: Id | Name = Field(
        alias="is",
        title="Segment",
        description="A segment, by its id or its name.",
        json_schema_extra={"x-widget": "select", "x-options": "/api/segments/"},
    )


@register
class InSegment(Fact):
    """Belongs to a segment, as its condition stands at that moment. A segment that was deleted holds nobody."""

    fact = "segment"
    label = "Segment"
    group = "membership"
    examples = ({"fact": "segment", "is": "Good customers"}, {"fact": "segment", "is": 3})
    Settings = Asked

    # `segments.expand` puts the segment's own tree in its place before anybody is asked.
    def sql(self, leaf: Asked, scope: Scope) -> Q:
        raise AssertionError("A segment is expanded before it is asked.")

    def reader(self, leaf: Asked, columns: Columns) -> Reader:
        raise AssertionError("A segment is expanded before it is asked.")

    def ask(self, leaf: Asked, subject: Subject) -> Answer:
        raise AssertionError("A segment is expanded before it is asked.")

    def topics(self, leaf: Asked) -> Iterable[str]:
        return ()

    def problems(self, leaf: Asked, graph: Any) -> Iterable[tuple[str, str]]:
        if leaf.is_ not in segments.find({leaf.is_}):
            yield "is", "This segment does not exist."

    def words(self, leaf: Asked, names: Names) -> str:
        called = getattr(names, "segment", str)
        return f"Is in the segment {called(leaf.is_)}"
