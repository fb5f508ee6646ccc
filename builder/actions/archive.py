from __future__ import annotations

from typing import Any

from django.db import transaction

from builder import people
from builder.actions.status import change
from builder.errors import NotNow
from builder.models import Workflow

Status = Workflow.Status


@transaction.atomic
def archive(workflow: Workflow, *, user: Any = None) -> Workflow:
    """Put a workflow away. It must be ended, or nobody may be inside; its history stays."""
    locked = Workflow.objects.select_for_update(of=("self",), no_key=True).get(pk=workflow.pk)
    inside = 0 if locked.status in (Status.ENDED, Status.ARCHIVED) else people.inside(locked.pk)
    if inside:
        number = "1 person is" if inside == 1 else f"{inside:,} people are"
        raise NotNow(f"{number} still inside. End the workflow first, or let them finish.")
    return change(
        locked,
        to=Status.ARCHIVED,
        allowed=[Status.DRAFT, Status.LIVE, Status.PAUSED, Status.ENDED],
        refusal="",
        user=user,
    )
