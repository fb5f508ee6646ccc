from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts import events
from engine.batch import Batch
from engine.steps.base import Step


class EventSettings(Settings):
    name: str = Field("", title="Name", max_length=60, pattern=r"^[\w .:-]*$")
    properties: dict[str, str | float | bool | None] = Field(
        default_factory=dict, title="Properties", json_schema_extra={"x-widget": "code"}
    )


class Event(Step):
    """Records an event of yours, as if it came from outside: it may let people into other workflows and wake who waits for it."""

    kind = "event"
    label = "Event"
    icon = "bolt"
    group = "site"
    ports = (Step.NEXT,)
    example = {"name": "nurtured", "properties": {"part": "3"}}
    Settings = EventSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        settings = batch.settings
        events.record_many(
            [
                events.NewEvent(
                    contact_id=token.contact_id,
                    name=settings.name,
                    properties=settings.properties,
                    # The same visit never records twice, whatever crashes.
                    key=f"run:{token.id}:{token.nth}",
                    depth=token.depth + 1,
                    workflow_id=token.workflow_id,
                    run_id=token.id,
                )
                for token in batch.tokens
            ],
            lock=False,
        )
        batch.go_all()

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        name = node.settings.get("name", "").strip()
        if not name:
            yield Problem(node.id, "name", "The event has no name")
        elif name in events.RESERVED:
            yield Problem(node.id, "name", f"“{name}” is recorded by Trellis itself; choose another name")

    @classmethod
    def summary(cls, settings: EventSettings, names: Names) -> str:
        return f"Records “{settings.name}”" if settings.name else "Records an event"
