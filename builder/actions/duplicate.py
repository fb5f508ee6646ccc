from __future__ import annotations

from typing import Any

from django.db import transaction

from builder.models import Scenario, Workflow
from contacts import clock


@transaction.atomic
def duplicate(workflow: Workflow, *, user: Any, name: str = "") -> Workflow:
    """A new draft with the same drawing and scenarios, whatever the status of the first. People and versions stay behind."""
    at = clock.now()
    made = Workflow.objects.create(
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
    Scenario.objects.bulk_create(
        [
            Scenario(
                workflow=made, name=one.name, asked=one.asked, expected=one.expected, created_at=at, created_by=user
            )
            for one in workflow.scenarios.order_by("pk")
        ]
    )
    return made
