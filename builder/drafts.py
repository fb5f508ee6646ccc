"""Saving a draft: of two people who save at once one wins and the other is told. Nothing is overwritten unseen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction

from builder.actions import told
from builder.errors import NotNow, StaleDraft
from builder.models import Workflow
from contacts import clock


def save(workflow_id: int, document: Mapping[str, Any], *, revision: int, user: Any, client: str = "") -> int:
    """Store `document` if the draft is still at `revision`; returns the next revision.

    One conditional UPDATE decides. Raises `StaleDraft` with what was saved meanwhile, `NotNow` for an archived
    workflow, `Workflow.DoesNotExist`. `client` tells one person's two tabs apart.
    """
    at = clock.now()
    with transaction.atomic():
        saved = (
            Workflow.objects.filter(pk=workflow_id, revision=revision)
            .exclude(status=Workflow.Status.ARCHIVED)
            .update(
                draft=document,
                revision=revision + 1,
                draft_author=user,
                draft_saved_at=at,
                updated_at=at,
                **labels(document),
            )
        )
        if not saved:
            raise _refusal(workflow_id)
        transaction.on_commit(partial(told.saved, told.Saved(workflow_id, revision + 1, user, client)))
    return revision + 1


def _refusal(workflow_id: int) -> StaleDraft | NotNow:
    workflow = Workflow.objects.select_related("draft_author").get(pk=workflow_id)
    if workflow.status == Workflow.Status.ARCHIVED:
        return NotNow("An archived workflow cannot be edited. Duplicate it instead.")
    return StaleDraft(document=workflow.draft, revision=workflow.revision, author=person(workflow.draft_author))


def person(user: Any) -> dict[str, Any] | None:
    """Whom a screen names: {"id", "name"}."""
    return {"id": user.pk, "name": user.get_full_name() or user.get_username()} if user else None


def labels(document: Mapping[str, Any]) -> dict[str, Any]:
    """Tactic and objectives, by which lists of workflows are filtered, where the drawing's settings give them."""
    settings = document.get("settings")
    labels: dict[str, Any] = {}
    if isinstance(settings, dict):
        tactic, objectives = settings.get("tactic"), settings.get("objectives")
        if isinstance(tactic, str) and len(tactic) <= 80 and "\0" not in tactic:
            labels["tactic"] = tactic
        if isinstance(objectives, list) and all(isinstance(one, str) and "\0" not in one for one in objectives[:20]):
            labels["objectives"] = objectives[:20]
    return labels
