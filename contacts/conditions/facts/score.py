from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, Literal

from django.db.models import Q
from pydantic import Field, model_validator

from contacts.conditions.columns import Columns
from contacts.conditions.fact import Answer, Fact, FactSettings, Names, Reader, Row
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject
from contacts.conditions.texts import labelled

SAID = {
    "gte": "at least",
    "gt": "more than",
    "lte": "at most",
    "lt": "less than",
    "is": "exactly",
    "between": "between",
}


class Asked(FactSettings):
    op: Literal["gte", "gt", "lte", "lt", "is", "between"] = Field(
        "gte", title="Score is", json_schema_extra=labelled(SAID)
    )
    # What an integer column holds, so that PostgreSQL compares without a cast.
    value: int = Field(title="Points", ge=-2_000_000_000, le=2_000_000_000)
    to: int | None = Field(None, title="to", ge=-2_000_000_000, le=2_000_000_000)

    @model_validator(mode="after")
    def _fits(self) -> Asked:
        if self.op == "between" and (self.to is None or self.to < self.value):
            raise ValueError("“between” needs two numbers, the smaller one first.")
        return self


@register
class Score(Fact):
    """The contact's points, which workflows give and take."""

    fact = "score"
    label = "Score"
    group = "contact"
    examples = ({"fact": "score", "op": "gte", "value": 50}, {"fact": "score", "op": "between", "value": 1, "to": 9})
    Settings = Asked

    def sql(self, leaf: Asked, scope: Scope) -> Q:
        if leaf.op == "between":
            return Q(score__gte=leaf.value, score__lte=leaf.to)
        return Q(**{f"score__{'exact' if leaf.op == 'is' else leaf.op}": leaf.value})

    def reader(self, leaf: Asked, columns: Columns) -> Reader:
        place = columns.field("score")

        def read(row: Row) -> Answer:
            return Answer(_holds(leaf, row[place]), {"score": row[place]})

        return read

    def ask(self, leaf: Asked, subject: Subject) -> Answer:
        return Answer(_holds(leaf, subject.contact.score), {"score": subject.contact.score})

    def topics(self, leaf: Asked) -> Iterable[str]:
        return ("field_changed",)

    def words(self, leaf: Asked, names: Names) -> str:
        more = f" and {leaf.to}" if leaf.op == "between" else ""
        return f"Score is {SAID[leaf.op]} {leaf.value}{more}"

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        return f"score: {seen.get('score', 0)}"


def _holds(leaf: Asked, score: int) -> bool:
    low = leaf.value
    if leaf.op == "between":
        return low <= score <= (leaf.to or 0)
    return {"gt": score > low, "gte": score >= low, "lt": score < low, "lte": score <= low, "is": score == low}[leaf.op]
