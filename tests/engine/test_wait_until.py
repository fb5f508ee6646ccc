"""What a wait counts, what wins, and when: look-back, ties, late events, pauses."""

from __future__ import annotations

from typing import Any

import pytest

from builder import drafts, publishing
from builder.actions.pause import pause
from builder.actions.resume import resume
from builder.graph import parse
from builder.models import Workflow
from builder.validation import problems
from contacts import clock, events, tags
from contacts.models import Contact
from engine import runner, triggers
from engine.history import path_json
from engine.messaging import content
from engine.models import Run, Visit
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db

SUNDAY = "2026-11-22T08:00:00+00:00"
BOUGHT = {"fact": "purchase"}
BOOKED = {"fact": "event", "name": "booked"}
VIP = {"fact": "tag", "is": "vip"}


def drawing(*whens: Any, timeout: str = "P1D", before: str = "PT1H", look_back: str = "") -> dict[str, Any]:
    """Trigger -> a wait -> wait until one of `whens`, with an exit behind each way."""
    branches = [
        {"port": f"b{n}", "name": f"B{n}", "when": when, "look_back": look_back} for n, when in enumerate(whens, 1)
    ]
    nodes: dict[str, Any] = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("wait", {"mode": "duration", "duration": before}),
        "n3": ("wait_until", {"branches": branches, "timeout": timeout}),
    }
    edges = ["n1 next n2", "n2 next n3"]
    for port in [*(branch["port"] for branch in branches), "timeout"]:
        nodes[f"x_{port}"] = ("exit", {"outcome": port})
        edges.append(f"n3 {port} x_{port}")
    return draw(nodes, edges)


def enters(document: dict[str, Any], name: str = "Alice") -> tuple[Contact, Workflow]:
    alice, workflow = person(name), publish(document)
    triggers.enrol(workflow, [alice.pk])
    settle()
    return alice, workflow


@pytest.mark.parametrize(
    ("look_back", "way"), [("", "n3"), ("arrival", "n3"), ("run", "x_b1"), ("n2", "n3"), ("n1", "x_b1")]
)
def test_what_they_did_before_they_came_counts_as_far_as_the_branch_looks_back(look_back: str, way: str) -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(drawing(BOUGHT, look_back=look_back))
        frozen.advance("PT30M")
        events.record(alice.pk, "purchase", {"value": 1})
        frozen.advance("PT30M")
        settle()
        assert path(alice)[-1] == way
        frozen.advance("PT1S")
        events.record(alice.pk, "purchase", {"value": 1})
        settle()
        assert path(alice)[-1] == "x_b1"
        assert verify() == []


def test_what_they_did_before_the_run_never_counts() -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice = person()
        events.record(alice.pk, "purchase", {"value": 1})
        frozen.advance("P1D")
        triggers.enrol(publish(drawing(BOUGHT, look_back="run")), [alice.pk])
        settle()
        frozen.advance("PT1H")
        settle()
        assert path(alice)[-1] == "n3"


def test_a_window_of_its_own_stays() -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice = person()
        events.record(alice.pk, "purchase", {"value": 1})
        frozen.advance("P1D")
        triggers.enrol(publish(drawing({"fact": "purchase", "within": "P7D"})), [alice.pk])
        settle()
        frozen.advance("PT1H")
        settle()
        assert path(alice)[-1] == "x_b1"


def test_what_a_contact_has_does_not_look_back() -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(drawing(VIP))
        tags.add([alice.pk], ["vip"])
        frozen.advance("PT1H")
        settle()
        assert path(alice)[-1] == "x_b1"


def mailed(*whens: Any, purpose: str = "marketing") -> dict[str, Any]:
    """The wait stands behind an e-mail, n2, and an hour."""
    document = drawing(*whens)
    mail = content.create(name="Hello", subject="Hello", html="<p>Hello</p>").pk
    document["nodes"][1] = {**document["nodes"][1], "kind": "email", "settings": {"content": mail, "purpose": purpose}}
    pause_node = {"id": "n9", "kind": "wait", "settings": {"duration": "PT1H"}, "position": {"x": 0, "y": 0}}
    document["nodes"].append(pause_node)
    document["edges"][1] = {"id": "e1", "source": "n2", "port": "next", "target": "n9"}
    document["edges"].append({"id": "e9", "source": "n9", "port": "next", "target": "n3"})
    return document


def test_a_branch_that_names_a_message_looks_back_to_its_send_for_all_it_asks() -> None:
    opened = {"fact": "message", "node": "n2", "did": "opened"}
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(mailed({"any": [opened, BOUGHT]}))
        frozen.advance("PT30M")
        events.record(alice.pk, "purchase", {"value": 1})
        frozen.advance("PT30M")
        settle()
        assert path(alice) == ["n1", "n2", "n9", "n3", "x_b1"]


def test_a_message_that_was_never_sent_is_waited_for_until_the_time_is_up() -> None:
    opened = {"fact": "message", "node": "n2", "did": "opened"}
    with clock.freeze(SUNDAY) as frozen:
        dana = person("Dana", consents_to=[])
        triggers.enrol(publish(mailed(opened)), [dana.pk])
        settle()
        frozen.advance("PT1H")
        settle()
        assert path(dana)[-1] == "n3"
        frozen.advance("P1D")
        settle()
        assert path(dana)[-1] == "x_timeout"
        told = path_json([run_of(dana)])[0]["visits"][3]["why"]
        assert "never sent" in told and "The day was up." in told


def test_on_arrival_the_first_branch_that_is_true_is_taken_whatever_came_first() -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(drawing(BOUGHT, BOOKED, look_back="run"))
        frozen.advance("PT10M")
        events.record(alice.pk, "booked")
        frozen.advance("PT10M")
        events.record(alice.pk, "purchase")
        frozen.advance("PT40M")
        settle()
        assert path(alice)[-1] == "x_b1"


@pytest.mark.parametrize("late", [False, True])
def test_while_waiting_what_happens_first_wins(late: bool) -> None:
    """Also when the engine looks at both only after the time was up."""
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(drawing(BOUGHT, VIP, BOOKED))
        frozen.advance("PT1H")
        settle()
        frozen.advance("PT1M")
        tags.add([alice.pk], ["vip"])
        frozen.advance("PT1M")
        events.record(alice.pk, "purchase")
        events.record(alice.pk, "booked")
        frozen.advance("P2D" if late else "PT1M")
        settle()
        assert path(alice)[-1] == "x_b2"


def test_a_tie_goes_by_the_order_of_the_branches() -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(drawing(BOUGHT, BOOKED))
        frozen.advance("PT1H")
        settle()
        frozen.advance("PT1M")
        events.record(alice.pk, "booked")
        events.record(alice.pk, "purchase")
        settle()
        assert path(alice)[-1] == "x_b1"


@pytest.mark.parametrize(("minutes", "way"), [(24 * 60 - 1, "x_b1"), (24 * 60, "x_b1"), (24 * 60 + 1, "x_timeout")])
@pytest.mark.parametrize("what", ["purchase", "tag"])
def test_what_happened_in_time_wins_over_the_deadline_even_if_nobody_looked_in_time(
    minutes: int, way: str, what: str
) -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(drawing(BOUGHT if what == "purchase" else VIP))
        frozen.advance("PT1H")
        settle()
        frozen.advance(f"PT{minutes}M")
        events.record(alice.pk, "purchase") if what == "purchase" else tags.add([alice.pk], ["vip"])
        frozen.advance("P1D")
        settle()
        assert path(alice)[-1] == way
        assert verify() == []


def test_an_event_that_happened_in_time_but_came_late_changes_nothing_that_was_left() -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(drawing(BOUGHT))
        frozen.advance("PT1H")
        settle()
        frozen.advance("P1D")
        settle()
        assert path(alice)[-1] == "x_timeout"
        events.record(alice.pk, "purchase", occurred_at=clock.datetime.fromisoformat(SUNDAY))
        settle()
        assert path(alice)[-1] == "x_timeout"


@pytest.mark.parametrize("what", ["tag", "purchase"])
def test_an_event_while_the_clock_is_set_back_is_not_lost(what: str) -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(drawing({"any": [VIP, BOUGHT]}))
        events.record(alice.pk, "purchase")
        frozen.advance("PT1H")
        settle()
        frozen.set("2026-11-22T07:00:00+00:00")
        settle()
        assert path(alice)[-1] == "n3"
        events.record(alice.pk, "purchase") if what == "purchase" else tags.add([alice.pk], ["vip"])
        settle()
        assert path(alice)[-1] == "x_b1"
        assert Visit.objects.filter(contact_id=alice.pk, node="n3").count() == 1
        assert verify() == []


def test_events_from_the_future_or_years_late_count_when_they_are_said_to_have_happened() -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(drawing(BOUGHT))
        bob, _ = enters(drawing(BOUGHT), "Bob")
        frozen.advance("PT1H")
        settle()
        # From the future: it is taken as happening when it is received.
        events.record(alice.pk, "purchase", occurred_at=clock.datetime.fromisoformat("2099-01-01T00:00:00+00:00"))
        # Years late: long before the wait began.
        events.record(bob.pk, "purchase", occurred_at=clock.datetime.fromisoformat("2019-01-01T00:00:00+00:00"))
        settle()
        assert (path(alice)[-1], path(bob)[-1]) == ("x_b1", "n3")


MONDAY = {"fact": "now", "weekdays": [1]}


def test_what_time_alone_makes_true_is_never_the_reason_to_go_on() -> None:
    """Sunday to Monday: the branch is true when the time is up, but nothing happened."""
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(drawing(MONDAY))
        bob, _ = enters(drawing({"all": [BOUGHT, MONDAY]}), "Bob")
        frozen.advance("PT1H")
        settle()
        events.record(bob.pk, "purchase")  # on Sunday: not yet
        settle()
        assert (path(alice)[-1], path(bob)[-1]) == ("n3", "n3")
        frozen.advance("P1D")
        settle()
        assert (path(alice)[-1], path(bob)[-1]) == ("x_timeout", "x_timeout")


def test_an_event_has_it_asked_again() -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice, _ = enters(drawing({"all": [BOUGHT, MONDAY]}))
        frozen.advance("PT1H")
        settle()
        events.record(alice.pk, "purchase")
        settle()
        frozen.advance("PT20H")
        settle()
        assert path(alice)[-1] == "n3"
        events.record(alice.pk, "purchase")
        settle()
        assert path(alice)[-1] == "x_b1"


def test_an_event_during_a_pause_decides_on_resume_though_the_time_is_up() -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice, workflow = enters(drawing({"all": [BOUGHT, {"none": [MONDAY]}]}))
        bob = person("Bob")
        triggers.enrol(workflow, [bob.pk])
        settle()
        frozen.advance("PT1H")
        settle()
        pause(workflow, user=None)
        frozen.advance("PT1H")
        events.record(alice.pk, "purchase")
        settle()
        assert path(alice)[-1] == "n3"
        frozen.advance("P2D")
        resume(workflow, user=None)
        settle()
        frozen.advance("PT10M")
        settle()
        assert (path(alice)[-1], path(bob)[-1]) == ("x_b1", "x_timeout")
        assert verify() == []


def test_people_taken_along_keep_what_they_did_since_they_came() -> None:
    with clock.freeze(SUNDAY) as frozen:
        alice, workflow = enters(drawing(BOOKED))
        frozen.advance("PT1H")
        settle()
        frozen.advance("PT1H")
        events.record(alice.pk, "purchase")
        frozen.advance("PT1H")
        settle()
        workflow.refresh_from_db()
        drafts.save(workflow.pk, drawing(BOUGHT), revision=workflow.revision, user=None)
        workflow.refresh_from_db()
        publishing.publish(workflow, user=None, people_inside="move")
        settle()
        assert path(alice)[-1] == "x_b1"
        assert verify() == []


def test_a_wait_asks_as_often_for_many_as_for_one(django_assert_num_queries: Any) -> None:
    with clock.freeze(SUNDAY) as frozen:
        workflow = publish(drawing(BOUGHT, VIP, before="PT1S"))
        counts = []
        for size in (2, 30):
            crowd = Contact.objects.bulk_create([Contact(email=f"{size}-{n}@example.com") for n in range(size)])
            triggers.enrol(workflow, [one.pk for one in crowd])
            settle()
            frozen.advance("PT1S")
            settle()
            tags.add([one.pk for one in crowd], ["vip"])
            frozen.advance("P2D")
            from django.db import connection
            from django.test.utils import CaptureQueriesContext

            with CaptureQueriesContext(connection) as captured:
                runner.advance(1000)
            counts.append(len(captured))
        assert counts[0] == counts[1]
        assert not Run.objects.exclude(outcome="b2").exists()


def test_a_look_back_to_a_step_that_is_gone_is_refused_in_words() -> None:
    found = problems(parse(drawing(BOUGHT, look_back="n77")))
    assert [problem.message for problem in found] == ["The step “n77” does not exist any more. Choose another."]
