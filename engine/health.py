"""A workflow that fails in masses, or that people complain of, pauses itself and tells its owner."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Sum

from builder.actions.pause import pause
from builder.errors import NotNow
from builder.models import Workflow, WorkflowVersion
from contacts import clock
from contacts.events import Recorded
from engine import notices, sql
from engine.messaging.models import Message, Status
from engine.models import Failure, Visit

FAILURES, SHARE = 20, 0.10
PAUSE_AT, WARN_AT = 0.003, 0.001
# One reader's complaint about a mailing of a hundred says little about the mailing.
FEWEST_SENT, FEWEST_COMPLAINTS = 100, 2
COMPLAINTS_OVER = timedelta(days=30)
_MINUTE_US = 60_000_000
# The share takes a look at all visits of the failing steps: not oftener than this for a workflow that fails within bounds.
_LOOK_EVERY_S = 10.0
_looked: dict[int, float] = {}


# Workflows in which somebody failed just now: this process looks at them once its transaction is over.
_noted: set[int] = set()


def count(failures: Mapping[tuple[int, int, str], int]) -> None:
    """Keep (workflow, minute, node) -> people who failed. Before the counters; no statement when nobody did."""
    if failures:
        sql.add_failures(failures)
        _noted.update(workflow_id for workflow_id, _, _ in failures)


def look_at_noted() -> None:
    """Call after each transaction of the runner; costs nothing when nobody failed."""
    if _noted:
        ids = set(_noted)
        _noted.clear()
        look(ids)


def minute_of(now_us: int) -> int:
    return now_us // _MINUTE_US


def look(workflow_ids: Iterable[int]) -> list[int]:
    """Pause those of them that failed for too many people within the hour; returns which. One query where none has.

    Call after the commit in which people failed, with no transaction open.
    """
    hour = minute_of(clock.to_micros(clock.now())) - 60
    rows = Failure.objects.filter(workflow_id__in=set(workflow_ids), minute__gt=hour)
    many = {
        row["workflow_id"]: row["people"]
        for row in rows.values("workflow_id").annotate(people=Sum("n"))
        if row["people"] >= FAILURES
    }
    paused = []
    for workflow_id, failed in many.items():
        if time.monotonic() - _looked.get(workflow_id, float("-inf")) < _LOOK_EVERY_S:
            continue
        nodes = sorted(set(rows.filter(workflow_id=workflow_id).values_list("node", flat=True)))
        tried = _visits_within_the_hour(workflow_id, nodes)
        if failed < SHARE * tried:
            _looked[workflow_id] = time.monotonic()
        elif _pause(workflow_id, failed, max(tried, failed)):
            paused.append(workflow_id)
    return paused


def _visits_within_the_hour(workflow_id: int, nodes: Sequence[str]) -> int:
    versions = WorkflowVersion.objects.filter(workflow_id=workflow_id).values_list("pk", flat=True)
    since = clock.now() - timedelta(hours=1)
    return Visit.objects.filter(version_id__in=list(versions), node__in=nodes, left_at__gt=since).count()


def _pause(workflow_id: int, failed: int, tried: int) -> bool:
    words = (
        f"{failed:,} of {tried:,} people failed within an hour. Everybody keeps their place and nothing more is sent. "
        "Look at what the failed steps say, put it right, and resume."
    )
    return _stand_still(workflow_id, f"failing:{workflow_id}", "paused itself: too many failures", words)


def forget(workflow_id: int) -> None:
    """Somebody resumed it: what failed before counts no more."""
    Failure.objects.filter(workflow_id=workflow_id).delete()
    _looked.pop(workflow_id, None)


def sweep() -> None:
    Failure.objects.filter(minute__lt=minute_of(clock.to_micros(clock.now())) - 1_440).delete()


# --- complaints ---------------------------------------------------------------------------------


def on_recorded(events: Sequence[Recorded]) -> None:
    """The hook of `contacts.events`: complaints are counted after the commit."""
    ids = {
        told
        for event in events
        if event.name == "message_complained" and isinstance(told := event.properties.get("workflow"), int)
    }
    if ids:
        transaction.on_commit(lambda: _weigh_all(sorted(ids)), robust=True)


def _weigh_all(workflow_ids: Sequence[int]) -> None:
    for workflow_id in workflow_ids:
        weigh_complaints(workflow_id)


def weigh_complaints(workflow_id: int) -> None:
    """0.3 % of a workflow's e-mails of 30 days pause it, 0.1 % warn. One query."""
    mine = Message.objects.filter(
        workflow_id=workflow_id, channel="email", accepted_at__gt=clock.now() - COMPLAINTS_OVER
    )
    sent, complaints = mine.count(), mine.filter(status=Status.COMPLAINED).count()
    if sent < FEWEST_SENT or not complaints:
        return
    rate = complaints / sent
    words = f"{complaints:,} of {sent:,} e-mails of the last 30 days were reported as spam ({rate:.2%}). "
    if rate >= PAUSE_AT and complaints >= FEWEST_COMPLAINTS:
        words += "From 0.3 % on, mailbox providers stop delivering anything of yours. Nothing more is sent; look at whom it reaches."
        _stand_still(workflow_id, f"complaints:{workflow_id}", "paused itself: too many complaints", words)
    elif rate >= WARN_AT:
        words += "From 0.3 % on it is paused, as mailbox providers then stop delivering anything of yours."
        workflow = Workflow.objects.filter(pk=workflow_id).first()
        if workflow is not None:
            day = clock.to_micros(clock.now()) // (_MINUTE_US * 1_440)
            key = f"complained:{workflow_id}:{day}"
            notices.tell(key, f"{workflow.name}: complaints are rising", words, workflow=workflow, level="warning")


def _stand_still(workflow_id: int, key: str, what: str, words: str) -> bool:
    with transaction.atomic():
        workflow = Workflow.objects.select_for_update(of=("self",), no_key=True).filter(pk=workflow_id).first()
        if workflow is None or workflow.status != Workflow.Status.LIVE:
            return False
        try:
            pause(workflow)
        except NotNow:
            return False
        moment = clock.to_micros(clock.now())
        notices.tell(f"{key}:{moment}", f"{workflow.name} {what}", words, workflow=workflow)
    return True
