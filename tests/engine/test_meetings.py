"""Where two parts of the engine meet: what one of them writes, the other must see, and nobody is forgotten between them."""

from __future__ import annotations

from typing import Any

import pytest

from builder.models import Workflow
from contacts import clock, consents, events
from engine import outbox, runner, stopping, triggers
from engine.messaging import content
from engine.messaging.models import Message, Status
from engine.models import RunStatus, Visit
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


def test_the_next_step_sees_that_a_message_was_refused_at_once(letter: int, frozen: Any) -> None:
    publish(
        draw(
            {
                "n1": ("trigger", {"on": "contact_added"}),
                "n2": ("email", {"content": letter}),
                "n3": ("condition", {"when": {"all": [{"fact": "message", "node": "n2", "did": "skipped"}]}}),
                "n4": ("exit", {"outcome": "completed"}),
                "n5": ("exit", {"outcome": "no_response"}),
            },
            ["n1 next n2", "n2 next n3", "n3 yes n4", "n3 no n5"],
        )
    )
    alice = person(consents_to=())
    events.record(alice.pk, "contact_added")
    settle()
    assert path(alice) == ["n1", "n2", "n3", "n4"], Visit.objects.get(node="n3").why
    assert verify() == []


@pytest.mark.parametrize("held", [False, True])
def test_who_is_to_leave_when_a_message_is_not_sent_leaves(letter: int, frozen: Any, held: bool) -> None:
    """Refused when it was planned, or only when it was to go out after the quiet hours."""
    publish(
        draw(
            {
                "n1": ("trigger", {"on": "contact_added"}),
                "n2": ("email", {"content": letter}),
                "n3": ("wait", {"mode": "duration", "duration": "P5D"}),
            },
            ["n1 next n2", "n2 next n3"],
            {
                "exit_when": {"all": [{"fact": "message", "node": "n2", "did": "skipped"}]},
                "quiet_hours": {"from": "06:00", "to": "12:00", "zone": "workspace"},
            },
        )
    )
    alice = person(consents_to=["email"] if held else [])
    events.record(alice.pk, "contact_added")
    settle()
    if held:
        consents.set([alice.pk], "email", "out", source="test")
        frozen.advance("PT5H")
        settle()
    assert run_of(alice).outcome == "left_audience"
    assert verify() == []


LETTER_AND_WAIT = ["n1 next n2", "n2 next n3"]


def newsletter(letter: int, **settings: Any) -> Workflow:
    nodes = {
        "n1": ("trigger", {"on": "contact_added"}),
        "n2": ("email", {"content": letter}),
        "n3": ("wait", {"mode": "duration", "duration": "P5D"}),
    }
    return publish(draw(nodes, LETTER_AND_WAIT, settings))


@pytest.mark.parametrize("everything", [False, True])
def test_who_resumes_while_a_batch_is_being_written_leaves_nothing_held(
    letter: int, frozen: Any, monkeypatch: pytest.MonkeyPatch, everything: bool
) -> None:
    """The batch was asked while all stood still; what it brings back is not held by a pause that is over."""
    workflow, deliver = newsletter(letter), outbox.delivery.deliver
    alice = person()
    events.record(alice.pk, "contact_added")
    triggers.handle()
    runner.advance()
    stop, go = (
        (stopping.stop_all, stopping.release_all)
        if everything
        else (lambda: stopping.stop(workflow), lambda: stopping.release(workflow))
    )

    def slowly(claimed: Any) -> Any:
        stop()
        found = deliver(claimed)
        go()
        return found

    monkeypatch.setattr(outbox.delivery, "deliver", slowly)
    outbox.tick()
    monkeypatch.undo()
    settle()
    assert Message.objects.values_list("status", "attempts").get() == (Status.ACCEPTED, 1)
    assert path(alice) == ["n1", "n2", "n3"]


def test_a_run_that_cannot_be_written_holds_nobody_back(
    letter: int, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsletter(letter)
    alice, bob = person(), person("Bob")
    write = runner.plan.plan

    def fails_for_bob(rows: Any) -> int:
        if any(row.contact_id == bob.pk for row in rows):
            raise ValueError("cannot be written")
        return write(rows)

    monkeypatch.setattr(runner.plan, "plan", fails_for_bob)
    for one in (bob, alice):
        events.record(one.pk, "contact_added")
    settle()
    assert path(alice) == ["n1", "n2", "n3"]
    for _ in range(2):
        frozen.advance("PT1M")
        settle()
    assert run_of(bob).status == RunStatus.FAILED
    assert verify() == []
