from __future__ import annotations

from typing import Any

from django.db.models import Q
from pydantic import Field, model_validator

from contacts.conditions.comparing_sql import comparison_q, json_source
from contacts.conditions.comparison import comparison_words
from contacts.conditions.fact import Names
from contacts.conditions.facts.event import Asked as EventAsked
from contacts.conditions.facts.event import Behaviour, Counted, EventFact, Filter
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject
from contacts.models import Event


class Asked(Counted):
    value_from: float | None = Field(None, ge=0, le=1e15, title="Worth at least")
    value_to: float | None = Field(None, ge=0, le=1e15, title="Worth at most")
    where: list[Filter] = Field(default_factory=list, max_length=10, title="Only if")

    @model_validator(mode="after")
    def _fits(self) -> Asked:
        if self.value_from is not None and self.value_to is not None and self.value_to < self.value_from:
            raise ValueError("The most that it may be worth is less than the least.")
        return self


@register
class Purchase(Behaviour):
    """Bought something; if you like, for at least so much, so many times, or within a time."""

    fact = "purchase"
    label = "Purchase"
    group = "behaviour"
    examples = (
        {"fact": "purchase", "since": "run"},
        {"fact": "purchase", "at_least": 3, "value_from": 100, "within": "P1Y"},
    )
    Settings = Asked

    def name(self, leaf: Asked) -> str:
        return "purchase"

    def filters(self, leaf: Asked, scope: Scope) -> Q:
        found = Q()
        for one in _filters(leaf):
            found &= comparison_q(one, json_source("properties", one.property), scope, "contact__time_zone")
        return found

    def counts(self, leaf: Asked, event: Event, subject: Subject) -> bool:
        return EventFact().counts(EventAsked(name="purchase", where=_filters(leaf)), event, subject)

    def about(self, leaf: Asked) -> dict[str, Any]:
        return {}

    def words(self, leaf: Asked, names: Names) -> str:
        only = ", ".join(f"{one.property} {comparison_words(one)}" for one in _filters(leaf))
        return f"Bought{f' ({only})' if only else ''}{self.often(leaf, names)}"


def _filters(leaf: Asked) -> list[Filter]:
    """The worth as filters like any other."""
    worth = []
    if leaf.value_from is not None:
        worth.append(Filter(property="value", op="gte", value=leaf.value_from))
    if leaf.value_to is not None:
        worth.append(Filter(property="value", op="lte", value=leaf.value_to))
    return [*worth, *leaf.where]
