"""How long from an event to the next step, while thousands of other runs are in flight and a worker is busy with them."""

from __future__ import annotations

import multiprocessing
import time
from typing import Any

from django.db import connections

from builder import publishing
from builder.actions.create import create
from contacts import events
from engine import triggers
from engine.models import Visit
from engine.runner import advance

IN_FLIGHT, EVENTS = 5_000, 200


def _draw(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    nodes = [("n1", "trigger", {"on": "event", "name": f"start-{kind}"}), ("n2", kind, settings), ("n3", "exit", {})]
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


def _worker(stop: Any) -> None:
    """A worker under load: it takes on and advances other people without a pause."""
    connections.close_all()
    from engine.pace import Pace

    entries, runs = Pace(), Pace()
    while not stop.is_set():
        busy = bool(entries.turn(triggers.handle))
        if not runs.turn(advance) and not busy:
            time.sleep(0.01)


def run(contact_ids: list[int]) -> tuple[list[float], list[float]]:
    """(seconds from the call of `record` to the visit's row being there, of EVENTS events; seconds of a web write)."""
    wait = {"branches": [{"port": "b1", "name": "Go", "when": {"fact": "event", "name": "go"}}], "timeout": "P2D"}
    for kind, settings in (("wait_until", wait), ("wait", {"duration": "PT1S"})):
        publishing.publish(create(name=f"Latency {kind}", user=None, document=_draw(kind, settings)), user=None)
    waiting, others = contact_ids[:EVENTS], contact_ids[EVENTS : EVENTS + IN_FLIGHT]
    events.record_many([events.NewEvent(contact, "start-wait_until") for contact in waiting])
    while triggers.handle(500) or advance(500):
        pass
    stop = multiprocessing.get_context("fork").Event()
    connections.close_all()
    worker = multiprocessing.get_context("fork").Process(target=_worker, args=(stop,))
    worker.start()
    latencies, writes = [], []
    try:
        for number, contact in enumerate(waiting):
            if number % 20 == 0:
                events.record_many(
                    [events.NewEvent(other, "start-wait") for other in others[number * 25 : number * 25 + 500]]
                )
            before = Visit.objects.filter(contact_id=contact, node="n2").count()
            started = time.perf_counter()
            events.record(contact, "go")
            writes.append(time.perf_counter() - started)
            while Visit.objects.filter(contact_id=contact, node="n2").count() == before:
                if time.perf_counter() - started > 10:
                    raise TimeoutError(f"The event of contact {contact} woke nobody.")
                time.sleep(0.002)
            latencies.append(time.perf_counter() - started)
            time.sleep(0.01)
    finally:
        stop.set()
        worker.join(20)
    return latencies, writes
