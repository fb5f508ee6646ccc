from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, Literal

from pydantic import Field, field_validator

from builder.nodes import Names, Port, Settings
from builder.problem import Problem
from contacts.clock import to_micros
from contacts.durations import parse, words
from engine import calling, outcomes
from engine.batch import Batch, Token
from engine.models.refusal import REASONS
from engine.steps.base import Step

MODES: dict[str, Any] = {
    "start": "Start it beside this one",
    "move": "Go over to it, and leave here",
    "call": "Wait here until it is over",
}
WHY_NOT = {
    "gone": "It does not exist any more",
    "itself": "A workflow cannot enter itself",
}


class EnterWorkflowSettings(Settings):
    workflow: int | None = Field(
        None, title="Workflow", ge=1, json_schema_extra={"x-widget": "workflow", "x-options": "/api/workflows/"}
    )
    mode: Literal["start", "move", "call"] = Field(
        "start", title="How", json_schema_extra={"x-widget": "select", "x-labels": MODES}
    )
    timeout: str = Field(
        "P30D",
        title="Or, if it is not over, after",
        json_schema_extra={"x-widget": "duration", "x-noun": "the limit", "x-show-if": {"mode": "call"}},
    )

    @field_validator("timeout")
    @classmethod
    def _within_reason(cls, value: str) -> str:
        if not 60 <= parse(value).approximate_seconds() <= 366 * 86_400:
            raise ValueError("The limit lies between 1 minute and 1 year")
        return value


class EnterWorkflow(Step):
    """Sends people into another workflow: beside this one, instead of it, or as a part of it from which they come back.

    The other workflow's own rules decide who may enter. Whoever may not goes on here by Next, and the path says why.
    """

    kind = "enter_workflow"
    label = "Enter workflow"
    icon = "sitemap"
    group = "logic"
    place = 70
    ports = (Step.NEXT,)
    extra_ports = (Port("timeout", "Time is up", "timeout", {"mode": ["call"]}),)
    example = {"workflow": None, "mode": "start"}
    Settings = EnterWorkflowSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        settings = batch.settings
        calls = settings.mode == "call"
        called = calling.called(batch.tokens, settings.workflow) if calls else {}
        for token in batch.tokens:
            if token.id in called:
                cls._wait(batch, token, called[token.id])
        calling.over([token for token in batch.tokens if token.state == Token.GO])
        fresh = [token for token in batch.tokens if token.id not in called]
        if not fresh:
            return
        to = calling.target(settings.workflow)
        refused = calling.let_in(batch.work, fresh, to)
        name = to.name if to else ""
        entered = [["entered", name]]
        waiting = []
        for token in fresh:
            if token.id in refused:
                batch.go(token, "next", [["not_entered", name, refused[token.id]]])
            elif settings.mode == "start":
                batch.go(token, "next", entered)
            elif settings.mode == "move":
                batch.exit(token, "moved", entered)
            else:
                waiting.append(token)
                cls._park(batch, token)
        if waiting and to is not None:
            calling.call(waiting, to)

    @classmethod
    def _wait(cls, batch: Batch, token: Token, child: calling.Called) -> None:
        """It has been called: is it over, or is the time up? The first to happen wins."""
        limit = batch.later(token, batch.settings.timeout)
        if child.ended_at is not None and to_micros(child.ended_at) <= limit:
            batch.go(token, "next", [["call_ended", child.outcome]])
        elif limit <= batch.now_us:
            batch.go(token, "timeout", [["call_timeout", batch.settings.timeout]])
        else:
            cls._park(batch, token)

    @classmethod
    def _park(cls, batch: Batch, token: Token) -> None:
        token.deadline = batch.later(token, batch.settings.timeout)
        batch.park(token, token.deadline)

    @classmethod
    def ports_of(cls, settings: Any) -> tuple[Port, ...]:
        if settings.get("mode") != "call":
            return cls.ports
        try:
            label = f"After {words(settings.get('timeout', 'P30D'))}"
        except (ValueError, TypeError, AttributeError):  # a draft may hold anything here
            label = "Time is up"
        return (*cls.ports, Port("timeout", label, "timeout"))

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if node.settings.get("workflow") is None:
            yield Problem(node.id, "workflow", "No workflow is chosen")

    @classmethod
    def summary(cls, settings: EnterWorkflowSettings, names: Names) -> str:
        if settings.workflow is None:
            return "Enters no workflow yet"
        name = names.workflow(settings.workflow)
        if settings.mode == "call":
            return f"Goes through {name}, up to {words(settings.timeout)}"
        return f"Starts {name}" if settings.mode == "start" else f"Goes over to {name}"

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] == "entered":
            return f"Entered “{entry[1]}”."
        if entry[0] == "not_entered":
            reason = WHY_NOT.get(entry[2]) or REASONS.get(entry[2], entry[2])
            return f"Did not enter {f'“{entry[1]}”' if entry[1] else 'the other workflow'}. {reason}."
        if entry[0] == "call_ended":
            return f"Came back from there: {outcomes.words(entry[1]).lower()}."
        if entry[0] == "call_timeout":
            return f"Not back from there after {words(entry[1])}."
        return None
