"""Taking people inside along to a new version: same node, new drawing; counted, recorded, in batches."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Exists, OuterRef

from builder.models import Workflow, WorkflowVersion
from contacts import clock, faults, locks
from engine import ending, sql
from engine.messaging.models import Message, Status
from engine.models import Effect, Lane, Move, Run, RunStatus
from engine.models.counter import ENTERED
from engine.models.effect import EffectStatus
from engine.program import program

BATCH = 300


def plan_move(workflow: Workflow, version: WorkflowVersion, deleted: Mapping[str, str | None]) -> None:
    """Note, in the publish's transaction, that everybody inside goes to `version`. A newer move replaces an unfinished one."""
    Move.objects.filter(workflow=workflow, done=False).update(done=True)
    Move.objects.create(workflow=workflow, version=version, deleted=dict(deleted))


def work() -> bool:
    """Move one batch; False when there is nothing to move right now. Safe to kill at any point."""
    return any(_work(move) for move in Move.objects.filter(done=False).order_by("pk"))


def _work(move: Move) -> bool:
    with transaction.atomic():
        # Who came in by a still newer version stays there: a move never leads back.
        left = Run.objects.filter(workflow_id=move.workflow_id, status=RunStatus.ACTIVE, version_id__lt=move.version_id)
        # What is on its way finishes first, under the visit that sent it.
        mine = {"contact_id": OuterRef("contact_id"), "run_id": OuterRef("pk"), "nth": OuterRef("nth")}
        # So does what has its answer while the run has not gone on yet: the next visit there would send once more.
        free = left.exclude(Exists(Message.objects.filter(**mine).exclude(status=Status.CANCELLED))).exclude(
            Exists(Effect.objects.filter(**mine).exclude(status=EffectStatus.CANCELLED))
        )
        batch = list(free.order_by("pk").values_list("pk", "contact_id")[:BATCH])
        if not batch:
            if not left.exists():
                Move.objects.filter(pk=move.pk).update(done=True)
            return False
        locks.lock({contact for _, contact in batch})
        runs = list(free.filter(pk__in=[pk for pk, _ in batch]))
        faults.point("moving.claimed")
        _move(move, runs)
        faults.point("moving.moved")
    return True


def _move(move: Move, runs: list[Run]) -> None:
    new = program(move.version_id)
    numbers = dict(WorkflowVersion.objects.filter(workflow_id=move.workflow_id).values_list("pk", "number"))
    now = clock.now()
    now_us = clock.to_micros(now)
    counts: dict[tuple[int, str, str], int] = defaultdict(int)
    visits: list[sql.Row] = []
    gone: list[int] = []
    for run in runs:
        old = program(run.version_id)
        kept = new.nodes.get(run.node)
        target: str | None = run.node
        # A node whose kind changed counts as deleted.
        if kept is None or kept.step.kind != old.nodes[run.node].step.kind:
            target = move.deleted.get(run.node)
        if target is None or target not in new.nodes:
            gone.append(run.pk)
            continue
        why = json.dumps([["moved", numbers[run.version_id], numbers[move.version_id]]])
        visits.append(
            (
                run.contact_id,
                run.pk,
                run.nth,
                run.version_id,
                run.node,
                min(clock.to_micros(run.entered_at), now_us),
                now_us,
                "moved",
                run.result,
                why,
            )
        )
        run.entered_at = min(run.entered_at, now)
        counts[run.version_id, run.node, "moved"] += 1
        counts[move.version_id, target, ENTERED] += 1
        if target != run.node:
            run.entered_at = now
        # The step reckons its deadline anew, from when the person came to the node; what is due by it goes on at once.
        run.version_id, run.node, run.nth = move.version_id, target, run.nth + 1
        run.deadline, run.due_at, run.result, run.attempts = None, now, None, 0
        run.fence += 1
        run.lane = Lane.HELD if run.lane == Lane.HELD else Lane.NORMAL
    moved = [run for run in runs if run.pk not in set(gone)]
    sql.insert_visits(visits)
    sql.delete_subscriptions([(run.contact_id, run.pk) for run in moved])
    Run.objects.bulk_update(
        moved,
        ["version", "node", "nth", "entered_at", "deadline", "due_at", "result", "attempts", "fence", "lane"],
        batch_size=100,
    )
    ending.end(gone, "removed_by_edit", why=[["ended", "removed_by_edit"]])
    sql.add_counts(counts)
