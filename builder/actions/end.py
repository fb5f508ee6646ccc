from __future__ import annotations

from typing import Any

from builder.actions.status import change
from builder.models import Workflow

Status = Workflow.Status


def end(workflow: Workflow, *, user: Any = None) -> Workflow:
    """Nobody enters any more, and it is over for those inside: the engine, told in the transaction, ends their runs."""
    return change(
        workflow,
        to=Status.ENDED,
        allowed=[Status.LIVE, Status.PAUSED],
        refusal="Only a live or paused workflow can be ended.",
        user=user,
    )
