from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts import tags
from engine import outcomes
from engine.batch import Batch
from engine.steps.base import Step
from engine.steps.words import wrong_tags


class ExitSettings(Settings):
    outcome: str = Field(
        "completed",
        title="Ends as",
        description="How the history and the reports name this end.",
        max_length=64,
        pattern=r"^[\w .-]+$",
        json_schema_extra={
            "x-widget": "select",
            "x-options": ["completed", "no_response", "not_eligible", "converted"],
            "x-free": True,
        },
    )
    tags: list[str] = Field(default_factory=list, title="Add tags", json_schema_extra={"x-widget": "tags"})


class Exit(Step):
    """The end of a path. Whoever comes here leaves the workflow, with the outcome that you name, and with the tags that you add.

    A way out that leads nowhere ends people too; an Exit says why.
    """

    kind = "exit"
    label = "Exit"
    icon = "flag-3"
    group = "end"
    example = {"outcome": "completed", "tags": []}
    Settings = ExitSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        for tokens, depth in batch.by_depth() if batch.settings.tags else ():
            tags.add(
                [token.contact_id for token in tokens],
                batch.settings.tags,
                by_workflow=batch.program.workflow_id,
                depth=depth,
                lock=False,
            )
        for token in batch.tokens:
            batch.exit(token, batch.settings.outcome)

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        reserved = outcomes.OUTCOMES.keys() - {"completed"}
        if node.settings.get("outcome") in reserved:
            yield Problem(
                node.id, "outcome", f"“{node.settings['outcome']}” is a word of Trellis's own; choose another."
            )
        for path, message in wrong_tags("tags", node.settings["tags"]):
            yield Problem(node.id, path, message)

    @classmethod
    def summary(cls, settings: ExitSettings, names: Names) -> str:
        return f"Ends as “{settings.outcome.replace('_', ' ')}”"
