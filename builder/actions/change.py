from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction

from builder.actions import told
from builder.errors import NotNow
from builder.models import Workflow
from contacts import clock

_LABELS = ("tactic", "objectives")


@transaction.atomic
def change(workflow: Workflow, values: Mapping[str, Any], *, user: Any) -> Workflow:
    """Set name, owner, tactic, objectives.

    Tactic and objectives stand in the drawing's settings too. Where they do, they change there as well, as one more
    revision, so that the next save of the drawing does not bring the old ones back.
    """
    workflow = Workflow.objects.select_for_update(of=("self",), no_key=True).get(pk=workflow.pk)
    if workflow.status == Workflow.Status.ARCHIVED:
        raise NotNow("An archived workflow cannot be changed. Duplicate it instead.")
    for key in ("name", "owner", *_LABELS):
        if key in values:
            setattr(workflow, key, values[key])
    workflow.updated_at = clock.now()
    settings = workflow.draft.get("settings")
    drawn = {key: values[key] for key in _LABELS if key in values and isinstance(settings, dict) and key in settings}
    if drawn and drawn != {key: settings[key] for key in drawn}:
        workflow.draft = {**workflow.draft, "settings": {**settings, **drawn}}
        workflow.revision += 1
        workflow.draft_author, workflow.draft_saved_at = user, workflow.updated_at
        transaction.on_commit(partial(told.saved, told.Saved(workflow.pk, workflow.revision, user, "")))
    workflow.save()
    return workflow
