"""What the engine does when a workflow's standing changes: resume spreads overdue people, a publish may move people."""

from __future__ import annotations

from django.db.models import F, Q

from builder.actions.told import Published, StatusChanged
from builder.models import Workflow
from contacts import clock
from engine import moving, watching
from engine.models import Lane, Run, RunStatus

SPREAD_S = 600


def on_status(what: StatusChanged) -> None:
    """Resumed: whoever was held goes back into the claim's way; deadlines that passed fire spread over 10 minutes."""
    if what.after != Workflow.Status.LIVE:
        return
    now = clock.to_micros(clock.now())
    held = Run.objects.filter(workflow=what.workflow, status=RunStatus.ACTIVE, lane=Lane.HELD)
    # An event came meanwhile: it decides now, and a deadline that has passed since does not win over it.
    held.filter(deadline__isnull=False, due_at__lt=F("deadline")).update(lane=Lane.FAST)
    overdue = held.filter(Q(due_at__lte=clock.now()))
    if overdue.count() > 1000:
        # The id spreads them evenly, and the same way if this is run twice.
        overdue.update(due_at=now + (F("id") % SPREAD_S) * 1_000_000, lane=Lane.NORMAL)
    held.update(lane=Lane.NORMAL)


def on_published(what: Published) -> None:
    """People inside either finish the version that they entered with, or are moved to the new one, in batches."""
    watching.write([what.version.pk])
    if what.people_inside == "move" and what.previous is not None:
        moving.plan_move(what.workflow, what.version, what.deleted)
