"""What is asked of people before there is a run, and what names things that are not there: said before the publish."""

from __future__ import annotations

from typing import Any

import pytest

from builder.actions.create import create
from builder.graph import parse
from builder.validation import problems
from contacts import clock, events
from contacts.events import NewEvent
from engine.messaging import content
from engine.models import Run
from engine.simulate.asked import Asked, Persona
from engine.simulate.simulation import simulate
from tests.engine.kit import draw, person, publish, settle

pytestmark = pytest.mark.django_db


def said(nodes: dict[str, Any], edges: list[str], settings: dict[str, Any] | None = None) -> list[tuple[str, str, str]]:
    return [(one.node, one.field, one.severity) for one in problems(parse(draw(nodes, edges, settings)))]


@pytest.mark.parametrize(
    "leaf",
    [
        {"fact": "purchase", "since": "run"},
        {"fact": "purchase", "since": "n2"},
        {"fact": "step", "node": "n2", "is": "next"},
    ],
)
def test_who_comes_in_cannot_be_asked_since_a_run_that_is_still_to_come(leaf: dict[str, Any]) -> None:
    """It would be true for nobody, and nobody would ever enter."""
    tree = {"all": [leaf]}
    key = "since" if "since" in leaf else "node"
    inside = {
        "n1": ("trigger", {"on": "contact_added"}),
        "n2": ("wait", {}),
        "n3": ("condition", {"when": tree}),
        "n4": ("exit", {}),
    }
    edges = ["n1 next n2", "n2 next n3", "n3 yes n4", "n3 no n4"]
    assert said(inside, edges, {"exit_when": tree, "goal": {"condition": tree}}) == []
    at_the_door = {**inside, "n1": ("trigger", {"on": "contact_added", "filter": tree})}
    assert said(at_the_door, edges, {"audience": tree}) == [
        ("", f"settings.audience.all.0.{key}", "error"),
        ("n1", f"filter.all.0.{key}", "error"),
    ]


@pytest.mark.parametrize(
    ("leaf", "key"),
    [
        ({"fact": "list", "is": "newsleter"}, "is"),
        ({"fact": "consent", "subject": "newsleter", "state": "in"}, "subject"),
        ({"fact": "message", "content": 999, "did": "opened"}, "content"),
    ],
)
def test_what_a_condition_names_is_there(leaf: dict[str, Any], key: str) -> None:
    nodes = {"n1": ("trigger", {"on": "manual"}), "n2": ("condition", {"when": {"all": [leaf]}}), "n3": ("exit", {})}
    assert said(nodes, ["n1 next n2", "n2 yes n3", "n2 no n3"]) == [("n2", f"when.all.0.{key}", "error")]


def test_a_wait_that_looks_back_to_a_step_that_some_come_around_says_so() -> None:
    letter = content.create(name="News", subject="News", html="<p>Hello</p>").pk
    way = {"port": "b1", "name": "Bought", "when": {"all": [{"fact": "purchase"}]}, "look_back": "n3"}
    nodes = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("condition", {"when": {"all": [{"fact": "tag", "is": "vip"}]}}),
        "n3": ("email", {"content": letter}),
        "n4": ("wait_until", {"branches": [way], "timeout": "P2D"}),
        "n5": ("exit", {}),
    }
    edges = ["n1 next n2", "n2 yes n3", "n3 next n4", "n4 b1 n5", "n4 timeout n5"]
    assert ("n4", "branches.0.look_back", "warning") not in said(nodes, [*edges, "n2 no n5"])
    assert ("n4", "branches.0.look_back", "warning") in said(nodes, [*edges, "n2 no n4"])
    later = {**nodes, "n4": ("wait_until", {"branches": [{**way, "look_back": "n5"}], "timeout": "P2D"})}
    assert ("n4", "branches.0.look_back", "warning") in said(later, [*edges, "n2 no n5"])


def test_who_qualifies_already_must_be_askable() -> None:
    far = {"on": "page_visited", "url": "/" + "a" * 300, "backfill": True}
    assert said({"n1": ("trigger", far), "n2": ("exit", {})}, ["n1 next n2"]) == [("n1", "backfill", "error")]


def test_what_lets_people_in_is_not_what_they_did_since_the_run_began() -> None:
    """A purchase starts the run: it is no second purchase, and not the goal."""
    bought = {"all": [{"fact": "purchase", "since": "run"}]}
    nodes = {
        "n1": ("trigger", {"on": "purchase"}),
        "n2": ("sms", {"text": "Thank you"}),
        "n3": ("wait", {"duration": "P1D"}),
        "n4": ("condition", {"when": bought}),
        "n5": ("exit", {"outcome": "again"}),
        "n6": ("exit", {"outcome": "once"}),
    }
    edges = ["n1 next n2", "n2 next n3", "n3 next n4", "n4 yes n5", "n4 no n6"]
    with clock.freeze("2026-12-01T12:00:00+00:00") as frozen:
        publish(draw(nodes, edges, {"goal": {"event": "purchase", "on": "exit"}}), "Goal")
        publish(draw(nodes, edges), "Asked")
        alice, bob = person("Alice", phone="+48600100200"), person("Bob", phone="+48600100201")
        events.record_many([NewEvent(alice.pk, "purchase"), NewEvent(bob.pk, "purchase")])
        settle()
        frozen.advance("PT1H")
        events.record_many([NewEvent(bob.pk, "purchase")])
        settle()
        frozen.advance("P1D")
        settle()
    ends = Run.objects.values_list("workflow__name", "contact__first_name", "outcome")
    assert sorted(ends) == [
        ("Asked", "Alice", "once"),
        ("Asked", "Bob", "again"),
        ("Goal", "Alice", "once"),
        ("Goal", "Bob", "goal"),
    ]
    assert Run.objects.get(workflow__name="Goal", contact=alice).goal_at is None


def test_nor_in_the_time_machine() -> None:
    way = {"port": "b1", "name": "Bought", "when": {"all": [{"fact": "purchase"}]}}
    nodes = {
        "n1": ("trigger", {"on": "purchase"}),
        "n2": ("wait_until", {"branches": [way], "timeout": "P2D"}),
        "n3": ("exit", {}),
    }
    document = draw(nodes, ["n1 next n2", "n2 b1 n3", "n2 timeout n3"])
    told = simulate(create(name="Tried", user=None, document=document), Asked(persona=Persona()))
    assert [visit["port"] for visit in told["visits"]] == ["next", "timeout", "end"]
