"""The vital signs: the few numbers by which one sees whether the engine keeps up. Read only; a handful of index probes and counts."""

from __future__ import annotations

import time

from django.db.models import Min

from contacts import clock
from contacts.models import Event
from engine import queue
from engine.messaging.models import Message, Status
from engine.models import Beat, Effect, Lane, Run, RunStatus

# What each number means, in the order in which it is shown.
MEANING = {
    "events_unhandled": "events that no trigger has looked at yet",
    "runs_due": "people whose next step is due",
    "oldest_due_s": "how long the one who waits longest has been due",
    "messages_due": "messages and effects that may be handed over now",
    "oldest_message_s": "how long the oldest of them has been due",
    "messages_claimed": "messages in the hands of a worker",
    "messages_in_doubt": "messages of which only the provider knows whether it took them",
    "calls_waiting": "calls that no cluster has taken from the queue",
    "clusters": "clusters that gave a sign of life in the last 30 seconds",
}
ALIVE_S = 30


def vitals() -> dict[str, float]:
    """Every number of MEANING. `calls_waiting` is -1 when the queue cannot be reached."""
    now = clock.now()
    due = Run.objects.filter(status=RunStatus.ACTIVE, lane__in=[Lane.FAST, Lane.NORMAL], due_at__lte=now)
    messages = Message.objects.filter(status__in=(0, 2))  # as the partial index says it
    planned = messages.filter(status=Status.PLANNED, not_before__lte=now)
    effects = Effect.objects.filter(due_at__lte=now)
    try:
        calls = queue.waiting()
    except queue.Unreachable:
        calls = -1
    oldest = [
        at
        for at in (
            planned.aggregate(at=Min("not_before"))["at"],
            effects.aggregate(at=Min("due_at"))["at"],
        )
        if at is not None
    ]
    first = due.aggregate(at=Min("due_at"))["at"]
    return {
        "events_unhandled": Event.objects.filter(handled=False).count(),
        "runs_due": due.count(),
        "oldest_due_s": round((now - first).total_seconds(), 1) if first else 0,
        "messages_due": planned.count() + effects.count(),
        "oldest_message_s": round((now - min(oldest)).total_seconds(), 1) if oldest else 0,
        "messages_claimed": messages.filter(status=Status.CLAIMED).count(),
        "messages_in_doubt": Message.objects.filter(status=Status.IN_DOUBT).count(),
        "calls_waiting": calls,
        "clusters": Beat.objects.filter(at__gt=time.time() - ALIVE_S).count(),
    }
