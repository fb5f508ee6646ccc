""" "Retry these people": a stopped run is opened again at its node, with a new nth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from contacts import clock, locks
from contacts.errors import Refused
from engine import sql
from engine.models import Lane, Run, RunStatus
from engine.models.counter import ENTERED


class NothingToRetry(Refused):
    """Only a run that stopped with a failure can be tried again."""

    status = 409


def retry(run_ids: Sequence[int]) -> int:
    """Open these failed runs at the node where they stopped; returns how many. Raises `NothingToRetry` if none had failed.

    The failed visit stays in the record. Calling twice is safe: an opened run is no longer failed.
    """
    with transaction.atomic():
        locks.lock(set(Run.objects.filter(pk__in=run_ids).values_list("contact_id", flat=True)))
        failed = list(Run.objects.filter(pk__in=run_ids, status=RunStatus.FAILED))
        if not failed:
            raise NothingToRetry
        now = clock.now()
        counts: dict[tuple[int, str, str], int] = defaultdict(int)
        for run in failed:
            counts[run.version_id, run.node, ENTERED] += 1
        Run.objects.filter(pk__in=[run.pk for run in failed]).update(
            status=RunStatus.ACTIVE,
            nth=F("nth") + 1,
            fence=F("fence") + 1,
            entered_at=now,
            due_at=now,
            lane=Lane.NORMAL,
            attempts=0,
            result=None,
            deadline=None,
            ended_at=None,
            outcome="",
            error="",
        )
        sql.add_counts(counts)
    return len(failed)
