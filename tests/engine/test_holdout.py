"""The holdout group: left out by chance, the same people every time, and counted by re-entry."""

from __future__ import annotations

import pytest

from contacts import clock, events
from contacts.models import Contact
from engine import triggers
from engine.holdout import is_held_out
from engine.models import Counter, Daily, Refusal, Run, Visit
from engine.verify import verify
from tests.engine.kit import draw, publish, settle

pytestmark = pytest.mark.django_db
START = "2026-11-23T08:00:00+00:00"


def room(**settings: object) -> dict:
    return draw({"n1": ("trigger", {"on": "purchase"}), "n2": ("exit", {})}, ["n1 next n2"], dict(settings))


def crowd(n: int) -> list[int]:
    return [one.pk for one in Contact.objects.bulk_create([Contact(email=f"p{i}@example.com") for i in range(n)])]


def test_the_held_out_come_no_further_than_the_trigger_and_are_in_no_count() -> None:
    with clock.freeze(START):
        workflow = publish(room(holdout=20))
        people = crowd(1000)
        events.record_many([events.NewEvent(pk, "purchase") for pk in people])
        settle()
        held = Run.objects.filter(outcome="holdout")
        assert {run.contact_id for run in held} == {pk for pk in people if is_held_out(workflow.pk, pk, 20)}
        assert 150 < held.count() < 250
        assert not Visit.objects.filter(run_id__in=held.values("pk")).exists()
        entered = Counter.objects.get(node="n1", port="+entered").n
        assert entered == 1000 - held.count() == Run.objects.exclude(outcome="holdout").count()
        assert Daily.objects.get(what="holdout").n == held.count()
        assert set(Refusal.objects.values_list("contact_id", "reason")) == {(run.contact_id, "holdout") for run in held}
        assert verify() == []


def held_out(workflow_id: int, people: list[int], percent: float) -> int:
    return next(pk for pk in people if is_held_out(workflow_id, pk, percent))


def test_it_uses_up_the_one_entry() -> None:
    with clock.freeze(START):
        workflow = publish(room(holdout=50))
        alice = held_out(workflow.pk, crowd(50), 50)
        for _ in range(3):
            events.record(alice, "purchase")
            settle()
        assert [run.outcome for run in Run.objects.filter(contact_id=alice)] == ["holdout"]
        assert list(Refusal.objects.order_by("pk").values_list("reason", flat=True)) == ["holdout", "once", "once"]


def test_the_cooldown_and_the_most_entries_count_from_it() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(room(holdout=50, reentry="after_exit", cooldown="P3D", max_entries=2))
        alice = held_out(workflow.pk, crowd(50), 50)
        for days in ("P1D", "P2D", "P4D"):
            events.record(alice, "purchase")
            settle()
            frozen.advance(days)
        events.record(alice, "purchase")
        settle()
        reasons = Refusal.objects.order_by("pk").values_list("reason", flat=True)
        assert list(reasons) == ["holdout", "cooldown", "holdout", "max_entries"]
        assert verify() == []


def test_the_same_key_is_not_held_out_twice() -> None:
    with clock.freeze(START):
        workflow = publish(room(holdout=50, reentry="each_key", key="event.order"))
        alice = held_out(workflow.pk, crowd(50), 50)
        for order in ("a", "a", "b"):
            events.record(alice, "purchase", {"order": order})
        settle()
        assert sorted(run.slot for run in Run.objects.filter(contact_id=alice, outcome="holdout")) == ["key:a", "key:b"]
        assert Refusal.objects.filter(reason="same_key").count() == 1


def test_who_is_not_in_the_audience_is_not_held_out_either() -> None:
    with clock.freeze(START):
        workflow = publish(room(holdout=90, audience={"fact": "tag", "is": "vip"}))
        people = crowd(40)
        triggers.enrol(workflow, people)
        assert set(Refusal.objects.values_list("reason", flat=True)) == {"audience"}
        assert not Run.objects.exists()


def test_a_greater_percentage_only_adds_people() -> None:
    small = {pk for pk in range(20_000) if is_held_out(7, pk, 5)}
    large = {pk for pk in range(20_000) if is_held_out(7, pk, 10)}
    assert small < large and 900 < len(small) < 1100 and 1800 < len(large) < 2200
    assert small != {pk for pk in range(20_000) if is_held_out(8, pk, 5)}
