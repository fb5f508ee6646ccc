"""Bells: rung once while believed, answered by whoever is free; heartbeats, answered by the cluster that was asked."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from engine import queue
from engine.models import Beat, Bell

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(bool(settings.REDIS_URL), reason="looks into the queue that lies in the database"),
]


def called() -> list[Any]:
    return [SignedPackage.loads(row.payload)["args"] for row in OrmQ.objects.order_by("pk")]


def test_a_bell_that_is_believed_is_not_rung_again() -> None:
    assert queue.ring("engine")
    assert not queue.ring("engine")
    assert called() == [("engine",)]


@pytest.mark.parametrize("rung_at", [-10.0, 3600.0], ids=["a call that nobody heard", "before the clock was set back"])
def test_a_call_that_was_lost_is_repeated(rung_at: float) -> None:
    Bell.objects.create(name="engine", rung_at=time.time() + rung_at)
    assert queue.ring("engine")
    assert called() == [("engine",)]


def test_who_has_too_much_calls_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[bool, float]] = []

    def work() -> None:
        asked.append((queue.call_for_help("engine"), queue.turn_s("engine")))

    monkeypatch.setitem(queue._answers, "engine", work)
    several = connection.vendor == "postgresql"
    queue.answer("engine")
    queue.answer("engine:2")
    queue.answer(f"engine:{queue.CREW}")
    assert asked == [(several, queue.TURN_S), (several, queue.HELPING_S), (False, queue.HELPING_S)]
    assert called() == ([("engine:2",), ("engine:3",)] if several else [])
    assert not Bell.objects.filter(name="engine", rung_at__gt=0).exists(), "its own bell is free again"


def test_long_work_says_from_beside_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = threading.Event()
    monkeypatch.setattr(queue, "BEAT_EVERY_S", 0.01)
    monkeypatch.setattr(queue, "_stays", [kept.set])
    monkeypatch.setitem(queue._answers, "engine", lambda: kept.wait(30))
    queue.answer("engine")
    assert kept.is_set()
    assert queue.last_beat() is not None


def test_only_the_cluster_that_was_asked_answers_for_its_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRELLIS_CLUSTER", "north")
    queue.call_for_beat()
    monkeypatch.setenv("TRELLIS_CLUSTER", "south")
    monkeypatch.setattr("django_q.brokers.orm.sleep", lambda _: None)
    assert not queue.Broker().dequeue()
    queue.ring("engine")
    assert len(queue.Broker().dequeue()) == 1, "what is for all, it hears"
    monkeypatch.setenv("TRELLIS_CLUSTER", "north")
    (asked,) = queue.Broker().dequeue()
    assert SignedPackage.loads(asked[1])["func"] == "engine.queue.beat"
    queue.beat()
    assert queue.last_beat() is not None
    monkeypatch.setenv("TRELLIS_CLUSTER", "south")
    assert queue.last_beat() is None


def test_clusters_that_are_gone_are_forgotten() -> None:
    Beat.objects.create(name="gone", at=time.time() - 100_000)
    Beat.objects.create(name="here", at=time.time())
    OrmQ.objects.create(key="trellis-gone", payload="", lock="2026-11-22T00:00Z")
    queue.sweep()
    assert list(Beat.objects.values_list("name", flat=True)) == ["here"]
    assert not OrmQ.objects.exists()
