"""The frequency cap: places are reserved under the contact's lock, and who finds none waits for one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import clock, events
from contacts.models import Contact, Workspace
from engine.messaging import content, waiting
from engine.messaging.models import Message, Status
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

START = "2026-11-23T09:00:00+00:00"


@pytest.fixture
def letter(db: Any) -> int:
    return content.create(name="News", subject="News", html="<p>Hello</p>").pk


@pytest.fixture
def frozen(db: Any) -> Any:
    with clock.freeze(START) as still:
        yield still


def cap(*rules: tuple[str, int, str]) -> None:
    workspace = Workspace.current()
    workspace.frequency_cap = [{"channel": channel, "n": n, "per": per} for channel, n, per in rules]
    workspace.save()


def flow(letter: int, name: str = "n", workflow: dict[str, Any] | None = None, **settings: Any) -> Any:
    document = draw(
        {
            "n1": ("trigger", {"on": "event", "name": f"ask_{name}"}),
            "n2": ("email", {"content": letter, **settings}),
            "n3": ("exit", {"outcome": "completed"}),
            "n4": ("exit", {"outcome": "no_response"}),
        },
        ["n1 next n2", "n2 next n3", "n2 skipped n4"],
        workflow,
    )
    return publish(document, name)


def ask(contact: Contact, name: str = "n") -> Message:
    events.record(contact.pk, f"ask_{name}")
    settle()
    return message(contact, name)


def message(contact: Contact, name: str = "n") -> Message:
    from builder.models import Workflow

    return Message.objects.get(contact=contact, workflow_id=Workflow.objects.get(name=name).pk)


def state(*messages: Message) -> list[tuple[str, str]]:
    for one in messages:
        one.refresh_from_db()
    return [(Status(one.status).label, one.reason) for one in messages]


def test_the_second_message_waits_until_a_place_frees(letter: int, frozen: Any) -> None:
    cap(("email", 1, "P2D"))
    flow(letter, "a")
    flow(letter, "b")
    alice = person("Alice")
    first, second = ask(alice, "a"), ask(alice, "b")
    assert state(first, second) == [("accepted", ""), ("held", "capped")]
    assert second.not_before.isoformat() == "2026-11-25T09:00:00+00:00"
    assert path(alice) == ["n1", "n2"] and verify() == []
    frozen.advance("P1D")
    settle()
    assert state(second) == [("held", "capped")]
    frozen.advance("P1D")
    settle()
    assert state(second) == [("accepted", "")]
    assert run_of(alice).outcome == "completed" and verify() == []


def test_after_seven_days_it_is_skipped(letter: int, frozen: Any) -> None:
    cap(("", 1, "P30D"))
    flow(letter, "a")
    flow(letter, "b")
    alice = person("Alice")
    ask(alice, "a")
    second = ask(alice, "b")
    assert second.not_before.isoformat() == "2026-11-30T09:00:00+00:00"
    frozen.advance("P6DT23H59M")
    settle()
    assert state(second) == [("held", "capped")]
    frozen.advance("PT1M")
    settle()
    assert state(second) == [("skipped", "capped")]
    assert path(alice) == ["n1", "n2", "n4"] and verify() == []


def test_the_highest_priority_goes_first_then_the_oldest(letter: int, frozen: Any) -> None:
    cap(("email", 1, "P1D"))
    for name, priority in (("first", 0), ("low", 0), ("old", 5), ("young", 5)):
        flow(letter, name, {"priority": priority})
    alice = person("Alice")
    ask(alice, "first")
    low = ask(alice, "low")
    frozen.advance("PT1H")
    old = ask(alice, "old")
    frozen.advance("PT1H")
    young = ask(alice, "young")
    assert state(low, old, young) == [("held", "capped")] * 3
    order = []
    for _ in range(3):
        frozen.advance("P1D")
        settle()
        order += [one for one in (low, old, young) if one not in order and state(one) == [("accepted", "")]]
    assert order == [old, young, low]
    assert verify() == []


def test_a_newcomer_does_not_overtake_who_waits(letter: int, frozen: Any) -> None:
    cap(("email", 1, "P1D"))
    for name, priority in (("first", 0), ("waits", 3), ("late", 3), ("urgent", 9)):
        flow(letter, name, {"priority": priority})
    alice = person("Alice")
    ask(alice, "first")
    waits = ask(alice, "waits")
    frozen.advance("P1D")  # a place is free, but nobody has looked yet
    from engine import runner, triggers

    events.record(alice.pk, "ask_late")
    triggers.handle()
    runner.advance()
    late = message(alice, "late")
    assert state(late) == [("held", "capped")]
    settle()
    assert state(waits, late) == [("accepted", ""), ("held", "capped")]
    frozen.advance("PT23H")
    urgent = ask(alice, "urgent")
    frozen.advance("PT1H")
    settle()
    assert state(urgent, late) == [("accepted", ""), ("held", "capped")]


def test_channels_have_caps_of_their_own_and_one_together(letter: int, frozen: Any) -> None:
    cap(("email", 2, "P1D"), ("sms", 1, "P1D"), ("", 2, "P1D"))
    flow(letter, "a")
    for name in ("s", "t"):
        nodes = {"n1": ("trigger", {"on": "event", "name": f"ask_{name}"}), "n2": ("sms", {"text": "Hello"})}
        publish(draw(nodes, ["n1 next n2"]), name)
    flow(letter, "b")
    alice = person("Alice", phone="+48600148214")
    assert state(ask(alice, "s"), ask(alice, "t"), ask(alice, "a"), ask(alice, "b")) == [
        ("accepted", ""),
        ("held", "capped"),
        ("accepted", ""),
        ("held", "capped"),
    ]


def test_skip_is_a_choice_and_workflows_and_purposes_may_stand_outside(letter: int, frozen: Any) -> None:
    cap(("email", 1, "P7D"))
    flow(letter, "a")
    flow(letter, "skips", cap="skip")
    flow(letter, "free", {"frequency_cap": False})
    flow(letter, "service", purpose="service")
    alice = person("Alice")
    ask(alice, "a")
    found = state(ask(alice, "skips"), ask(alice, "free"), ask(alice, "service"))
    assert found == [("skipped", "capped"), ("accepted", ""), ("accepted", "")]


def test_a_message_that_is_refused_gives_its_place_back_at_once(letter: int, frozen: Any) -> None:
    from contacts import consents

    cap(("email", 1, "P7D"))
    flow(letter, "night", {"quiet_hours": {"from": "08:00", "to": "12:00", "zone": "workspace"}})
    flow(letter, "b")
    alice = person("Alice")
    kept = ask(alice, "night")  # waits for noon, and keeps its place
    second = ask(alice, "b")
    assert state(kept, second) == [("held", "quiet_hours"), ("held", "capped")]
    from django.db import transaction

    from engine import ending

    with transaction.atomic():
        ending.end([kept.run_id], "cancelled")
    settle()
    assert state(kept, second) == [("cancelled", "quiet_hours"), ("accepted", "")]
    assert consents is not None and verify() == []


def test_the_cap_is_asked_again_when_the_message_goes(letter: int, frozen: Any) -> None:
    from engine import runner, triggers

    flow(letter, "a")
    flow(letter, "b")
    alice = person("Alice")
    for name in ("a", "b"):
        events.record(alice.pk, f"ask_{name}")
        triggers.handle()
        runner.advance()
    cap(("email", 1, "P1D"))  # after both were planned
    settle()
    assert state(message(alice, "a"), message(alice, "b")) == [("accepted", ""), ("held", "capped")]
    assert message(alice, "b").attempts == 0
    frozen.advance("P1D")
    settle()
    assert state(message(alice, "b")) == [("accepted", "")] and verify() == []


def test_a_cap_that_is_lifted_lets_all_go(letter: int, frozen: Any) -> None:
    cap(("email", 1, "P7D"))
    flow(letter, "a")
    flow(letter, "b")
    alice = person("Alice")
    ask(alice, "a")
    second = ask(alice, "b")
    cap()
    waiting.look_at_all(clock.now())
    settle()
    assert state(second) == [("accepted", "")]


def queries_to_plan(letter: int, people: int) -> int:
    from engine import runner, triggers

    crowd = [person(f"P{number}", email=f"p{number}-{people}@example.com") for number in range(people)]
    events.record_many([events.NewEvent(one.pk, "ask_n") for one in crowd])
    triggers.handle(1000)
    with CaptureQueriesContext(connection) as captured:
        assert runner.advance(1000).runs == people
    return len(captured)


def test_a_cap_costs_one_query_a_batch_and_none_when_it_is_off(letter: int, frozen: Any) -> None:
    flow(letter)
    queries_to_plan(letter, 2)
    off = queries_to_plan(letter, 5)
    cap(("email", 3, "P7D"))
    queries_to_plan(letter, 3)  # the process learns of the new cap
    assert queries_to_plan(letter, 40) == queries_to_plan(letter, 10) == off + 1
