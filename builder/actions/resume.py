from __future__ import annotations

from typing import Any

from builder.actions.status import change
from builder.models import Workflow

Status = Workflow.Status


def resume(workflow: Workflow, *, user: Any = None) -> Workflow:
    """A paused workflow goes on. Twice changes nothing."""
    return change(
        workflow,
        to=Status.LIVE,
        allowed=[Status.PAUSED],
        refusal="Only a paused workflow can be resumed.",
        user=user,
    )
