"""The one place that moves a workflow from one status to another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from builder.actions import told
from builder.errors import NotNow
from builder.models import Workflow
from contacts import clock


@transaction.atomic
def change(workflow: Workflow, *, to: str, allowed: Iterable[str], refusal: str, user: Any) -> Workflow:
    """Change the status if it is one of `allowed`; the same status again changes nothing. Raises `NotNow(refusal)`."""
    workflow = Workflow.objects.select_for_update(of=("self",), no_key=True).get(pk=workflow.pk)
    before = workflow.status
    if before == to:
        return workflow
    if before not in allowed:
        raise NotNow(refusal)
    at = clock.now()
    workflow.status, workflow.updated_at = to, at
    workflow.paused_at = at if to == Workflow.Status.PAUSED else None
    workflow.save(update_fields=["status", "updated_at", "paused_at"])
    told.status_changed(told.StatusChanged(workflow, before, to, user))
    return workflow
