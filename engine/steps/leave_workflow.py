from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from engine import calling, ending
from engine.batch import Batch
from engine.models import Run, RunStatus
from engine.steps.base import Step


class LeaveWorkflowSettings(Settings):
    workflow: int | None = Field(
        None, title="Workflow", ge=1, json_schema_extra={"x-widget": "workflow", "x-options": "/api/workflows/"}
    )


class LeaveWorkflow(Step):
    """Takes people out of another workflow, wherever they are in it. What is not sent yet there stays unsent. Here they go on."""

    kind = "leave_workflow"
    label = "Leave workflow"
    icon = "logout"
    group = "logic"
    place = 80
    ports = (Step.NEXT,)
    example = {"workflow": None}
    Settings = LeaveWorkflowSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        to = calling.target(batch.settings.workflow)
        mine = {token.id for token in batch.tokens}
        inside = dict(
            Run.objects.filter(
                workflow_id=batch.settings.workflow,
                contact_id__in=[token.contact_id for token in batch.tokens],
                status=RunStatus.ACTIVE,
            )
            .exclude(pk__in=mine)
            .values_list("pk", "contact_id")
        )
        ending.end(
            list(inside), "removed", why=[["ended", "other_workflow"]], counts=batch.work.counts, daily=batch.work.daily
        )
        left = set(inside.values())
        name = to.name if to else ""
        for token in batch.tokens:
            batch.go(token, "next", [["left_workflow", name, token.contact_id in left]])

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if node.settings.get("workflow") is None:
            yield Problem(node.id, "workflow", "No workflow is chosen")

    @classmethod
    def summary(cls, settings: LeaveWorkflowSettings, names: Names) -> str:
        return f"Takes out of {names.workflow(settings.workflow)}" if settings.workflow else "Leaves no workflow yet"

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] != "left_workflow":
            return None
        return f"Was taken out of “{entry[1]}”." if entry[2] else f"Was not in “{entry[1]}”."
