from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts import lists
from engine.batch import Batch
from engine.steps.base import Step
from engine.steps.words import adds_and_removes


class ListSettings(Settings):
    add: list[str] = Field(default_factory=list, title="Put on", max_length=20, json_schema_extra={"x-widget": "lists"})
    remove: list[str] = Field(
        default_factory=list, title="Take off", max_length=20, json_schema_extra={"x-widget": "lists"}
    )


class List(Step):
    """Puts the contact on a list, or takes it off. Being on a list is not a consent: what may be sent is asked at each message."""

    kind = "list"
    label = "List"
    icon = "list-check"
    group = "contact"
    place = 30
    ports = (Step.NEXT,)
    example = {"add": ["newsletter"], "remove": []}
    Settings = ListSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        for tokens, depth in batch.by_depth():
            contacts = [token.contact_id for token in tokens]
            who: dict[str, Any] = {"by_workflow": batch.program.workflow_id, "depth": depth, "lock": False}
            if batch.settings.add:
                lists.join(contacts, batch.settings.add, **who)
            if batch.settings.remove:
                lists.leave(contacts, batch.settings.remove, **who)
        batch.go_all()

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if not node.settings.get("add") and not node.settings.get("remove"):
            yield Problem(node.id, "add", "No list is named")

    @classmethod
    def summary(cls, settings: ListSettings, names: Names) -> str:
        return adds_and_removes(
            "the list", [names.list(slug) for slug in settings.add], [names.list(slug) for slug in settings.remove]
        )
