from __future__ import annotations

from typing import Any

from django.db import transaction

from builder.actions.schedule import call_off
from builder.actions.status import change
from builder.models import Workflow

Status = Workflow.Status


@transaction.atomic
def end(workflow: Workflow, *, user: Any = None) -> Workflow:
    """Nobody enters any more, and it is over for those inside: the engine, told in the transaction, ends their runs.

    A publish that was scheduled before does not bring it back to life.
    """
    ended = change(
        workflow,
        to=Status.ENDED,
        allowed=[Status.LIVE, Status.PAUSED],
        refusal="Only a live or paused workflow can be ended.",
        user=user,
    )
    if ended.publish_at is not None:
        call_off(ended, "The workflow was ended before.")
        ended.refresh_from_db(fields=["publish_at", "publish_plan"])
    return ended
