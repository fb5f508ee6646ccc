"""What templates see of a run: `event` (what let the contact in), `run`, `steps` (how it came through each)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from contacts.models import Event
from engine.messaging.models import Status
from engine.models import Run, Visit


def values(run_ids: Sequence[int], *, steps: bool = True) -> Mapping[int, Mapping[str, Any]]:
    """run id -> {"event", "run", "steps"}: two queries for all of them, and one more for the steps."""
    # Not the workflow's drawing, which may be megabytes.
    columns = ("event_id", "started_at", "contact_id", "workflow_id", "workflow__name")
    runs = list(Run.objects.filter(pk__in=run_ids).select_related("workflow").only(*columns))
    events = Event.objects.in_bulk([run.event_id for run in runs if run.event_id])
    passed = _steps(runs) if steps else {}
    found = {}
    for run in runs:
        event = events.get(run.event_id) if run.event_id else None
        found[run.pk] = {
            "event": {"name": event.name, **event.properties} if event else {},
            "run": {
                "id": run.pk,
                "workflow": run.workflow.name,
                "workflow_id": run.workflow_id,
                "entered_at": run.started_at.isoformat(),
            },
            "steps": passed.get(run.pk, {}),
        }
    return found


def _steps(runs: Sequence[Run]) -> Mapping[int, Mapping[str, Any]]:
    """run id -> {node: its latest visit}. `status` is what became of its message, or the way by which it was left."""
    rows = Visit.objects.filter(contact_id__in={run.contact_id for run in runs}, run_id__in=[run.pk for run in runs])
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for run_id, node, port, result, left_at in rows.order_by("nth").values_list(
        "run_id", "node", "port", "result", "left_at"
    ):
        word = Status(result).label if result is not None and result in Status else port
        found[run_id][node] = {"status": word, "port": port, "left_at": left_at.isoformat()}
    return found


def contact_of(run_id: int) -> int | None:
    return Run.objects.filter(pk=run_id).values_list("contact_id", flat=True).first()
