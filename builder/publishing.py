"""Taking a draft live. Each publish freezes a version; people inside are the engine's, which hears of it in here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from builder import graph, validation
from builder.actions import told
from builder.actions.told import PeopleInside, on_published, on_saved, on_status
from builder.drafts import person
from builder.errors import NotNow, StaleDraft, Unpublishable
from builder.models import Workflow, WorkflowVersion
from builder.names import DocumentNames
from builder.problem import errors
from contacts import clock, faults

__all__ = ["check_deleted", "on_published", "on_saved", "on_status", "publish"]


@transaction.atomic
def publish(
    workflow: Workflow,
    *,
    user: Any,
    revision: int | None = None,
    note: str = "",
    people_inside: PeopleInside = "finish_old",
    deleted: Mapping[str, str | None] | None = None,
) -> WorkflowVersion:
    """Freeze the draft as the next version and take it live.

    The same revision published twice makes one version: the second call returns the first one's. A paused workflow gets
    the version and stays paused. `deleted` says for each node that is gone where its people go (None: they exit).
    Raises `StaleDraft` if the draft has moved on from `revision`, `Unpublishable`, `NotNow` for an archived workflow.
    """
    workflow = Workflow.objects.select_for_update(of=("self",), no_key=True).get(pk=workflow.pk)
    if workflow.status == Workflow.Status.ARCHIVED:
        raise NotNow("An archived workflow cannot be published. Duplicate it instead.")
    if revision is not None and revision != workflow.revision:
        raise StaleDraft(document=workflow.draft, revision=workflow.revision, author=person(workflow.draft_author))
    live = workflow.live_version
    if live and live.revision == workflow.revision and workflow.status != Workflow.Status.ENDED:
        return live
    drawing = graph.parse(workflow.draft)
    found = validation.problems(drawing, DocumentNames(drawing, own=workflow.pk))
    if errors(found):
        raise Unpublishable(found)
    check_deleted(deleted or {}, drawing)
    version = WorkflowVersion(
        workflow=workflow,
        number=(workflow.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1,
        document=dict(drawing.document),
        revision=workflow.revision,
        published_at=clock.now(),
        published_by=user,
        note=note[:500],
    )
    version.save()
    faults.point("publishing.frozen")
    _go_live(workflow, version, user)
    told.published(told.Published(workflow, version, live, people_inside, dict(deleted or {}), user))
    return version


def _go_live(workflow: Workflow, version: WorkflowVersion, user: Any) -> None:
    before = workflow.status
    workflow.live_version = version
    workflow.updated_at = version.published_at
    workflow.publish_at = workflow.publish_plan = None
    if before != Workflow.Status.PAUSED:
        workflow.status = Workflow.Status.LIVE
    workflow.save(update_fields=["live_version", "status", "updated_at", "publish_at", "publish_plan"])
    told.status_changed(told.StatusChanged(workflow, before, workflow.status, user))


def check_deleted(deleted: Mapping[str, str | None], drawing: graph.Graph) -> None:
    """Raises `NotNow` for people who would be sent to a step that is not there."""
    for node, target in deleted.items():
        if target is not None and target not in drawing.nodes:
            raise NotNow(f"People at “{node}” cannot go to “{target}”: that step is not in this version.")
