from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field

from builder.nodes import Names, Port, Settings
from builder.problem import Problem
from contacts import conditions
from engine.batch import Batch
from engine.steps.base import Step


class Way(BaseModel):
    port: str = Field(pattern=r"^b([1-9]|10)$")
    name: str = Field("", max_length=60)
    when: dict[str, Any] = Field(title="If", json_schema_extra={"x-widget": "condition"})


class BranchSettings(Settings):
    branches: list[Way] = Field(min_length=1, max_length=10, title="Ways", json_schema_extra={"x-widget": "branches"})


class Branch(Step):
    """Several named ways, asked in order: the first that is true is taken, else the last one, Else."""

    kind = "branch"
    label = "Branch"
    icon = "git-branch"
    group = "logic"
    place = 20
    ports = (Port("else", "Else", "no"),)
    branch_field = "branches"
    example = {
        "branches": [{"port": "b1", "name": "Espresso", "when": {"all": [{"fact": "tag", "is": "espresso"}]}}],
    }
    Settings = BranchSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        rest = list(batch.tokens)
        seen: dict[int, list[Any]] = {token.id: [] for token in rest}
        for way in batch.settings.branches:
            if not rest:
                return
            verdicts = conditions.decide(way.when, batch.scope(rest))
            still = []
            for token in rest:
                verdict = verdicts[token.id]
                seen[token.id] += verdict.why
                if verdict.value:
                    batch.go(token, way.port, seen[token.id])
                else:
                    still.append(token)
            rest = still
        for token in rest:
            batch.go(token, "else", seen[token.id])

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        for index, way in enumerate(node.settings.get("branches", ())):
            if not conditions.leaves(way.get("when")):
                yield Problem(node.id, f"branches.{index}.when", f"“{way.get('name') or way['port']}” asks nothing yet")

    @classmethod
    def summary(cls, settings: BranchSettings, names: Names) -> str:
        n = len(settings.branches)
        return f"{n} way{'' if n == 1 else 's'}, and Else"
