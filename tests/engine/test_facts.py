"""What conditions ask of workflows, steps and the newest word, and what wakes those who wait for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builder.graph import parse
from builder.models import Workflow
from builder.validation import problems
from contacts import clock, conditions, events
from contacts.models import Contact, Segment
from engine import ending, triggers
from engine.history import path_json
from engine.messaging import content, hits
from engine.messaging.models import Message
from engine.models import Run
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db
START = "2026-11-25T10:00:00+00:00"


def holds(tree: Any, contact: Contact) -> bool:
    """Asked of one, of a batch, and as a filter: they agree."""
    one = conditions.explain(tree, conditions.Subject(contact)).value
    everybody = Contact.objects.all()
    assert conditions.decide(tree, conditions.Scope(rows=everybody))[contact.pk].value == one
    assert conditions.matching(tree, everybody).filter(pk=contact.pk).exists() == one
    return one


def lounge(length: str = "P1D", outcome: str = "converted") -> Workflow:
    nodes = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("wait", {"duration": length}),
        "n3": ("exit", {"outcome": outcome}),
    }
    return publish(draw(nodes, ["n1 next n2", "n2 next n3"], {"reentry": "after_exit"}), "Lounge")


def waiting_for(when: Any, timeout: str = "P30D") -> Workflow:
    branch = {"port": "b1", "name": "Yes", "when": when}
    nodes = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("wait_until", {"branches": [branch], "timeout": timeout}),
        "n3": ("exit", {}),
    }
    return publish(draw(nodes, ["n1 next n2", "n2 b1 n3"]), "Waiting")


def test_inside_finished_and_how() -> None:
    with clock.freeze(START) as frozen:
        other, alice, bob = lounge(), person("Alice"), person("Bob")
        asked = {"fact": "workflow", "is": other.pk}
        triggers.enrol(other, [alice.pk])
        settle()
        assert holds({**asked, "did": "inside"}, alice) and not holds({**asked, "did": "inside"}, bob)
        assert not holds({**asked, "did": "finished"}, alice)
        frozen.advance("P1D")
        settle()
        assert not holds({**asked, "did": "inside"}, alice)
        assert holds({**asked, "did": "finished"}, alice)
        assert holds({**asked, "did": "finished", "outcome": "converted"}, alice)
        assert not holds({**asked, "did": "finished", "outcome": "completed"}, alice)
        frozen.advance("P2D")
        assert holds({**asked, "did": "finished", "within": "P2D"}, alice)
        frozen.advance("PT1S")
        assert not holds({**asked, "did": "finished", "within": "P2D"}, alice)


@pytest.mark.parametrize("how", ["by itself", "by hand"])
def test_who_waits_for_somebody_to_leave_is_woken_when_they_do(how: str) -> None:
    with clock.freeze(START) as frozen:
        other, alice = lounge(), person("Alice")
        waiting = waiting_for({"fact": "workflow", "is": other.pk, "did": "finished"})
        triggers.enrol(other, [alice.pk])
        triggers.enrol(waiting, [alice.pk])
        settle()
        assert path(alice) == ["n1", "n2"]
        frozen.advance("PT1H")
        if how == "by hand":
            from django.db import transaction

            with transaction.atomic():
                ending.end([Run.objects.get(workflow=other).pk], "cancelled")
        else:
            frozen.advance("P1D")
        settle()
        assert path(alice) == ["n1", "n2", "n3"]
        told = path_json([run_of(alice)])[0]["visits"][1]["why"]
        assert told.startswith("Has left “Lounge”: yes, 2")
        assert verify() == []


@pytest.mark.parametrize("by_segment", [False, True])
def test_who_waits_for_somebody_to_come_in_is_woken_too(by_segment: bool) -> None:
    with clock.freeze(START):
        other, alice = lounge(), person("Alice")
        asked = {"fact": "workflow", "is": other.pk, "did": "inside"}
        if by_segment:
            Segment.objects.create(name="Guests", condition=asked)
        waiting = waiting_for({"fact": "segment", "is": "Guests"} if by_segment else asked)
        triggers.enrol(waiting, [alice.pk])
        settle()
        triggers.enrol(other, [alice.pk])
        settle()
        run = Run.objects.get(workflow=waiting)
        assert run.ended_at is not None


def test_nobody_asking_costs_one_query_a_batch_at_most() -> None:
    from engine import comings

    other = lounge()
    comings.tell([(1, other.pk)])  # the segments are read every few seconds
    with CaptureQueriesContext(connection) as captured:
        comings.tell([(1, other.pk)])
    assert len(captured) == 1


def test_the_result_of_an_earlier_step() -> None:
    mail = content.create(name="Hello", subject="Hello", html="<p>Hello</p>").pk
    tree = {"fact": "step", "node": "n2", "is": "skipped"}
    nodes = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("email", {"content": mail}),
        "n3": ("condition", {"when": tree}),
        "n4": ("exit", {"outcome": "no mail"}),
    }
    with clock.freeze(START):
        alice, dana = person("Alice"), person("Dana", consents_to=[])
        document = draw(nodes, ["n1 next n2", "n2 next n3", "n3 yes n4"])
        triggers.enrol(publish(document), [alice.pk, dana.pk])
        settle()
        assert path(alice) == ["n1", "n2", "n3"] and path(dana) == ["n1", "n2", "n3", "n4"]
        assert path_json([run_of(dana)])[0]["visits"][2]["why"] == "Came through E-mail by “next”, 25 Nov 11:00."
    document["nodes"][2]["settings"]["when"]["node"] = "n9"
    assert "It asks about the step “n9”, which does not exist." in {one.message for one in problems(parse(document))}
    assert not holds(tree, alice)  # outside a run there are no steps


def test_the_newest_word_counts_for_apps_push_and_surveys() -> None:
    with clock.freeze(START) as frozen:
        alice = person("Alice")
        assert not holds({"fact": "app"}, alice)
        events.record(alice.pk, "app_installed", {"app": "Shop"})
        assert holds({"fact": "app"}, alice) and holds({"fact": "app", "app": "shop"}, alice)
        assert not holds({"fact": "app", "app": "club"}, alice)
        frozen.advance("P1D")
        events.record(alice.pk, "app_removed", {"app": "Shop"})
        assert not holds({"fact": "app"}, alice)
        events.record(alice.pk, "push_subscribed", {"channel": "web_push"})
        assert holds({"fact": "push", "channel": "web_push"}, alice)
        assert not holds({"fact": "push", "channel": "mobile_push"}, alice)
        events.record(alice.pk, "push_unsubscribed", {"channel": "web_push"})
        assert not holds({"fact": "push", "channel": "web_push"}, alice)
        for score in (3, 10):
            events.record(alice.pk, "survey_answered", {"survey": "nps", "score": score})
        assert holds({"fact": "survey", "op": "gte", "value": 9}, alice)
        assert not holds({"fact": "survey", "op": "lte", "value": 6}, alice)
        assert not holds({"fact": "survey", "survey": "other", "op": "gte", "value": 0}, alice)
        verdict = conditions.explain({"fact": "survey", "value": 9}, conditions.Subject(alice))
        assert conditions.why_sentence(verdict.why) == "Survey score: 10, 26 Nov 10:00."
        frozen.advance("P2D")
        assert not holds({"fact": "survey", "op": "gte", "value": 9, "within": "P1D"}, alice)


@pytest.mark.parametrize(
    ("tree", "name", "told"),
    [
        ({"fact": "survey", "op": "gte", "value": 9}, "survey_answered", {"score": 9}),
        ({"fact": "onsite", "did": "clicked", "item": "sale"}, "onsite_clicked", {"item": "Sale"}),
        ({"fact": "onsite", "did": "chat_started"}, "chat_started", {}),
        ({"fact": "app"}, "app_installed", {}),
        ({"fact": "push", "channel": "mobile_push"}, "push_subscribed", {"channel": "mobile_push"}),
    ],
)
def test_who_waits_for_it_is_woken(tree: Any, name: str, told: dict[str, Any]) -> None:
    with clock.freeze(START) as frozen:
        alice = person("Alice")
        triggers.enrol(waiting_for(tree), [alice.pk])
        settle()
        frozen.advance("PT1H")
        events.record(alice.pk, name, told)
        settle()
        assert path(alice) == ["n1", "n2", "n3"]


def test_who_opens_once_more_is_seen_and_woken() -> None:
    """Opened before the wait's window began, and again within it."""
    mail = content.create(name="Hello", subject="Hello", html="<p>Hello</p>").pk
    nodes = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("email", {"content": mail, "purpose": "transactional"}),
        "n3": ("wait", {"duration": "P1D"}),
        "n4": (
            "wait_until",
            {
                "branches": [
                    {
                        "port": "b1",
                        "name": "Again",
                        "look_back": "arrival",
                        "when": {"fact": "message", "node": "n2", "did": "opened"},
                    }
                ],
                "timeout": "P2D",
            },
        ),
        "n5": ("exit", {}),
    }
    look = {"method": "GET", "agent": "Mozilla/5.0 (X11; Linux) Firefox/130", "headers": {}}
    with clock.freeze(START) as frozen:
        alice = person("Alice")
        triggers.enrol(publish(draw(nodes, ["n1 next n2", "n2 next n3", "n3 next n4", "n4 b1 n5"])), [alice.pk])
        settle()
        message = Message.objects.get()
        frozen.advance("PT1H")
        hits.opened(message.pk, **look)
        frozen.advance("P1D")
        settle()
        assert path(alice)[-1] == "n4"
        frozen.advance("PT1H")
        hits.opened(message.pk, **look)
        settle()
        assert path(alice)[-1] == "n5"
        assert holds({"fact": "message", "any": True, "did": "opened", "within": "PT1H"}, alice)
        assert holds({"fact": "message", "content": mail, "did": "opened", "within": "PT1H"}, alice)
        frozen.advance("P1D")
        assert not holds({"fact": "message", "any": True, "did": "opened", "within": "PT1H"}, alice)
        assert verify() == []
