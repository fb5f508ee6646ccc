from __future__ import annotations

from django.db import transaction

from builder.errors import NotNow
from builder.models import Workflow


@transaction.atomic
def delete(workflow: Workflow) -> None:
    """Delete a draft that was never published. What ran once can only be archived: histories point to it."""
    locked = Workflow.objects.select_for_update(of=("self",)).get(pk=workflow.pk)
    if locked.versions.exists():
        raise NotNow("This workflow has been published, so people's histories point to it. Archive it instead.")
    locked.delete()
