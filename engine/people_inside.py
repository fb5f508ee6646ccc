"""How many people are inside, told to the builder (which imports nothing of the engine)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from builder.models import WorkflowVersion
from builder.people import Places
from contacts import clock
from contacts.durations import parse
from engine.models import Counter, Run, RunStatus
from engine.models.counter import ENTERED, GONE


def counts(workflow_id: int) -> Places:
    """Who waits where: {version number: {node: people}}, from counters, never from runs. Two queries."""
    numbers = dict(WorkflowVersion.objects.filter(workflow_id=workflow_id).values_list("pk", "number"))
    places: dict[int, dict[str, int]] = defaultdict(dict)
    for row in _waiting(_at_nodes(numbers)).values("version_id", "node", "waiting"):
        if row["waiting"]:
            places[numbers[row["version_id"]]][row["node"]] = row["waiting"]
    return places


def totals(workflow_ids: Iterable[int]) -> Mapping[int, int]:
    """People inside each of these workflows. Two queries, however many they are."""
    owners = dict(WorkflowVersion.objects.filter(workflow_id__in=workflow_ids).values_list("pk", "workflow_id"))
    inside: dict[int, int] = defaultdict(int)
    rows = _at_nodes(owners).values("version_id")
    for row in rows.annotate(waiting=_sum(rows)):
        inside[owners[row["version_id"]]] += row["waiting"]
    return inside


def _at_nodes(version_ids: Iterable[int]) -> QuerySet[Counter]:
    """Counters of nodes, without those of the workflow as a whole."""
    return Counter.objects.filter(version_id__in=version_ids).exclude(node="")


def _waiting(counters: Any) -> Any:
    rows = counters.values("version_id", "node")
    return rows.annotate(waiting=_sum(rows))


def _sum(rows: Any) -> Any:
    """entered - left - moved - erased; failed and skipped are counted beside the way out that they took."""
    from django.db.models.functions import Coalesce

    came = Coalesce(Sum("n", filter=Q(port=ENTERED)), 0)
    left = Coalesce(
        Sum("n", filter=~Q(port__in=["+entered", "+failed", "+skipped", "+goal"]) & ~Q(port__startswith=GONE)), 0
    )
    return came - left


def forecast(workflow_id: int, changed: Mapping[str, object]) -> Mapping[str, str]:
    """What becomes of the people at changed waits if they are moved: who waits on, who goes on at once. One query."""
    limits = {node: moment for node, settings in changed.items() if (moment := _entered_before(settings)) is not None}
    if not limits:
        return {}
    runs = Run.objects.filter(workflow_id=workflow_id, status=RunStatus.ACTIVE, node__in=limits)
    over = Q()
    for node, moment in limits.items():
        over |= Q(node=node, entered_at__lte=moment)
    words = {}
    for row in runs.values("node").annotate(people=Count("pk"), over=Count("pk", filter=over)):
        parts = []
        if row["people"] > row["over"]:
            parts.append(f"{row['people'] - row['over']:,} wait on with the new limit")
        if row["over"]:
            parts.append(f"{row['over']:,} go on at once")
        words[row["node"]] = ", ".join(parts)
    return words


def _entered_before(settings: object) -> datetime | None:
    """Whoever came to a wait with these settings before this moment is due by now; None: not a wait of a plain length."""
    if not isinstance(settings, Mapping):
        return None
    length = settings.get("timeout") or (
        settings.get("duration") if settings.get("mode", "duration") == "duration" else None
    )
    if not isinstance(length, str):
        return None
    try:
        return clock.now() - timedelta(seconds=parse(length).approximate_seconds())
    except ValueError:
        return None
