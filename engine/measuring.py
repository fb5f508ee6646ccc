"""The goal of those who are held out: measured like everybody's, so that the two can be compared."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db import transaction

from contacts import clock, conditions, demo_clock, locks
from contacts.clock import to_micros
from engine import sql, watch_sql
from engine.batch import Work, zone_of
from engine.models import Run, RunStatus
from engine.models.counter import GOAL, HELD_OUT
from engine.program import program
from engine.scope import RunScope
from engine.standing import home_zone
from engine.watching import reached_at

BATCH = 500
# Without a window of its own a goal is measured for this long: those inside are watched until they leave, these never do.
WITHOUT_WINDOW = "P30D"


def measure(limit: int = BATCH) -> int:
    """Look at up to `limit` held-out people of whom something was heard; returns how many. One transaction, safe to repeat."""
    heard = Run.objects.filter(status=RunStatus.REMOVED, heard_at__isnull=False).order_by("heard_at")
    with transaction.atomic():
        found = list(heard.values_list("pk", "contact_id")[:limit])
        if not found:
            return 0
        demo_clock.sync()
        locks.lock({contact for _, contact in found})
        runs = list(
            Run.objects.filter(pk__in=[pk for pk, _ in found], heard_at__isnull=False).select_related("contact")
        )
        work = Work(now=clock.now(), zone=home_zone())
        counts = work.counts
        rows: list[sql.Row] = []
        groups: dict[int, list[Run]] = defaultdict(list)
        for run in runs:
            groups[run.version_id].append(run)
        for version_id, some in groups.items():
            for at, run in _reached(version_id, some, work.now):
                rows.append((at, run.pk))
                # Who was taken out between the event and our look had reached it inside.
                if run.outcome == "holdout":
                    counts[version_id, "", HELD_OUT] += 1
                else:
                    counts[version_id, "", GOAL] += 1
                    work.count_day(run.workflow_id, "met")
        watch_sql.note_goals(rows)
        watch_sql.unmark_runs([run.pk for run in runs])
        sql.add_daily(work.daily)
        sql.add_counts(counts)
    return len(found)


def something_heard() -> bool:
    return Run.objects.filter(status=RunStatus.REMOVED, heard_at__isnull=False).exists()


def _reached(version_id: int, runs: list[Run], now: datetime) -> list[tuple[int, Run]]:
    prog, zone = program(version_id), home_zone()
    goal = prog.watches.goal
    if goal is None:
        return []
    scope = RunScope.of([run.pk for run in runs], program=prog, now=now, zone=zone, only={"goal_at": None})
    verdicts = conditions.decide(goal.when, scope)
    reached = []
    for run in runs:
        verdict = verdicts.get(run.pk)
        if verdict is None or not verdict.value or run.heard_at is None:
            continue
        own = zone_of(run.contact.time_zone, zone)
        window = goal.window or WITHOUT_WINDOW
        at = reached_at(verdict, window, to_micros(run.heard_at), to_micros(run.started_at), own)
        if at is not None:
            reached.append((at, run))
    return reached
