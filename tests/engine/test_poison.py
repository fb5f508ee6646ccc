"""What breaks for one breaks for nobody else: an event, a look of the pulse, a part of the clockwork, a content, a sender."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from contacts import events
from contacts.models import Event
from engine import alarms, clockwork, entry, pulse, segments, triggers, work
from engine.messaging import content, delivery, library, plan
from engine.messaging.models import Message, Status
from engine.messaging.senders import registry
from engine.models import Refusal, Run
from tests.engine.kit import draw, person, publish, settle

pytestmark = pytest.mark.django_db
ROOM = draw({"n1": ("trigger", {"on": "purchase"}), "n2": ("wait", {"duration": "P1D"})}, ["n1 next n2"])


class Poison(Exception):
    """What nobody foresaw."""


def enter_but_for(contact_id: int, times: int = 10**9) -> Any:
    left = [times]

    def enter(program: Any, node: Any, candidates: Any, **told: Any) -> Any:
        if left[0] and any(one.contact_id == contact_id for one in candidates):
            left[0] -= 1
            raise Poison("an odd event")
        return entry.enter(program, node, candidates, **told)

    return enter


def handle_all() -> None:
    for _ in range(60):
        try:
            if not triggers.handle(10):
                return
        except Poison:
            continue  # the worker's turn ends, the pulse rings again


def test_an_event_that_cannot_be_handled_is_set_aside_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = publish(ROOM)
    people = [person(f"P{number}") for number in range(9)]
    settle()
    for one in people:
        events.record(one.pk, "purchase")
    monkeypatch.setattr(triggers, "enter", enter_but_for(people[4].pk))
    handle_all()
    assert set(Run.objects.values_list("contact_id", flat=True)) == {one.pk for one in people} - {people[4].pk}
    refused = Refusal.objects.get()
    assert (refused.contact_id, refused.workflow_id, refused.reason) == (people[4].pk, workflow.pk, "broken")
    assert not Event.objects.filter(handled=False).exists()
    assert not triggers._attempts


def test_what_fails_twice_and_then_goes_well_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(ROOM)
    alice = person()
    settle()
    events.record(alice.pk, "purchase")
    monkeypatch.setattr(triggers, "enter", enter_but_for(alice.pk, times=triggers.MAX_ATTEMPTS - 1))
    handle_all()
    assert Run.objects.get().contact_id == alice.pk
    assert not Refusal.objects.exists()
    assert not triggers._attempts


def broken(*args: Any, **told: Any) -> Any:
    raise Poison("broken")


def test_a_part_of_the_clockwork_that_breaks_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr(segments, "recheck", broken)
    broken.__module__, broken.__name__ = "engine.segments", "recheck"
    monkeypatch.setattr(alarms, "ring", lambda: len(rung) < 2 and not rung.append(1))
    assert clockwork.turn(5)
    assert len(rung) == 2


def test_a_look_of_the_pulse_that_breaks_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, stop = [], threading.Event()

    def look() -> None:
        looked.append(1)
        stop.set()

    monkeypatch.setattr(pulse, "_looks", {"schedule": broken, "imports": look})
    monkeypatch.setattr(pulse.winners, "decide_due", broken)
    swept = []
    monkeypatch.setattr(pulse.queue, "sweep", lambda: swept.append(1))
    pulse.run_forever(stop)
    assert (len(looked), len(swept)) == (1, 1)


def test_a_content_that_breaks_ends_its_own_messages_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    library._cache.clear()
    alice = person()
    odd, plain = (content.create(name=name, subject=name, html=f"<p>{name}</p>") for name in ("Odd", "Plain"))
    numbers = {name: made.versions.get().pk for name, made in (("Odd", odd), ("Plain", plain))}
    ready = library.ready

    def prepare(kind: Any, written: Any) -> Any:
        return broken() if kind.content_version_id == numbers["Odd"] else ready(kind, written)

    monkeypatch.setattr(library, "ready", prepare)
    for nth, number in enumerate(numbers.values()):
        plan.plan([plan.NewMessage(alice.pk, 1, nth + 1, 1, 1, "n2", "email", content_version_id=number)])
    delivery.record(delivery.deliver(delivery.claim(10, pulse.clock.now())))
    found = dict(Message.objects.values_list("content_version_id", "status"))
    assert found == {numbers["Odd"]: Status.REJECTED, numbers["Plain"]: Status.ACCEPTED}


def test_a_sender_that_cannot_be_made_is_asked_nothing_twice(settings: Any) -> None:
    """An expired call of its channel must not stop the outbox for all others."""
    settings.EMAIL_URL = "nonsense://"
    registry._repeatable.cache_clear()
    assert not registry.repeatable("email", is_demo=False)


def test_an_import_that_breaks_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[int] = []
    monkeypatch.setattr(work.imports, "pending", lambda: [1, 2])
    monkeypatch.setattr(
        work.imports, "work", lambda number, seconds: worked.append(number) if number == 2 else broken()
    )
    work.imports_turn()
    assert worked == [2]
