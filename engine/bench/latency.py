"""How long from an event to the next step: at rest, and while a mass send keeps a worker busy without a pause."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from django.db import OperationalError, connections

from builder import publishing
from builder.actions.create import create
from contacts import events
from engine import hurry, outbox, triggers
from engine.messaging import content
from engine.models import Visit
from engine.runner import advance

EVENTS, FRESH_EVERY, FRESH = 100, 10, 1000


def _draw(name: str, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    nodes = [("n1", "trigger", {"on": "event", "name": name}), ("n2", kind, settings), ("n3", "exit", {})]
    out = "b1" if kind == "wait_until" else "next"
    return {
        "format": 1,
        "nodes": [
            {"id": name, "kind": what, "label": "", "position": {"x": 0, "y": 0}, "enabled": True, "settings": values}
            for name, what, values in nodes
        ],
        "edges": [
            {"id": "e1", "source": "n1", "port": "next", "target": "n2"},
            {"id": "e2", "source": "n2", "port": out, "target": "n3"},
        ],
        "notes": [],
        "settings": {"reentry": "after_exit"},
    }


def publish() -> None:
    """Two workflows: who waits for an event, and a mass send."""
    wait = {"branches": [{"port": "b1", "name": "Go", "when": {"fact": "event", "name": "go"}}], "timeout": "P2D"}
    mail = content.create(name="News", subject="News for {{ contact.first_name }}", html="<p>News.</p>")
    for name, kind, settings in (("wait", "wait_until", wait), ("send", "email", {"content": mail.pk})):
        publishing.publish(create(name=f"Latency {name}", user=None, document=_draw(name, kind, settings)), user=None)


def _worker(stop: Any) -> None:
    """A worker: whatever is due, at once."""
    connections.close_all()
    from engine.pace import Pace

    entries, runs = Pace(), Pace()
    while not stop.is_set():
        try:
            busy = bool(entries.turn(triggers.handle))
            busy = bool(runs.turn(advance)) or busy
            if not outbox.tick() and not busy:
                time.sleep(0.005)
        except OperationalError:  # as `engine.work` takes it: nothing is lost
            time.sleep(0.01)


def run(waiting: Sequence[int], others: Sequence[int] = (), *, head_start: bool = True) -> tuple[float, float]:
    """p50 and p95 in milliseconds from the call of `record` to the visit's row being there.

    `others` get mail meanwhile, a thousand more every ten events. Without `head_start` the event's own process takes no step:
    the worker must hear of it between its batches.
    """
    events.record_many([events.NewEvent(contact, "wait") for contact in waiting])
    while triggers.handle(500) or advance(500):
        pass
    stop = multiprocessing.get_context("fork").Event()
    connections.close_all()
    worker = multiprocessing.get_context("fork").Process(target=_worker, args=(stop,))
    worker.start()
    latencies = []
    try:
        for number, contact in enumerate(waiting):
            if others and number % FRESH_EVERY == 0:
                at = number // FRESH_EVERY * FRESH % len(others)
                events.record_many([events.NewEvent(other, "send") for other in others[at : at + FRESH]])
            before = Visit.objects.filter(contact_id=contact, node="n2", port="b1").count()
            started = time.perf_counter()
            with nullcontext() if head_start else hurry.held():
                events.record(contact, "go")
            while Visit.objects.filter(contact_id=contact, node="n2", port="b1").count() == before:
                if time.perf_counter() - started > 10:
                    raise TimeoutError(f"The event of contact {contact} woke nobody.")
                time.sleep(0.001)
            latencies.append(time.perf_counter() - started)
            time.sleep(0.01)
    finally:
        stop.set()
        worker.join(20)
    return (
        round(statistics.median(latencies) * 1000, 1),
        round(statistics.quantiles(latencies, n=20)[-1] * 1000, 1),
    )


def measure(contact_ids: Sequence[int]) -> dict[str, float]:
    """All three situations; nobody is in two."""
    publish()
    third = min(EVENTS, len(contact_ids) // 4)
    waiting = [contact_ids[third * part : third * (part + 1)] for part in range(3)]
    others = contact_ids[third * 3 :]
    found: dict[str, float] = {}
    for key, who, busy, head_start in (
        ("event_latency", waiting[0], (), True),
        ("event_latency_while_sending", waiting[1], others, True),
        ("event_latency_while_sending_by_worker", waiting[2], others, False),
    ):
        found[f"{key}_ms_p50"], found[f"{key}_ms_p95"] = run(who, busy, head_start=head_start)
    return found
