"""Where two parts of the engine meet: what one of them writes, the other must see, and nobody is forgotten between them."""

from __future__ import annotations

from typing import Any

import pytest

from contacts import clock, consents, events
from engine.messaging import content
from engine.models import Visit
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
