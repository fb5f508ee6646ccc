"""exit_when, goals and goal nodes that pull: looked at when something happens that they ask about, and before each message."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from contacts import clock, events, tags
from contacts.models import Contact, Segment
from engine import runner, triggers
from engine.messaging import content
from engine.messaging.models import Message, Status
from engine.models import Counter, Run, Visit, Watch
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db

START = "2026-11-23T08:00:00+00:00"
VIP = {"all": [{"fact": "tag", "is": "vip"}]}
BOUGHT = {"all": [{"fact": "purchase", "since": "run"}]}


def room(settings: dict[str, Any], pull: dict[str, Any] | None = None) -> dict[str, Any]:
    """In, a week's wait, an e-mail, a goal, out."""
    mail = content.create(name="Hello", subject="Hello", html="<p>Hello</p>").pk
    return draw(
        {
            "n1": ("trigger", {"on": "manual"}),
            "n2": ("wait", {"mode": "duration", "duration": "P7D"}),
            "n3": ("email", {"content": mail, "purpose": "transactional"}),
            "n4": ("goal", pull or {"when": VIP, "pull": False}),
            "n5": ("wait", {"mode": "duration", "duration": "P1D"}),
            "n6": ("exit", {"outcome": "completed"}),
        },
        ["n1 next n2", "n2 next n3", "n3 next n4", "n4 next n5", "n5 next n6"],
        settings,
    )


def goals() -> dict[str, int]:
    return {row.node + row.port: row.n for row in Counter.objects.filter(port__startswith="+goal")}


def test_who_leaves_the_audience_leaves_at_once() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(room({"exit_when": VIP}))
        alice, bob = person("Alice"), person("Bob")
        triggers.enrol(workflow, [alice.pk, bob.pk])
        settle()
        frozen.advance("PT1H")
        tags.add([alice.pk], ["vip"])
        tags.add([bob.pk], ["lead"])
        settle()
        assert (run_of(alice).outcome, path(alice)) == ("left_audience", ["n1", "n2"])
        assert path(bob) == ["n1", "n2"] and run_of(bob).heard_at is None
        visit = Visit.objects.get(contact_id=alice.pk, node="n2")
        assert visit.port == "removed" and visit.why[0] == ["left_audience"] and visit.why[1][:2] == ["tag", True]
        assert verify() == []


def test_what_nobody_watches_marks_nobody() -> None:
    with clock.freeze(START):
        workflow = publish(room({"exit_when": VIP}))
        assert set(Watch.objects.values_list("topic", flat=True)) == {"tag_added", "tag_removed"}
        alice = person("Alice")
        triggers.enrol(workflow, [alice.pk])
        settle()
        events.record(alice.pk, "purchase", {"value": 10})
        assert run_of(alice).heard_at is None


def test_time_alone_ends_nobody_but_is_seen_before_a_message() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(room({"exit_when": {"all": [{"fact": "now", "first": "2026-11-24"}]}}))
        assert not Watch.objects.exists()
        alice = person("Alice")
        triggers.enrol(workflow, [alice.pk])
        settle()
        frozen.advance("P2D")
        settle()
        assert path(alice) == ["n1", "n2"]
        frozen.advance("P5D")
        settle()
        assert (run_of(alice).outcome, path(alice)) == ("left_audience", ["n1", "n2", "n3"])
        assert not Message.objects.exists()
        assert verify() == []


def test_a_goal_is_counted_once_a_run_and_changes_nothing() -> None:
    with clock.freeze(START):
        workflow = publish(room({"goal": {"event": "purchase"}}))
        alice = person("Alice")
        events.record(alice.pk, "purchase", {"value": 5})
        triggers.enrol(workflow, [alice.pk])
        settle()
        assert goals() == {}
        for value in (10, 20):
            events.record(alice.pk, "purchase", {"value": value})
            settle()
        assert goals() == {"+goal": 1}
        assert run_of(alice).goal_at == clock.now() and path(alice) == ["n1", "n2"]
        assert verify() == []


def test_a_goal_may_end_the_run_and_cancels_what_has_not_left() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(room({"goal": {"condition": BOUGHT, "on": "exit"}}))
        alice = person("Alice")
        triggers.enrol(workflow, [alice.pk])
        settle()
        frozen.advance("P7D")
        runner.advance()
        assert Message.objects.get().status == Status.PLANNED
        events.record(alice.pk, "purchase", {"value": 10})
        runner.advance()
        assert Message.objects.get().status == Status.CANCELLED
        settle()
        assert (run_of(alice).outcome, path(alice), goals()) == ("goal", ["n1", "n2", "n3"], {"+goal": 1})
        assert verify() == []


def test_a_claimed_message_finishes_though_its_run_has_ended() -> None:
    from engine.messaging import delivery

    with clock.freeze(START) as frozen:
        workflow = publish(room({"goal": {"condition": BOUGHT, "on": "exit"}}))
        alice = person("Alice")
        triggers.enrol(workflow, [alice.pk])
        settle()
        frozen.advance("P7D")
        runner.advance()
        claimed = delivery.claim(10, clock.now())
        events.record(alice.pk, "purchase", {"value": 10})
        runner.advance()
        assert run_of(alice).outcome == "goal"
        delivery.record(delivery.deliver(claimed))
        assert Message.objects.get().status == Status.ACCEPTED
        assert verify() == []


def test_a_goal_may_jump_to_a_step() -> None:
    with clock.freeze(START):
        workflow = publish(room({"goal": {"event": "booked", "on": "jump", "node": "n5"}}))
        alice = person("Alice")
        triggers.enrol(workflow, [alice.pk])
        settle()
        events.record(alice.pk, "booked")
        settle()
        assert path(alice) == ["n1", "n2", "n5"]
        events.record(alice.pk, "booked")
        settle()
        assert path(alice) == ["n1", "n2", "n5"] and goals() == {"+goal": 1}
        assert verify() == []


def test_a_goal_reached_too_late_is_none() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(room({"goal": {"condition": VIP, "window": "P2D"}}))
        alice, bob = person("Alice"), person("Bob")
        triggers.enrol(workflow, [alice.pk, bob.pk])
        settle()
        frozen.advance("P2D")
        tags.add([alice.pk], ["vip"])
        frozen.advance("PT1S")  # the runner comes late, and the tag was in time
        tags.add([bob.pk], ["vip"])
        settle()
        assert goals() == {"+goal": 1}
        assert run_of(alice).goal_at is not None and run_of(bob).goal_at is None


def test_whoever_meets_a_goal_upstream_is_pulled_there() -> None:
    with clock.freeze(START):
        workflow = publish(room({}, pull={"when": VIP, "pull": True}))
        alice, bob = person("Alice"), person("Bob")
        triggers.enrol(workflow, [alice.pk])
        settle()
        tags.add([alice.pk, bob.pk], ["vip"])
        settle()
        assert path(alice) == ["n1", "n2", "n4", "n5"]
        visits = list(Visit.objects.filter(contact_id=alice.pk).order_by("nth").values_list("node", "port"))
        assert visits == [("n1", "next"), ("n2", "pulled"), ("n4", "next")]
        assert goals() == {"n4+goal": 1}
        tags.remove([alice.pk], ["vip"])
        tags.add([alice.pk], ["vip"])
        settle()
        assert path(alice) == ["n1", "n2", "n4", "n5"], "behind the goal nobody is pulled back"
        assert verify() == []


def test_a_goal_that_does_not_pull_or_is_switched_off_waits_for_people() -> None:
    with clock.freeze(START):
        for settings, enabled in (({"when": VIP, "pull": False}, True), ({"when": VIP, "pull": True}, False)):
            document = room({}, pull=settings)
            document["nodes"][3]["enabled"] = enabled
            workflow = publish(document)
            alice = person(f"Alice {enabled}", email=f"alice-{enabled}@example.com")
            triggers.enrol(workflow, [alice.pk])
            tags.add([alice.pk], ["vip"])
            settle()
            assert path(alice) == ["n1", "n2"]


def test_what_a_step_itself_does_is_seen_before_the_next_one() -> None:
    with clock.freeze(START):
        document = draw(
            {
                "n1": ("trigger", {"on": "manual"}),
                "n2": ("tag", {"add": ["vip"]}),
                "n3": ("tag", {"add": ["never"]}),
                "n4": ("goal", {"when": VIP, "pull": True}),
                "n5": ("wait", {"mode": "duration", "duration": "P1D"}),
            },
            ["n1 next n2", "n2 next n3", "n3 next n4", "n4 next n5"],
            {"goal": {"condition": VIP}},
        )
        alice = person("Alice")
        triggers.enrol(publish(document), [alice.pk])
        settle()
        assert path(alice) == ["n1", "n2", "n3", "n4", "n5"]
        assert Visit.objects.get(node="n3").port == "pulled"
        assert not alice.tags.filter(name="never").exists() and goals() == {"+goal": 1, "n4+goal": 1}
        assert run_of(alice).heard_at is None
        assert verify() == []


def test_while_paused_events_are_kept_and_decide_on_resume() -> None:
    from builder.actions.pause import pause
    from builder.actions.resume import resume

    with clock.freeze(START) as frozen:
        workflow = publish(room({"exit_when": VIP}))
        alice = person("Alice")
        triggers.enrol(workflow, [alice.pk])
        settle()
        pause(workflow)
        tags.add([alice.pk], ["vip"])
        settle()
        assert path(alice) == ["n1", "n2"] and run_of(alice).heard_at is not None
        frozen.advance("PT1H")
        resume(workflow)
        settle()
        assert run_of(alice).outcome == "left_audience"
        assert verify() == []


def test_a_change_of_a_segment_changes_what_is_watched() -> None:
    with clock.freeze(START):
        segment = Segment.objects.create(name="Lost", condition=VIP)
        publish(room({"exit_when": {"all": [{"fact": "segment", "is": segment.pk}]}}))
        assert set(Watch.objects.values_list("topic", flat=True)) == {"tag_added", "tag_removed"}
        segment.condition = BOUGHT
        segment.save()
        assert set(Watch.objects.values_list("topic", flat=True)) == {"purchase"}


def test_an_event_costs_one_cheap_statement_where_nobody_watches() -> None:
    with clock.freeze(START):
        publish(room({}))
        alice = person("Alice")
        with CaptureQueriesContext(connection) as captured:
            events.record(alice.pk, "purchase", {"value": 1})
        asked = [query["sql"] for query in captured if "engine_watch" in query["sql"]]
        assert len(asked) == 1 and asked[0].startswith("SELECT DISTINCT topic")


def test_a_batch_is_asked_once_for_each_condition() -> None:
    found = []
    with clock.freeze(START):
        workflow = publish(room({"exit_when": VIP, "goal": {"condition": BOUGHT}}, pull={"when": BOUGHT, "pull": True}))
        for turn, size in enumerate((2, 60)):
            crowd = Contact.objects.bulk_create([Contact(email=f"{turn}-{n}@example.com") for n in range(size)])
            triggers.enrol(workflow, [one.pk for one in crowd])
            settle()
            events.record_many([events.NewEvent(one.pk, "purchase", {"value": 1}) for one in crowd])
            with CaptureQueriesContext(connection) as captured:
                runner.advance(1000)
            found.append(len(captured))
            assert Run.objects.filter(contact__in=crowd, node="n5").count() == size
    assert found[0] == found[1], found


def test_the_hand_off_of_a_message_is_an_event_too_also_while_paused() -> None:
    from builder.actions.pause import pause
    from builder.actions.resume import resume
    from engine import answers, outbox
    from engine.messaging import delivery

    sent = {"all": [{"fact": "message", "node": "n3", "did": "sent"}]}
    with clock.freeze(START) as frozen:
        workflow = publish(room({"exit_when": sent}))
        alice, bob = person("Alice"), person("Bob")
        triggers.enrol(workflow, [alice.pk])
        settle()
        frozen.advance("P7D")
        settle()
        assert (run_of(alice).outcome, path(alice)) == ("left_audience", ["n1", "n2", "n3"])
        triggers.enrol(workflow, [bob.pk])
        settle()
        frozen.advance("P7D")
        runner.advance()
        results = delivery.deliver(delivery.claim(10, clock.now()))
        pause(workflow)
        with transaction.atomic():
            answers.go_on(outbox._answers(delivery.record(results)))
        assert path(bob) == ["n1", "n2", "n3"] and run_of(bob).heard_at is not None
        resume(workflow)
        settle()
        assert run_of(bob).outcome == "left_audience"
        assert verify() == []


def test_the_goal_of_those_held_out_is_measured_without_letting_them_in() -> None:
    from contacts import erasure

    with clock.freeze(START) as frozen:
        workflow = publish(room({"goal": {"event": "booked", "window": "P3D"}, "holdout": 90}))
        crowd = Contact.objects.bulk_create([Contact(email=f"h{n}@example.com") for n in range(30)])
        triggers.enrol(workflow, [one.pk for one in crowd])
        settle()
        held = list(Run.objects.filter(outcome="holdout").order_by("pk"))
        assert len(held) > 10
        first, late = held[0], held[1]
        for _ in range(2):
            events.record(first.contact_id, "booked")
            settle()
        frozen.advance("P4D")
        events.record(late.contact_id, "booked")
        settle()
        assert goals() == {"+goal_holdout": 1}
        assert not Visit.objects.filter(run_id=first.pk).exists()
        assert not Run.objects.filter(heard_at__isnull=False).exists()
        assert verify() == []
        erasure.erase([first.contact_id])
        assert verify() == []
