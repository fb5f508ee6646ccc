from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts import tags
from engine.batch import Batch
from engine.steps.base import Step
from engine.steps.words import adds_and_removes, wrong_tags


class TagSettings(Settings):
    add: list[str] = Field(default_factory=list, title="Add", max_length=20, json_schema_extra={"x-widget": "tags"})
    remove: list[str] = Field(
        default_factory=list, title="Remove", max_length=20, json_schema_extra={"x-widget": "tags"}
    )


class Tag(Step):
    """Adds tags to the contact, or takes them away. Other workflows can start from a tag, and waits can wait for one.

    Who has the tag already keeps it with its old date.
    """

    kind = "tag"
    label = "Tag"
    icon = "tag"
    group = "contact"
    place = 20
    ports = (Step.NEXT,)
    example = {"add": ["reader"], "remove": []}
    Settings = TagSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        for tokens, depth in batch.by_depth():
            contacts = [token.contact_id for token in tokens]
            who: dict[str, Any] = {"by_workflow": batch.program.workflow_id, "depth": depth, "lock": False}
            if batch.settings.add:
                tags.add(contacts, batch.settings.add, **who)
            if batch.settings.remove:
                tags.remove(contacts, batch.settings.remove, **who)
        batch.go_all()

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if not node.settings.get("add") and not node.settings.get("remove"):
            yield Problem(node.id, "add", "No tag is named")
        for field in ("add", "remove"):
            for path, message in wrong_tags(field, node.settings[field]):
                yield Problem(node.id, path, message)

    @classmethod
    def summary(cls, settings: TagSettings, names: Names) -> str:
        return adds_and_removes("the tag", settings.add, settings.remove)
