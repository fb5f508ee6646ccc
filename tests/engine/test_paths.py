"""Contacts go the way that was drawn."""

from __future__ import annotations

import pytest

from contacts import clock, events, tags
from engine.models import Counter, Run, RunStatus, Visit
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db

START = "2026-11-23T08:00:00+00:00"


def test_contact_goes_on_after_three_days() -> None:
    with clock.freeze(START) as frozen:
        publish(
            draw(
                {
                    "n1": ("trigger", {"on": "tag_added", "tag": "lead"}),
                    "n2": ("wait", {"mode": "duration", "duration": "P3D"}),
                    "n3": ("tag", {"add": ["waited"]}),
                    "n4": ("exit", {"outcome": "completed"}),
                },
                ["n1 next n2", "n2 next n3", "n3 next n4"],
            )
        )
        alice = person("Alice")
        tags.add([alice.pk], ["lead"])
        settle()
        assert path(alice) == ["n1", "n2"]
        frozen.advance("PT71H59M")
        settle()
        assert path(alice) == ["n1", "n2"]
        frozen.advance("PT1M")
        settle()
        assert path(alice) == ["n1", "n2", "n3", "n4"]
        assert run_of(alice).outcome == "completed"
        assert set(alice.tags.values_list("name", flat=True)) == {"lead", "waited"}
        assert verify() == []


def test_who_buys_in_time_goes_by_the_branch_and_who_does_not_by_the_timeout() -> None:
    with clock.freeze(START) as frozen:
        publish(
            draw(
                {
                    "n1": ("trigger", {"on": "contact_added"}),
                    "n2": (
                        "wait_until",
                        {
                            "branches": [
                                {"port": "b1", "name": "Bought", "when": {"fact": "purchase", "since": "run"}}
                            ],
                            "timeout": "P2D",
                        },
                    ),
                    "n3": ("exit", {"outcome": "converted"}),
                    "n4": ("exit", {"outcome": "no_response"}),
                },
                ["n1 next n2", "n2 b1 n3", "n2 timeout n4"],
            )
        )
        alice, bob = person("Alice"), person("Bob")
        for contact in (alice, bob):
            events.record(contact.pk, "contact_added")
        settle()
        assert path(alice) == path(bob) == ["n1", "n2"]
        frozen.advance("P1D")
        events.record(alice.pk, "purchase", {"order_id": "1", "value": 10})
        settle()
        assert path(alice) == ["n1", "n2", "n3"]
        assert path(bob) == ["n1", "n2"]
        frozen.advance("P1D")
        settle()
        assert path(bob) == ["n1", "n2", "n4"]
        # A late purchase changes nothing that was left.
        events.record(bob.pk, "purchase", {"order_id": "2", "value": 10})
        settle()
        assert path(bob) == ["n1", "n2", "n4"]
        assert verify() == []


def test_a_condition_says_why_and_counts_each_way() -> None:
    with clock.freeze(START):
        workflow = publish(
            draw(
                {
                    "n1": ("trigger", {"on": "contact_added"}),
                    "n2": (
                        "condition",
                        {
                            "when": {
                                "all": [{"fact": "phone_valid"}, {"fact": "consent", "subject": "sms", "state": "in"}]
                            }
                        },
                    ),
                    "n3": ("exit", {"outcome": "completed"}),
                },
                ["n1 next n2", "n2 yes n3"],
            )
        )
        bob = person("Bob", phone="+48600148214")
        charlie = person("Charlie", consents_to=["email"])
        for contact in (bob, charlie):
            events.record(contact.pk, "contact_added")
        settle()
        assert path(bob) == ["n1", "n2", "n3"]
        # A way out that leads nowhere ends the run.
        assert path(charlie) == ["n1", "n2"]
        assert run_of(charlie).outcome == "end"
        visit = Visit.objects.get(contact_id=charlie.pk, node="n2")
        assert visit.port == "no" and visit.why
        counts = dict(Counter.objects.filter(version_id=workflow.live_version_id, node="n2").values_list("port", "n"))
        assert counts == {"+entered": 2, "yes": 1, "no": 1}
        assert Run.objects.filter(status=RunStatus.ACTIVE).count() == 0
        assert verify() == []


def test_a_switched_off_step_lets_people_through() -> None:
    with clock.freeze(START):
        document = draw(
            {
                "n1": ("trigger", {"on": "contact_added"}),
                "n2": ("tag", {"add": ["never"]}),
                "n3": ("exit", {}),
            },
            ["n1 next n2", "n2 next n3"],
        )
        document["nodes"][1]["enabled"] = False
        publish(document)
        alice = person()
        events.record(alice.pk, "contact_added")
        settle()
        assert path(alice) == ["n1", "n2", "n3"]
        assert not alice.tags.exists()


def test_a_tag_of_one_workflow_starts_another() -> None:
    with clock.freeze(START):
        publish(
            draw(
                {"n1": ("trigger", {"on": "contact_added"}), "n2": ("tag", {"add": ["hot"]})},
                ["n1 next n2"],
            ),
            "First",
        )
        second = publish(
            draw({"n1": ("trigger", {"on": "tag_added", "tag": "Hot"}), "n2": ("exit", {})}, ["n1 next n2"]), "Second"
        )
        alice = person()
        events.record(alice.pk, "contact_added")
        settle()
        run = run_of(alice)
        assert run.workflow_id == second.pk and run.outcome == "completed" and run.depth == 1
        assert verify() == []


def test_a_run_that_parks_in_the_same_batch_hears_what_the_batch_itself_causes() -> None:
    """One contact in two workflows at once: the tag of the one wakes the wait of the other, whichever comes first."""
    with clock.freeze(START):
        wait = {"branches": [{"port": "b1", "name": "Hot", "when": {"fact": "tag", "is": "hot"}}], "timeout": "P2D"}
        publish(
            draw(
                {"n1": ("trigger", {"on": "contact_added"}), "n2": ("wait_until", wait), "n3": ("exit", {})},
                ["n1 next n2", "n2 b1 n3"],
            ),
            "Waits",
        )
        publish(
            draw({"n1": ("trigger", {"on": "contact_added"}), "n2": ("tag", {"add": ["hot"]})}, ["n1 next n2"]), "Tags"
        )
        people = [person(f"p{number}") for number in range(5)]
        for contact in people:
            events.record(contact.pk, "contact_added")
        settle()
        assert Run.objects.filter(status=RunStatus.ACTIVE).count() == 0
        assert verify() == []


def test_a_condition_sees_what_the_same_batch_was_refused() -> None:
    """Without an address the mail is skipped and the next step asked in the same transaction: it must know."""
    with clock.freeze(START):
        publish(
            draw(
                {
                    "n1": ("trigger", {"on": "tag_added", "tag": "go"}),
                    "n2": ("sms", {"text": "Hello", "purpose": "service"}),
                    "n3": ("condition", {"when": {"all": [{"fact": "message", "node": "n2", "did": "skipped"}]}}),
                    "n4": ("exit", {"outcome": "seen"}),
                },
                ["n1 next n2", "n2 next n3", "n3 yes n4"],
            )
        )
        alice = person()
        tags.add([alice.pk], ["go"])
        settle()
        assert path(alice) == ["n1", "n2", "n3", "n4"]
        assert verify() == []
