"""Ending runs from outside: cancelled by staff, restarted, taken out."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import MutableMapping, Sequence
from typing import Any

from contacts import clock, locks
from engine import comings, effects, sql, watch_sql
from engine.models import Run, RunStatus
from engine.outcomes import daily_of, status_of
from engine.program import keeps_slot
from engine.standing import home_zone

_DAY = 86_400_000_000
_CHUNK = 1000


Counts = MutableMapping[tuple[int, str, str], int]
Daily = MutableMapping[tuple[int, int, str], int]


def end(
    run_ids: Sequence[int],
    outcome: str,
    *,
    why: Any = None,
    counts: Counts | None = None,
    daily: Daily | None = None,
) -> int:
    """End these runs where they stand, with `outcome`; those ended already stay as they are. Call inside a transaction.

    Writes the open visit (port "removed"), counters, frees slots as the workflow's rule says, forgets subscriptions and
    cancels what the outbox has not claimed; whoever called one of them goes on. Safe to call twice. With `counts` and `daily`
    the counters are added to those, for the caller to write as the last statements of its transaction.
    """
    if not run_ids:
        return 0
    owners = Run.objects.filter(pk__in=run_ids).values_list("contact_id", flat=True)
    locks.lock(set(owners))
    now = clock.now()
    now_us = clock.to_micros(now)
    zone = home_zone()
    offset = now.astimezone(zone).utcoffset()
    day = (now_us + (int(offset.total_seconds()) * 1_000_000 if offset else 0)) // _DAY
    active = list(Run.objects.filter(pk__in=run_ids, status=RunStatus.ACTIVE))
    left: Counts = defaultdict(int) if counts is None else counts
    days: Daily = defaultdict(int) if daily is None else daily
    reason = json.dumps(why or [["ended", outcome]], separators=(",", ":"))
    visits: list[sql.Row] = []
    ended: list[sql.Row] = []
    for run in active:
        visits.append(
            (
                run.contact_id,
                run.pk,
                run.nth,
                run.version_id,
                run.node,
                min(clock.to_micros(run.entered_at), now_us),
                now_us,
                "removed",
                run.result,
                reason,
            )
        )
        left[run.version_id, run.node, "removed"] += 1
        days[run.workflow_id, day, daily_of(outcome)] += 1
        frees = 0 if keeps_slot(run.version_id) else 1
        ended.append(
            (
                run.node,
                run.nth,
                clock.to_micros(run.entered_at),
                status_of(outcome),
                outcome,
                now_us,
                frees,
                "",
                run.pk,
                run.fence,
            )
        )
    sql.insert_visits(visits)
    sql.end_runs(ended)
    sql.delete_subscriptions([(run.contact_id, run.pk) for run in active])
    effects.cancel([(run.contact_id, run.pk) for run in active])
    watch_sql.wake_callers([run.pk for run in active if run.called_by], now_us)
    comings.tell((run.contact_id, run.workflow_id) for run in active)
    if daily is None:
        sql.add_daily(days)
    if counts is None:
        sql.add_counts(left)
    return len(active)


def end_all(workflow_id: int, outcome: str) -> int:
    """End every run of a workflow, in one transaction of the caller's; its last statements are the counters. Returns how many."""
    # By contact, as all who lock many of them do.
    inside = Run.objects.filter(workflow_id=workflow_id, status=RunStatus.ACTIVE).order_by("contact_id", "pk")
    ids = list(inside.values_list("pk", flat=True))
    counts: Counts = defaultdict(int)
    daily: Daily = defaultdict(int)
    ended = 0
    for start in range(0, len(ids), _CHUNK):
        ended += end(ids[start : start + _CHUNK], outcome, counts=counts, daily=daily)
    sql.add_daily(daily)
    sql.add_counts(counts)
    return ended
