from __future__ import annotations

from typing import Any

from builder import documents
from builder.drafts import labels
from builder.models import Workflow
from builder.models.document import empty_document
from contacts import clock


def create(*, name: str, user: Any, document: dict[str, Any] | None = None, template: str = "") -> Workflow:
    """A new workflow, empty or from an imported document; raises `MalformedDocument` with the first error's place."""
    document = empty_document() if document is None else documents.check(document, strict=True)
    at = clock.now()
    return Workflow.objects.create(
        name=name,
        draft=document,
        draft_author=user,
        draft_saved_at=at,
        owner=user,
        template=template,
        created_at=at,
        updated_at=at,
        **labels(document),
    )
