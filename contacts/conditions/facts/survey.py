from __future__ import annotations

from typing import Any, Literal

from django.db.models import F, Q
from pydantic import Field, model_validator

from contacts.conditions.comparing_sql import JsonNumber, comparison_q, json_source
from contacts.conditions.comparison import Comparison, holds, number
from contacts.conditions.fact import Names
from contacts.conditions.facts.app import has_property, property_is
from contacts.conditions.facts.newest import Newest
from contacts.conditions.facts.score import SAID
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope
from contacts.conditions.texts import Name, labelled
from contacts.conditions.windows import Windowed, window_words
from contacts.models import Event


class Asked(Windowed):
    survey: Name | None = Field(None, title="Survey", description="As the answers call it in “survey”. Empty: any.")
    op: Literal["gte", "gt", "lte", "lt", "is", "between"] = Field(
        "gte", title="Score is", json_schema_extra=labelled(SAID)
    )
    value: float = Field(title="Points", ge=-1e9, le=1e9)
    to: float | None = Field(None, title="to", ge=-1e9, le=1e9)

    @model_validator(mode="after")
    def _fits(self) -> Asked:
        if self.op == "between" and (self.to is None or self.to < self.value):
            raise ValueError("“between” needs two numbers, the smaller one first.")
        return self

    @property
    def compared(self) -> Comparison:
        return Comparison(op=self.op, value=self.value, to=self.to)


@register
class Survey(Newest):
    """The score of the last answer to a survey, such as 9 or 10 for those who would recommend you. The last answer counts."""

    fact = "survey"
    label = "Survey score"
    group = "behaviour"
    looks_back = True
    examples = (
        {"fact": "survey", "op": "gte", "value": 9},
        {"fact": "survey", "survey": "nps", "op": "between", "value": 0, "to": 6, "within": "P90D"},
    )
    Settings = Asked

    def names(self, leaf: Asked) -> tuple[str, ...]:
        return ("survey_answered",)

    def about(self, leaf: Asked, scope: Scope) -> Q:
        return property_is("survey", leaf.survey, scope) if leaf.survey else Q()

    def concerns(self, leaf: Asked, event: Event) -> bool:
        return not leaf.survey or has_property(event, "survey", leaf.survey)

    def good(self, leaf: Asked, scope: Scope) -> Q:
        return comparison_q(leaf.compared, json_source("properties", "score"), scope, "contact__time_zone")

    def speaks(self, leaf: Asked, event: Event) -> bool:
        return holds(leaf.compared, _score(event), event.occurred_at, lambda: event.occurred_at.tzinfo)  # type: ignore[arg-type,return-value]

    def shown(self) -> Any:
        return JsonNumber(F("properties"), "score")

    def shows(self, event: Event) -> str:
        score = number(_score(event))
        return "" if score is None else f"{score:g}"

    def asked(self, leaf: Asked) -> dict[str, Any]:
        return {"survey": leaf.survey} if leaf.survey else {}

    def words(self, leaf: Asked, names: Names) -> str:
        more = f" and {leaf.to:g}" if leaf.op == "between" else ""
        which = f" of {leaf.survey}" if leaf.survey else ""
        return f"Survey score{which} is {SAID[leaf.op]} {leaf.value:g}{more}{window_words(leaf, names)}"

    def called(self, seen: dict[str, Any]) -> str:
        return f"score of {seen['survey']}" if seen.get("survey") else "survey score"


def _score(event: Event) -> Any:
    return event.properties.get("score") if isinstance(event.properties, dict) else None
