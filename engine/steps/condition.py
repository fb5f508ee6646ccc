from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from builder.nodes import Names, Port, Settings
from builder.problem import Problem
from contacts import conditions
from engine.batch import Batch
from engine.steps.base import Step


class ConditionSettings(Settings):
    when: dict[str, Any] = Field(title="Yes, if", json_schema_extra={"x-widget": "condition"})


class Condition(Step):
    """Asks one question about the contact, at once, and goes on by Yes or by No.

    It does not wait: "opened?" right after an e-mail is always No. To give people time, use Wait until.
    """

    kind = "condition"
    label = "Condition"
    icon = "arrows-split-2"
    group = "logic"
    place = 10
    ports = (Port("yes", "Yes", "yes"), Port("no", "No", "no"))
    example = {"when": {"all": [{"fact": "tag", "is": "vip"}]}}
    Settings = ConditionSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        verdicts = conditions.decide(batch.settings.when, batch.scope())
        for token in batch.tokens:
            verdict = verdicts[token.id]
            batch.go(token, "yes" if verdict.value else "no", verdict.why)

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if not conditions.leaves(node.settings.get("when")):
            yield Problem(node.id, "when", "It asks nothing yet")

    @classmethod
    def summary(cls, settings: ConditionSettings, names: Names) -> str:
        return conditions.sentence(settings.when, names)
