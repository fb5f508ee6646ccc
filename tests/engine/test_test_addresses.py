"""Test addresses: nobody else gets anything, of any purpose, and the path says why."""

from __future__ import annotations

from typing import Any

import pytest

from contacts import clock, events
from contacts.models import Contact, Workspace
from engine import history, runner, triggers
from engine.messaging import content
from engine.messaging.models import Caught, Message, Status
from engine.verify import verify
from tests.engine.kit import draw, person, publish, run_of, settle

START = "2026-11-23T09:00:00+00:00"


@pytest.fixture
def frozen(db: Any) -> Any:
    with clock.freeze(START) as still:
        yield still


def flow(purpose: str = "marketing", **settings: Any) -> None:
    letter = content.create(name="News", subject="News", html="<p>Hello</p>").pk
    nodes = {
        "n1": ("trigger", {"on": "contact_added"}),
        "n2": ("email", {"content": letter, "purpose": purpose}),
        "n3": ("sms", {"text": "Hello", "purpose": purpose}),
    }
    publish(draw(nodes, ["n1 next n2", "n2 next n3"], settings))


def two() -> tuple[Contact, Contact]:
    return person("Alice", phone="+48600148214"), person("Bob", phone="+48600148215")


def enter(*people: Contact) -> None:
    events.record_many([events.NewEvent(one.pk, "contact_added") for one in people])


def limit(*addresses: str) -> None:
    workspace = Workspace.current()
    workspace.test_only = list(addresses)
    workspace.save()


@pytest.mark.parametrize("purpose", ["marketing", "service", "transactional"])
def test_only_the_workflows_test_addresses_get_anything(frozen: Any, purpose: str) -> None:
    flow(purpose, test_only=["ALICE@example.com", "+48 600 148 214"])
    alice, bob = two()
    enter(alice, bob)
    settle()
    assert sorted(Caught.objects.values_list("to", flat=True)) == ["+48600148214", "alice@example.com"]
    refused = Message.objects.filter(contact=bob).values_list("status", "reason")
    assert list(refused) == [(Status.SKIPPED, "test_only")] * 2
    steps = history.path_json([run_of(bob)])[0]["visits"]
    assert "not one of the test addresses" in steps[1]["why"]
    assert verify() == []


def test_the_workspaces_test_addresses_hold_for_every_workflow(frozen: Any) -> None:
    limit("alice@example.com")
    flow()
    alice, bob = two()
    enter(alice, bob)
    settle()
    assert list(Caught.objects.values_list("to", flat=True)) == ["alice@example.com"]


def test_both_must_name_the_address(frozen: Any) -> None:
    limit("bob@example.com")
    flow(test_only=["alice@example.com"])
    enter(*two())
    settle()
    assert not Caught.objects.exists()


def test_addresses_named_after_the_planning_count_at_the_hand_over(frozen: Any) -> None:
    flow()
    alice, bob = two()
    enter(alice, bob)
    triggers.handle()
    runner.advance()
    limit("alice@example.com")
    settle()
    found = dict(Message.objects.filter(node="n2").values_list("contact_id", "status"))
    assert found == {alice.pk: Status.ACCEPTED, bob.pk: Status.SKIPPED}
