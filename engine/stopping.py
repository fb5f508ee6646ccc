"""Stop now: nothing more leaves the house, for one workflow or for all; then what is left is let go, or cancelled.

A stop holds by its mark (a paused workflow, a stopped workspace), which is asked whenever something is handed over; the rows
are marked as held beside it, so that everybody sees what waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from builder.actions.pause import pause
from builder.actions.resume import resume
from builder.errors import NotNow
from builder.models import Workflow
from contacts import clock, locks
from contacts.models import Workspace
from engine import queue, sql, work
from engine.messaging import plan, waiting
from engine.messaging.models import Message, Status
from engine.models import Effect, Run
from engine.models.effect import EffectStatus

CHUNK = 500
ALL = "stopped_all"


@dataclass(frozen=True)
class Stopped:
    """`left`: handed over within the last 24 hours; `left_ever`: since the beginning; `on_their_way`: too late to hold;
    `held`: not sent, and waiting for what you decide."""

    left: int
    left_ever: int
    on_their_way: int
    held: int

    def as_json(self) -> dict[str, int]:
        return asdict(self)


def stop(workflow: Workflow, *, user: Any = None) -> Stopped:
    """Pause a workflow and hold what it has not sent. Twice changes nothing. Raises `NotNow` for one that does not run."""
    with transaction.atomic():
        locked = Workflow.objects.select_for_update(of=("self",), no_key=True).get(pk=workflow.pk)
        if locked.status == Workflow.Status.LIVE:
            pause(locked, user=user)
        elif locked.status != Workflow.Status.PAUSED:
            raise NotNow("Only a live or paused workflow can be stopped.")
    return standing(workflow)


def release(workflow: Workflow, *, user: Any = None) -> Stopped:
    """Let a stopped workflow go on, with what it had planned."""
    resume(workflow, user=user)
    queue.ring(work.OUTBOX)
    queue.ring(work.ENGINE)
    return standing(workflow)


def cancel(workflow: Workflow) -> Stopped:
    """Cancel what a stopped workflow has not sent. Its people leave those steps by Skipped once the workflow is resumed.

    In short transactions; safe to repeat, and to kill in between.
    """
    if not Workflow.objects.filter(pk=workflow.pk, status=Workflow.Status.PAUSED).exists():
        raise NotNow("Stop the workflow first, then its messages can be cancelled.")
    _cancel(_open().filter(workflow_id=workflow.pk))
    runs = Run.objects.filter(workflow_id=workflow.pk).values("pk")
    _cancel_effects(Effect.objects.filter(run_id__in=runs, status=EffectStatus.PLANNED))
    return standing(workflow)


def stop_all() -> Stopped:
    """Hand nothing over any more, whatever workflow it is of, until it is released."""
    workspace = Workspace.current()
    if workspace.stopped_at is None:
        workspace.stopped_at = clock.now()
        workspace.save(update_fields=["stopped_at"])
    while plan.hold_some(ALL, CHUNK):
        pass
    return standing()


def release_all() -> Stopped:
    workspace = Workspace.current()
    workspace.stopped_at = None
    workspace.save(update_fields=["stopped_at"])
    while plan.release_some(ALL, CHUNK):
        pass
    queue.ring(work.OUTBOX)
    return standing()


def sweep() -> int:
    """Let go what a release left that died half-way, or that a stop held which it crossed: nobody else would come for it. How many."""
    done = 0
    while Workspace.current().stopped_at is None and (some := plan.release_some(ALL, CHUNK)):
        done += some
    return done


def cancel_all() -> Stopped:
    """Cancel all that waits while the workspace is stopped. It stays stopped."""
    if Workspace.current().stopped_at is None:
        raise NotNow("Stop all sending first, then what is left can be cancelled.")
    _cancel(_open())
    _cancel_effects(Effect.objects.filter(status=EffectStatus.PLANNED))
    queue.ring(work.ENGINE)
    return standing()


def standing(workflow: Workflow | None = None) -> Stopped:
    """What has left and what has not. Two queries; the first one reads all messages of the last day."""
    mine = {} if workflow is None else {"workflow_id": workflow.pk}
    day = clock.now() - timedelta(days=1)
    sent = Message.objects.filter(accepted_at__isnull=False, **mine).aggregate(
        ever=Count("pk"), day=Count("pk", filter=Q(accepted_at__gt=day))
    )
    rest = Message.objects.filter(status__in=(Status.PLANNED, Status.HELD, Status.CLAIMED), **mine).aggregate(
        way=Count("pk", filter=Q(status=Status.CLAIMED)), held=Count("pk", filter=~Q(status=Status.CLAIMED))
    )
    return Stopped(left=sent["day"], left_ever=sent["ever"], on_their_way=rest["way"], held=rest["held"])


def _open() -> QuerySet[Message]:
    return Message.objects.filter(status__in=(Status.PLANNED, Status.HELD))


def _chunks(rows: QuerySet[Any]) -> Iterator[list[tuple[int, int, int, int]]]:
    """(id, contact, run, nth) of some rows at a time, inside a transaction, contacts locked."""
    while True:
        with transaction.atomic():
            some = list(rows.order_by("pk").values_list("pk", "contact_id", "run_id", "nth")[:CHUNK])
            locks.lock({contact for _, contact, _, _ in some})
            yield some
        if not some:
            return


def _cancel(messages: QuerySet[Message]) -> None:
    for some in _chunks(messages):
        still = set(messages.filter(pk__in=[pk for pk, *_ in some]).values_list("pk", flat=True))
        messages.filter(pk__in=still).update(status=Status.CANCELLED, reason="stopped")
        _let_go(row for row in some if row[0] in still)
        waiting.look_again([contact for pk, contact, *_ in some if pk in still], clock.now())


def _cancel_effects(effects: QuerySet[Effect]) -> None:
    for some in _chunks(effects):
        effects.filter(pk__in=[pk for pk, *_ in some]).update(status=EffectStatus.CANCELLED, due_at=None)
        _let_go(some)


def _let_go(rows: Any) -> None:
    now = clock.to_micros(clock.now())
    sql.settle_runs([(now, int(Status.CANCELLED), run, nth) for _, _, run, nth in rows])
