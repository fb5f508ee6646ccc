"""The time machine shows what would happen: by the very same steps, on a clock of its own."""

from __future__ import annotations

from typing import Any

import pytest

from builder import library
from contacts import clock
from engine.simulate import Asked, Choice, Persona, simulate

pytestmark = pytest.mark.django_db

NOW = "2026-11-23T08:00:00+00:00"
ALICE = Persona(
    {
        "first_name": "Alice",
        "email": "alice@example.com",
        "phone": "+48600148214",
        "consents": {"email": "in", "sms": "in"},
    }
)


@pytest.fixture
def nurturing(admin_user: Any) -> Any:
    return library.use("lead-nurturing", {}, user=admin_user)


def nodes(answer: dict[str, Any]) -> list[str]:
    return [visit["node"] for visit in answer["visits"]]


def test_who_does_nothing_goes_the_long_way(nurturing: Any) -> None:
    with clock.freeze(NOW):
        answer = simulate(nurturing, Asked(persona=ALICE))
    assert nodes(answer) == ["n1", "n2", "n3", "n9", "n10", "n11", "n12", "n13", "n14"]
    assert answer["outcome"] == "no_response"


def test_an_open_after_three_hours_takes_the_short_way(nurturing: Any) -> None:
    with clock.freeze(NOW):
        answer = simulate(nurturing, Asked(persona=ALICE, choices=(Choice("n3", port="b1", after="PT3H"),)))
    assert nodes(answer) == ["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"]
    assert answer["visits"][2]["left_at"] == "2026-11-23T11:00:00+00:00"
