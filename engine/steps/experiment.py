from __future__ import annotations

from collections.abc import Iterable
from datetime import date, tzinfo
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts.durations import parse
from engine import dates, experiments
from engine.batch import Batch
from engine.models import Visit
from engine.steps.base import Step
from engine.steps.split import position

Date = date  # the setting is called date too
METRICS: dict[str, Any] = {
    "clicked": "Click a link in a message",
    "opened": "Open a message",
    "goal": "Reach the workflow's goal",
    "event": "Do something else",
}


class Arm(BaseModel):
    port: str = Field(pattern=r"^[a-e]$")
    name: str = Field("", max_length=60)
    weight: float = Field(ge=0, le=100)


class ExperimentSettings(Settings):
    arms: list[Arm] = Field(min_length=2, max_length=5, title="Ways", json_schema_extra={"x-widget": "weights"})
    metric: Literal["clicked", "opened", "goal", "event"] = Field(
        "clicked",
        title="Best is the way on which most people",
        description="Of what they get behind this step, in the same run.",
        json_schema_extra={"x-widget": "select", "x-labels": METRICS},
    )
    event: str = Field("", title="Event", max_length=80, json_schema_extra={"x-show-if": {"metric": "event"}})
    window: str = Field(
        "P3D",
        title="Each has",
        description="From here on. Only people whose time is over are compared.",
        json_schema_extra={"x-widget": "duration", "x-noun": "the time"},
    )
    decide: Literal["confidence", "date"] = Field(
        "confidence",
        title="Decided",
        json_schema_extra={
            "x-widget": "select",
            "x-labels": {
                "confidence": "Once, as soon as it is sure",
                "date": "On a day: the best so far",
            },
        },
    )
    least: int = Field(
        100,
        title="People on each way, at least",
        ge=1,
        le=10_000_000,
        description="Decided once every way has so many people whose time is over. The best way wins if the difference is 95 % certain; if not, the shares stay.",
        json_schema_extra={"x-show-if": {"decide": "confidence"}},
    )
    date: Date | None = Field(
        None,
        title="On",
        description="As that day begins, by our clock.",
        json_schema_extra={"x-show-if": {"decide": "date"}},
    )
    then: Literal["winner", "report"] = Field(
        "winner",
        title="Then",
        json_schema_extra={
            "x-widget": "select",
            "x-labels": {"winner": "Everybody new goes the best way", "report": "Only report it"},
        },
    )

    @field_validator("window")
    @classmethod
    def _within_reason(cls, value: str) -> str:
        if not 60 <= parse(value).approximate_seconds() <= 366 * 86_400:
            raise ValueError("The time lies between 1 minute and 1 year")
        return value

    @model_validator(mode="after")
    def _in_this_life(self) -> Self:
        if self.date is not None and not dates.FIRST_YEAR <= self.date.year <= dates.LAST_YEAR:
            raise ValueError(f"date: A date lies between the years {dates.FIRST_YEAR} and {dates.LAST_YEAR}")
        return self


class Experiment(Step):
    """Divides people by chance, as Split does, and finds out which way does best. From then on everybody new may go that way.

    It is decided once, when every way has enough people whose time is over, so that looking at it often makes nothing up. Whoever is
    inside keeps the way they went.
    """

    kind = "experiment"
    label = "Experiment"
    icon = "flask"
    group = "logic"
    place = 40
    branch_field = "arms"
    example = {
        "arms": [{"port": "a", "name": "A", "weight": 50}, {"port": "b", "name": "B", "weight": 50}],
        "metric": "clicked",
        "window": "P3D",
        "decide": "confidence",
        "least": 100,
        "then": "winner",
    }
    Settings = ExperimentSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        settings, arms = batch.settings, {arm.port: arm for arm in batch.settings.arms}
        kept = dict(
            Visit.objects.filter(
                contact_id__in=[token.contact_id for token in batch.tokens],
                run_id__in=[token.id for token in batch.tokens],
                node=batch.node.id,
                port__in=arms,
            )
            .order_by("nth")
            .values_list("run_id", "port")
        )
        found = experiments.decided(batch.program.workflow_id, batch.node) if settings.then == "winner" else None
        won = arms.get(found.arm) if found else None
        whys = {port: [["arm", arm.weight]] for port, arm in arms.items()}
        for token in batch.tokens:
            if token.id in kept:
                batch.go(token, kept[token.id], [["arm_kept"]])
            elif won is not None:
                batch.go(token, won.port, [["arm_won", won.name or won.port.upper()]])
            else:
                port = cls._drawn(settings, token.workflow_id, token.node, token.contact_id)
                batch.go(token, port, whys[port])

    @staticmethod
    def _drawn(settings: ExperimentSettings, workflow_id: int, node: str, contact_id: int) -> str:
        place, edge = position(workflow_id, node, contact_id), 0.0
        for arm in settings.arms:
            edge += arm.weight
            if place < edge:
                break
        return arm.port

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        settings = node.settings
        total = sum(arm.get("weight", 0) for arm in settings.get("arms", ()))
        if abs(total - 100) > 0.01:
            yield Problem(node.id, "arms", f"The weights make {total:g} %, not 100 %")
        metric = settings.get("metric", "clicked")
        if metric == "event" and not settings.get("event"):
            yield Problem(node.id, "event", "Which event?")
        if metric == "goal" and not graph.settings.get("goal"):
            yield Problem(
                node.id, "metric", "The workflow has no goal yet: set one in its settings, or measure something else."
            )
        if settings.get("decide") == "date" and not settings.get("date"):
            yield Problem(node.id, "date", "No day is chosen")

    @classmethod
    def summary(cls, settings: ExperimentSettings, names: Names) -> str:
        ways = ", ".join(f"{arm.weight:g} % {arm.name or arm.port.upper()}" for arm in settings.arms)
        most = {"clicked": "most clicks", "opened": "most opens", "goal": "most goals"}
        return f"{ways}: {most.get(settings.metric) or 'most ' + (settings.event or '…').replace('_', ' ')}"

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] == "arm":
            return f"By chance: {entry[1]:g} % go this way."
        if entry[0] == "arm_won":
            return f"“{entry[1]}” did best, and everybody new goes that way."
        return "Went this way before, and keeps it." if entry[0] == "arm_kept" else None
