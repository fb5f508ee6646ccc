"""What templates see of a run: `event` (what let the contact in), `run`, `steps`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contacts.models import Event
from engine.models import Run


def values(run_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
    """run id -> {"event", "run", "steps"}, in two queries for all of them."""
    runs = list(Run.objects.filter(pk__in=run_ids).select_related("workflow"))
    events = Event.objects.in_bulk([run.event_id for run in runs if run.event_id])
    found = {}
    for run in runs:
        event = events.get(run.event_id) if run.event_id else None
        found[run.pk] = {
            "event": {"name": event.name, **event.properties} if event else {},
            "run": {"workflow": run.workflow.name, "entered_at": run.started_at.isoformat()},
            "steps": {},
        }
    return found


def contact_of(run_id: int) -> int | None:
    return Run.objects.filter(pk=run_id).values_list("contact_id", flat=True).first()
