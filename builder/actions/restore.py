from __future__ import annotations

from typing import Any

from builder import drafts
from builder.models import Workflow, WorkflowVersion


def restore(version: WorkflowVersion, *, user: Any, revision: int | None = None, client: str = "") -> int:
    """Write an older version into the draft; publishing does the rest. Returns the draft's revision.

    Without `revision` it replaces the draft as it is. Raises `StaleDraft`, `NotNow`.
    """
    if revision is None:
        revision = Workflow.objects.values_list("revision", flat=True).get(pk=version.workflow_id)
    return drafts.save(version.workflow_id, version.document, revision=revision, user=user, client=client)
