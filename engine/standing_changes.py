"""What the engine does when a workflow's standing changes: resume spreads overdue people, a publish may move people."""

from __future__ import annotations

from django.db.models import Count, F, Min

from builder.actions.told import Published, StatusChanged
from builder.models import Workflow
from contacts import clock
from engine import alarms, backfill, ending, health, moving, segments, watching
from engine.messaging import plan
from engine.models import Lane, Run, RunStatus

SPREAD_S = 600
FEW = 100


def on_status(what: StatusChanged) -> None:
    """Paused: what is planned is held. Resumed: it is let go, and whoever was held goes back into the claim's way. Ended: it is over
    for everybody inside, in the same transaction."""
    _ways_in(what.workflow)
    if what.after == Workflow.Status.PAUSED:
        plan.hold(what.workflow.pk)
    elif what.after == Workflow.Status.LIVE:
        plan.release(what.workflow.pk)
        health.forget(what.workflow.pk)
        _resume(what.workflow)
    elif what.after == Workflow.Status.ENDED:
        ending.end_all(what.workflow.pk, "workflow_ended")
        plan.release(what.workflow.pk)  # what was sent again by hand, for people who had left before


def _resume(workflow: Workflow) -> None:
    """Deadlines that passed fire spread over 10 minutes: some hundred people at once are no flood, many thousand are."""
    now = clock.now()
    held = Run.objects.filter(workflow=workflow, status=RunStatus.ACTIVE, lane=Lane.HELD)
    # An event came meanwhile: it decides now, and a deadline that has passed since does not win over it.
    held.filter(deadline__isnull=False, due_at__lt=F("deadline")).update(lane=Lane.FAST)
    overdue = held.filter(due_at__lte=now)
    first = overdue.aggregate(first=Min("id"), n=Count("id"))
    if first["n"] > FEW:
        # The id spreads them evenly, and the same way if this is run twice.
        overdue.update(due_at=clock.to_micros(now) + ((F("id") - first["first"]) % SPREAD_S) * 1_000_000)
    held.update(lane=Lane.NORMAL)


def on_published(what: Published) -> None:
    """People inside either finish the version that they entered with, or are moved to the new one, in batches."""
    watching.write([what.version.pk])
    _ways_in(what.workflow)
    backfill.begin(what.workflow)
    if what.people_inside == "move" and what.previous is not None:
        moving.plan_move(what.workflow, what.version, what.deleted)


def _ways_in(workflow: Workflow) -> None:
    """Alarms and kept segments follow what is live, in the same transaction: nobody who comes right after it is missed."""
    alarms.set_for(workflow)
    segments.keep_what_is_heard()
