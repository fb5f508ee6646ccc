from __future__ import annotations

from typing import Any

from builder.actions.status import change
from builder.models import Workflow

Status = Workflow.Status


def pause(workflow: Workflow, *, user: Any = None) -> Workflow:
    """Nobody enters, nothing is sent, everybody keeps their place. Twice changes nothing."""
    return change(
        workflow,
        to=Status.PAUSED,
        allowed=[Status.LIVE],
        refusal="Only a live workflow can be paused.",
        user=user,
    )
