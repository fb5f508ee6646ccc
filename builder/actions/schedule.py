"""A publish at a later moment."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import DatabaseError, transaction

from builder import graph, validation
from builder.actions.told import PeopleInside
from builder.drafts import person
from builder.errors import BuilderError, NotNow, StaleDraft, Unpublishable
from builder.models import Workflow
from builder.names import DocumentNames
from builder.problem import errors
from builder.publishing import check_deleted, publish
from contacts import clock

log = logging.getLogger("trellis.builder")


@transaction.atomic
def schedule(
    workflow: Workflow,
    *,
    at: datetime,
    user: Any,
    revision: int | None = None,
    note: str = "",
    people_inside: PeopleInside = "finish_old",
    deleted: Mapping[str, str | None] | None = None,
) -> Workflow:
    """Publish the draft of this very revision at `at`. An edit in between calls it off, and the workflow says so."""
    workflow = Workflow.objects.select_for_update(of=("self",), no_key=True).get(pk=workflow.pk)
    if at <= clock.now():
        raise NotNow("A publish can only be scheduled for a moment to come.")
    if workflow.status == Workflow.Status.ARCHIVED:
        raise NotNow("An archived workflow cannot be published. Duplicate it instead.")
    if revision is not None and revision != workflow.revision:
        raise StaleDraft(document=workflow.draft, revision=workflow.revision, author=person(workflow.draft_author))
    drawing = graph.parse(workflow.draft)
    found = validation.problems(drawing, DocumentNames(drawing, own=workflow.pk))
    if errors(found):
        raise Unpublishable(found)
    check_deleted(deleted or {}, drawing)
    workflow.publish_at = at
    workflow.publish_plan = {
        "revision": workflow.revision,
        "user": user.pk if user else None,
        "note": note[:500],
        "people_inside": people_inside,
        "deleted": dict(deleted or {}),
    }
    workflow.save(update_fields=["publish_at", "publish_plan"])
    return workflow


def publish_due() -> int:
    """Publish what was scheduled and is due; returns how many went live. Called by the pulse; safe to call twice.

    What cannot be published any more (edited since, or no longer valid) keeps its draft, and `publish_plan` says why.
    """
    done = 0
    for workflow in Workflow.objects.filter(publish_at__lte=clock.now()).order_by("publish_at"):
        plan = workflow.publish_plan or {}
        try:
            publish(
                workflow,
                user=get_user_model().objects.filter(pk=plan.get("user") or 0).first(),
                revision=plan.get("revision"),
                note=plan.get("note", ""),
                people_inside=plan.get("people_inside", "finish_old"),
                deleted=plan.get("deleted"),
            )
            done += 1
        except BuilderError as error:
            log.warning("The scheduled publish of workflow %s did not happen: %s", workflow.pk, error)
            edited = "The draft was edited after its publish was scheduled."
            call_off(workflow, edited if isinstance(error, StaleDraft) else str(error))
        except DatabaseError:
            raise
        except Exception:  # tried again at every beat it would keep the pulse from everything else
            log.exception("The scheduled publish of workflow %s failed.", workflow.pk)
            call_off(workflow, "It failed on our side. Publish it by hand.")
    return done


def call_off(workflow: Workflow, reason: str) -> None:
    """What was scheduled for this very moment does not happen; the workflow says why."""
    Workflow.objects.filter(pk=workflow.pk, publish_at=workflow.publish_at).update(
        publish_at=None, publish_plan={**(workflow.publish_plan or {}), "refused": reason}
    )
