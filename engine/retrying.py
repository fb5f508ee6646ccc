""" "Retry these people": a stopped run is opened again at its node, with a new nth; for one that has moved on, what failed is
issued again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from contacts import clock, locks
from contacts.errors import Refused
from engine import sql
from engine.messaging import plan
from engine.messaging.models import Message, Status
from engine.models import Effect, Lane, Run, RunStatus
from engine.models.counter import ENTERED
from engine.models.effect import EffectStatus
from engine.program import keeps_slot

CHUNK = 500
_REOPENED = (
    "status", "nth", "fence", "entered_at", "due_at", "lane", "attempts", "result", "deadline", "ended_at", "outcome",
    "error", "slot",
)  # fmt: skip


class NothingToRetry(Refused):
    """Nothing has failed here that could be tried again."""

    status = 409


@dataclass
class Retried:
    """`opened`: people who stood still and go on; `issued`: messages and calls that are tried again for people who went on."""

    opened: int = 0
    issued: int = 0

    def __int__(self) -> int:
        return self.opened + self.issued


def retry(run_ids: Sequence[int], *, node: str | None = None) -> Retried:
    """Try again what failed for these runs (at this node, if one is named). Raises `NothingToRetry` if nothing had failed.

    The failed visit stays in the record. Calling twice is safe: what is tried again is no longer failed. A message is issued
    under its first identity, so that it can never go twice by this.
    """
    done = Retried()
    for start in range(0, len(run_ids), CHUNK):
        with transaction.atomic():
            some = run_ids[start : start + CHUNK]
            owners = dict(Run.objects.filter(pk__in=some).values_list("pk", "contact_id"))
            locks.lock(set(owners.values()))
            # Asked first: a run that is opened now sends by its own new visit.
            stopped = set(Run.objects.filter(pk__in=some, status=RunStatus.FAILED).values_list("pk", flat=True))
            done.issued += _issue({run: owner for run, owner in owners.items() if run not in stopped}, node)
            done.opened += _open(sorted(stopped), node)
    if not int(done):
        raise NothingToRetry
    return done


def retry_at(workflow_id: int, node: str) -> Retried:
    """The same for everybody who failed at this node, whatever the version."""
    stopped = Run.objects.filter(workflow_id=workflow_id, node=node, status=RunStatus.FAILED)
    refused = Message.objects.filter(workflow_id=workflow_id, node=node, status=Status.REJECTED)
    ids = {*stopped.values_list("pk", flat=True), *refused.values_list("run_id", flat=True)}
    inside = Run.objects.filter(workflow_id=workflow_id).values("pk")
    ids |= set(
        Effect.objects.filter(run_id__in=inside, node=node, status=EffectStatus.REJECTED).values_list(
            "run_id", flat=True
        )
    )
    return retry(sorted(ids), node=node)


def _open(run_ids: Sequence[int], node: str | None) -> int:
    failed = list(Run.objects.filter(pk__in=run_ids, status=RunStatus.FAILED))
    if node is not None:
        failed = [run for run in failed if run.node == node]
    failed = _with_slots(failed)
    now = clock.now()
    counts: dict[tuple[int, str, str], int] = defaultdict(int)
    for run in failed:
        counts[run.version_id, run.node, ENTERED] += 1
        run.status, run.nth, run.fence = RunStatus.ACTIVE, run.nth + 1, run.fence + 1
        run.entered_at, run.due_at, run.lane, run.attempts = now, now, Lane.NORMAL, 0
        run.result = run.deadline = run.ended_at = None
        run.outcome = run.error = ""
    Run.objects.bulk_update(
        failed,
        _REOPENED,
        batch_size=100,
    )
    sql.add_counts(counts)
    return len(failed)


def _with_slots(failed: list[Run]) -> list[Run]:
    """Those that may be inside again. Where the end (or a merge) gave the entry slot back, another run may have it."""
    taken = set(
        Run.objects.filter(
            contact_id__in={run.contact_id for run in failed}, workflow_id__in={run.workflow_id for run in failed}
        )
        .filter(slot__isnull=False)
        .values_list("contact_id", "workflow_id", "slot")
    )
    fit = []
    for run in failed:
        if run.slot is None:
            slot = "once" if keeps_slot(run.version_id) else "inside"
            if (run.contact_id, run.workflow_id, slot) in taken:
                continue
            taken.add((run.contact_id, run.workflow_id, slot))
            run.slot = slot
        fit.append(run)
    return fit


def _issue(owners: dict[int, int], node: str | None) -> int:
    """What failed for runs that have gone on from it, once more. Where the run is now does not change."""
    rows = Run.objects.filter(pk__in=owners).values_list("pk", "nth", "status")
    went_on = {pk: (nth, status == RunStatus.ACTIVE) for pk, nth, status in rows}
    at = {} if node is None else {"node": node}
    mine = {"contact_id__in": {owners[pk] for pk in went_on}, "run_id__in": list(went_on), **at}

    def passed(run_id: int, nth: int) -> bool:
        current, active = went_on[run_id]
        return nth < current or not active

    messages = Message.objects.filter(**mine, status=Status.REJECTED).values_list("pk", "run_id", "nth")
    issued = plan.resend([pk for pk, run_id, nth in messages if passed(run_id, nth)])
    effects = Effect.objects.filter(**mine, status=EffectStatus.REJECTED).values_list("pk", "run_id", "nth")
    calls = Effect.objects.filter(pk__in=[pk for pk, run_id, nth in effects if passed(run_id, nth)])
    return issued + calls.update(status=EffectStatus.PLANNED, due_at=clock.now(), attempts=0, error="")
