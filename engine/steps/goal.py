from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts import conditions
from engine.batch import Batch
from engine.models.counter import GOAL
from engine.steps.base import Step


class GoalSettings(Settings):
    when: dict[str, Any] = Field(title="Reached, if", json_schema_extra={"x-widget": "condition"})
    pull: bool = Field(
        False,
        title="Bring people here at once",
        description="Anybody on the way here who reaches it skips the steps in between.",
    )


class Goal(Step):
    """Marks what people should reach by here, and counts who did. Everybody who comes here goes on.

    It can bring people here at once: whoever meets it on the way skips the steps in between, and their waits end.
    """

    kind = "goal"
    label = "Goal"
    icon = "target"
    group = "logic"
    place = 50
    ports = (Step.NEXT,)
    example = {"when": {"all": [{"fact": "purchase", "since": "run"}]}, "pull": True}
    Settings = GoalSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        verdicts = conditions.decide(batch.settings.when, batch.scope())
        for token in batch.tokens:
            verdict = verdicts[token.id]
            if verdict.value:
                batch.work.counts[token.version_id, token.node, GOAL] += 1
            batch.go(token, "next", [["goal_node", verdict.value], *verdict.why])

    @classmethod
    def pulls(cls, settings: GoalSettings) -> bool:
        return settings.pull

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if not conditions.leaves(node.settings.get("when")):
            yield Problem(node.id, "when", "It asks nothing yet")

    @classmethod
    def summary(cls, settings: GoalSettings, names: Names) -> str:
        return conditions.sentence(settings.when, names)

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] != "goal_node":
            return None
        return "Reached the goal." if entry[1] else "Came here without reaching the goal."
