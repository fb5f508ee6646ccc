from __future__ import annotations

from typing import Any

from builder.models import Workflow
from contacts import clock


def duplicate(workflow: Workflow, *, user: Any, name: str = "") -> Workflow:
    """A new draft with the same drawing, whatever the status of the first. People and versions stay behind."""
    at = clock.now()
    return Workflow.objects.create(
        name=(name or f"{workflow.name[:190]}, copy"),
        draft=workflow.draft,
        draft_author=user,
        draft_saved_at=at,
        tactic=workflow.tactic,
        objectives=workflow.objectives,
        owner=user,
        template=workflow.template,
        created_at=at,
        updated_at=at,
    )
