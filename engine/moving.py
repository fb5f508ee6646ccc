"""Taking people inside along to a new version: same node, new drawing; counted, recorded, in batches."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from builder.models import Workflow, WorkflowVersion
from contacts import clock, faults, locks
from engine import effects, ending, sql
from engine.messaging.models import Message, Status
from engine.models import Effect, Lane, Move, Run, RunStatus
from engine.models.counter import ENTERED
from engine.models.effect import EffectStatus
from engine.program import Node, can_run, kinds, program

BATCH = 300


def plan_move(workflow: Workflow, version: WorkflowVersion, deleted: Mapping[str, str | None]) -> None:
    """Note, in the publish's transaction, that everybody inside goes to `version`. A newer move replaces an unfinished one."""
    Move.objects.filter(workflow=workflow, done=False).update(done=True)
    Move.objects.create(workflow=workflow, version=version, deleted=dict(deleted))


def work() -> bool:
    """Move one batch; False when there is nothing to move right now. Safe to kill at any point."""
    # Where all who are left have something on its way, the next workflow's people need not wait for them.
    return any(_work(pk) for pk in Move.objects.filter(done=False).order_by("pk").values_list("pk", flat=True))


def _work(pk: int) -> bool:
    with transaction.atomic():
        move = Move.objects.filter(pk=pk, done=False).first()
        if move is None:
            return False
        left, free, untaken = _people(move)
        found = list(
            (free if untaken is None else free | untaken).order_by("pk").values_list("pk", "contact_id")[:BATCH]
        )
        if not found:
            if not left.exists():
                Move.objects.filter(pk=move.pk).update(done=True)
            return False
        locks.lock({contact for _, contact in found})
        if untaken is not None:
            unsent = untaken.filter(pk__in=[pk for pk, _ in found]).values_list("contact_id", "pk")
            effects.cancel(list(unsent))
        runs = list(free.filter(pk__in=[pk for pk, _ in found]))
        faults.point("moving.claimed")
        _move(move, runs)
        faults.point("moving.moved")
    return True


def something_due() -> bool:
    """Can anybody be moved right now? Who waits for an answer of the outbox is moved after it. One query where nothing moves."""
    for move in Move.objects.filter(done=False):
        left, free, untaken = _people(move)
        if free.exists() or (untaken is not None and untaken.exists()) or not left.exists():
            return True
    return False


def _people(move: Move) -> tuple[QuerySet[Run], QuerySet[Run], QuerySet[Run] | None]:
    """All who are left; of them those who may go, and those who may once what they were to get is cancelled (None: nobody)."""
    # Who came in by a still newer version stays there: a move never leads back.
    left = Run.objects.filter(workflow_id=move.workflow_id, status=RunStatus.ACTIVE, version_id__lt=move.version_id)
    # What is on its way finishes first, under the visit that sent it. So does what has its answer while the run has not
    # gone on yet: the next visit there would send once more. But what nobody has taken yet, at a step that is gone or
    # changed, is not sent as it was.
    free = left.exclude(_exists(Message, [Status.CANCELLED])).exclude(_exists(Effect, [EffectStatus.CANCELLED]))
    changed = _changed(move)
    if not changed:
        return left, free, None
    untaken = left.filter(changed).exclude(_exists(Message, UNTAKEN)).exclude(_exists(Effect, UNTAKEN_EFFECTS))
    return left, free, untaken


UNTAKEN = [Status.CANCELLED, Status.PLANNED, Status.HELD]
UNTAKEN_EFFECTS = [EffectStatus.CANCELLED, EffectStatus.PLANNED]


def _exists(model: type[Message] | type[Effect], but: Sequence[int]) -> Exists:
    """Does the run's open visit have a message (or effect) whose status is none of these?"""
    mine = model.objects.filter(contact_id=OuterRef("contact_id"), run_id=OuterRef("pk"), nth=OuterRef("nth"))
    return Exists(mine.exclude(status__in=but))


def _changed(move: Move) -> Q:
    """The runs at steps that are not in the new version as they were."""
    new = program(move.version_id)
    versions = WorkflowVersion.objects.filter(workflow_id=move.workflow_id).exclude(pk=move.version_id)
    inside = Run.objects.filter(version_id=OuterRef("pk"), workflow_id=move.workflow_id, status=RunStatus.ACTIVE)
    found = Q()
    for pk in versions.filter(Exists(inside)).values_list("pk", flat=True):
        old = program(pk).nodes if can_run(pk) else {}
        nodes = [node for node in kinds(pk) if node not in old or not _same(old[node], new.nodes.get(node))]
        if nodes:
            found |= Q(version_id=pk, node__in=nodes)
    return found


def _same(was: Node, now: Node | None) -> bool:
    return now is not None and (was.step, was.settings, was.enabled) == (now.step, now.settings, now.enabled)


def _move(move: Move, runs: list[Run]) -> None:
    new = program(move.version_id)
    numbers = dict(WorkflowVersion.objects.filter(workflow_id=move.workflow_id).values_list("pk", "number"))
    now = clock.now()
    now_us = clock.to_micros(now)
    counts: dict[tuple[int, str, str], int] = defaultdict(int)
    daily: dict[tuple[int, int, str], int] = defaultdict(int)
    visits: list[sql.Row] = []
    gone: list[int] = []
    old = {version: kinds(version) for version in {run.version_id for run in runs}}
    for run in runs:
        kept = new.nodes.get(run.node)
        target: str | None = run.node
        # A node whose kind changed counts as deleted.
        if kept is None or kept.step.kind != old[run.version_id].get(run.node):
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
            run.entered_at, run.attempts = now, 0
        # The step reckons its deadline anew, from when the person came to the node; what is due by it goes on at once.
        run.version_id, run.node, run.nth = move.version_id, target, run.nth + 1
        run.deadline, run.due_at, run.result = None, now, None
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
    ending.end(gone, "removed_by_edit", why=[["ended", "removed_by_edit"]], counts=counts, daily=daily)
    sql.add_daily(daily)
    sql.add_counts(counts)
