"""What a publish keeps for the people whom it takes along: arms, loops, retries, look-backs, and what is on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from builder import drafts, publishing
from builder.actions import schedule
from builder.actions.restore import restore
from builder.models import Workflow
from contacts import clock, events, tags
from contacts.models import Contact
from engine import moving, runner, triggers
from engine.messaging import content, delivery
from engine.messaging.models import Message, Status
from engine.models import Move, Run, Visit
from engine.steps import split
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle
from tests.engine.test_moving import republish, room

pytestmark = pytest.mark.django_db

START = "2026-11-23T08:00:00+00:00"
DAY = {"mode": "duration", "duration": "P1D"}
WEEK = {"mode": "duration", "duration": "P7D"}
VIP = {"all": [{"fact": "tag", "is": "vip"}]}
Nodes = dict[str, tuple[str, dict[str, Any]]]


def save(workflow: Workflow, document: dict[str, Any]) -> None:
    workflow.refresh_from_db()
    drafts.save(workflow.pk, document, revision=workflow.revision, user=None)
    workflow.refresh_from_db()


def publish_move(workflow: Workflow, document: dict[str, Any], **how: Any) -> None:
    """As `republish`, but nothing is worked off."""
    save(workflow, document)
    publishing.publish(workflow, user=None, people_inside="move", **how)


def enrolled(document: dict[str, Any], name: str = "Alice") -> tuple[Workflow, Contact]:
    workflow = publish(document)
    contact = person(name)
    triggers.enrol(workflow, [contact.pk])
    settle()
    return workflow, contact


# --- arms, loops, retries -------------------------------------------------------------------------------------------------
def looping_split(weight: float, loops: int = 3) -> dict[str, Any]:
    arms = [{"port": "a", "name": "A", "weight": weight}, {"port": "b", "name": "B", "weight": 100 - weight}]
    nodes: Nodes = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("split", {"arms": arms, "sticky": True}),
        "n3": ("wait", DAY),
        "n4": ("go_to", {"target": "n2", "max_loops": loops}),
    }
    return draw(nodes, ["n1 next n2", "n2 a n3", "n2 b n3", "n3 next n4"])


def test_a_change_of_weights_moves_only_newcomers() -> None:
    with clock.freeze(START) as frozen:
        workflow, alice = enrolled(looping_split(100))
        republish(workflow, looping_split(0), people_inside="move")
        workflow.refresh_from_db()
        bob = person("Bob")
        triggers.enrol(workflow, [bob.pk])
        frozen.advance("P1D")
        settle()
        ports = Visit.objects.filter(node="n2").order_by("pk")
        assert list(ports.filter(contact_id=alice.pk).values_list("port", flat=True)) == ["a", "a"]
        assert list(ports.filter(contact_id=bob.pk).values_list("port", flat=True)) == ["b"]
        assert verify() == []


def test_who_asks_for_the_way_before_asks_only_after_a_change_of_weights() -> None:
    workflow = publish(looping_split(50))
    first = workflow.live_version_id or 0
    assert split.weighed_otherwise(first, "n2") == ()
    republish(workflow, looping_split(50, loops=5))
    workflow.refresh_from_db()
    assert split.weighed_otherwise(workflow.live_version_id or 0, "n2") == ()
    republish(workflow, looping_split(60))
    workflow.refresh_from_db()
    assert len(split.weighed_otherwise(workflow.live_version_id or 0, "n2")) == 2


def test_loops_that_were_made_count_on() -> None:
    with clock.freeze(START) as frozen:
        workflow, alice = enrolled(looping_split(50))
        for _ in range(2):
            frozen.advance("P1D")
            settle()
        republish(workflow, looping_split(50, loops=2), people_inside="move")
        frozen.advance("P1D")
        settle()
        assert Visit.objects.filter(node="n4").order_by("nth").last().port == "done"
        assert run_of(alice).outcome == "end"
        assert verify() == []


def test_attempts_at_a_step_count_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.freeze(START):
        workflow, alice = enrolled(room("P3D").copy() | {"settings": {}})
        Run.objects.filter(contact=alice).update(attempts=2)
        republish(workflow, room("P2D"), people_inside="move")
        assert run_of(alice).attempts == 2


# --- waits and look-back -----------------------------------------------------------------------------------------------------
def waiting(timeout: str, tag: str = "vip") -> dict[str, Any]:
    branch = {"port": "b1", "name": "Yes", "when": {"all": [{"fact": "tag", "is": tag}]}}
    nodes: Nodes = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("wait_until", {"branches": [branch], "timeout": timeout}),
        "n3": ("exit", {"outcome": "yes"}),
        "n4": ("exit", {"outcome": "no"}),
    }
    return draw(nodes, ["n1 next n2", "n2 b1 n3", "n2 timeout n4"])


def test_what_happened_before_the_move_counts_for_a_branch_that_is_new() -> None:
    with clock.freeze(START) as frozen:
        workflow, alice = enrolled(waiting("P7D"))
        frozen.advance("P1D")
        tags.add([alice.pk], ["gold"])
        settle()
        republish(workflow, waiting("P7D", tag="gold"), people_inside="move")
        assert run_of(alice).outcome == "yes"
        assert verify() == []


def test_subscriptions_follow_the_new_drawing_and_a_shorter_limit_is_up_at_once() -> None:
    with clock.freeze(START) as frozen:
        workflow, alice = enrolled(waiting("P7D"))
        bob = person("Bob")
        frozen.advance("P2D")
        triggers.enrol(workflow, [bob.pk])
        settle()
        republish(workflow, waiting("P2D", tag="gold"), people_inside="move")
        assert run_of(alice).outcome == "no"
        tags.add([bob.pk], ["vip"])
        settle()
        assert path(bob)[-1] == "n2"
        tags.add([bob.pk], ["gold"])
        settle()
        assert run_of(bob).outcome == "yes"
        assert verify() == []


# --- on its way ----------------------------------------------------------------------------------------------------------------
def mailing(subject: str | None = "Hello", before: dict[str, Any] | None = None) -> Callable[[], dict[str, Any]]:
    mail = content.create(name="Hello", subject="Hello", html="<p>Hello</p>").pk

    def drawn(subject: str | None = subject) -> dict[str, Any]:
        nodes: Nodes = {"n1": ("trigger", {"on": "manual"}), "n3": ("wait", WEEK)}
        if subject is None:
            return draw(nodes, ["n1 next n3"])
        nodes["n2"] = ("email", {"content": mail, "subject": subject, "purpose": "transactional"})
        return draw(nodes, ["n1 next n2", "n2 next n3"])

    return drawn  # type: ignore[return-value]


def test_a_claimed_message_finishes_first_and_is_not_sent_again() -> None:
    with clock.freeze(START):
        drawn: Any = mailing()
        workflow = publish(drawn())
        alice = person("Alice")
        triggers.enrol(workflow, [alice.pk])
        runner.advance()
        claimed = delivery.claim(10, clock.now())
        publish_move(workflow, drawn("Changed"))
        assert moving.work() is False and run_of(alice).version.number == 1
        delivery.record(delivery.deliver(claimed))
        Run.objects.update(due_at=clock.now(), result=Status.ACCEPTED)
        assert moving.work() is False, "it has its answer: it goes on before it is moved"
        settle()
        assert path(alice) == ["n1", "n2", "n3", "n3"] and run_of(alice).version.number == 2
        assert Message.objects.count() == 1
        assert verify() == []


@pytest.mark.parametrize("status", [Status.PLANNED, Status.HELD])
def test_what_nobody_has_taken_is_sent_as_it_is_drawn_by_then_or_not_at_all(status: Status) -> None:
    with clock.freeze(START):
        drawn: Any = mailing()
        for change, target in (("Changed", None), (None, "n3"), (None, None)):
            workflow = publish(drawn("First"))
            alice = person(f"a{change}{target}".lower())
            triggers.enrol(workflow, [alice.pk])
            runner.advance()
            mine = Message.objects.filter(contact=alice)
            mine.update(status=status)
            publish_move(workflow, drawn(change), deleted={"n2": target})
            assert moving.work() is True
            assert [one.status for one in mine] == [Status.CANCELLED]
            settle()
            if change:
                assert path(alice) == ["n1", "n2", "n2", "n3"]
                assert mine.latest("pk").status == Status.ACCEPTED and mine.all().count() == 2
            elif target:
                assert path(alice) == ["n1", "n2", "n3"] and mine.all().count() == 1
            else:
                assert run_of(alice).outcome == "removed_by_edit" and mine.count() == 1
        assert verify() == []


def test_at_a_step_that_is_as_it_was_what_is_planned_is_sent_first() -> None:
    with clock.freeze(START):
        drawn: Any = mailing()
        workflow = publish(drawn("First"))
        alice = person("Alice")
        triggers.enrol(workflow, [alice.pk])
        runner.advance()
        changed = drawn("First")
        changed["nodes"][1]["settings"] = DAY
        publish_move(workflow, changed)
        assert moving.work() is False and Message.objects.get().status == Status.PLANNED
        settle()
        assert path(alice) == ["n1", "n2", "n3", "n3"] and Message.objects.get().status == Status.ACCEPTED
        assert verify() == []


def test_one_workflow_whose_people_cannot_move_yet_holds_up_no_other() -> None:
    with clock.freeze(START):
        drawn: Any = mailing()
        stuck = publish(drawn())
        alice = person("Alice")
        triggers.enrol(stuck, [alice.pk])
        runner.advance()
        delivery.claim(10, clock.now())
        publish_move(stuck, drawn("Changed"))
        other, bob = publish(room("P3D"), "Other"), person("Bob")
        triggers.enrol(other, [bob.pk])
        runner.advance()
        publish_move(other, room("P2D"))
        while moving.work():
            pass
        assert run_of(bob).version.number == 2 and Move.objects.filter(done=False).count() == 1


# --- watches, kinds, schedule, rollback ------------------------------------------------------------------------------------------
def watched(**settings: Any) -> dict[str, Any]:
    nodes: Nodes = {"n1": ("trigger", {"on": "manual"}), "n2": ("wait", WEEK)}
    return draw(nodes, ["n1 next n2"], settings)


def test_watches_follow_the_new_version() -> None:
    with clock.freeze(START):
        workflow, alice = enrolled(watched(exit_when=VIP))
        republish(workflow, watched(goal={"event": "booked", "on": "exit"}), people_inside="move")
        tags.add([alice.pk], ["vip"])
        settle()
        assert path(alice)[-1] == "n2"
        events.record(alice.pk, "booked")
        settle()
        assert run_of(alice).outcome == "goal"
        assert verify() == []


def test_who_finishes_the_old_version_is_watched_by_it() -> None:
    with clock.freeze(START):
        workflow, alice = enrolled(watched(exit_when=VIP))
        republish(workflow, watched(), people_inside="finish_old")
        tags.add([alice.pk], ["vip"])
        settle()
        assert run_of(alice).outcome == "left_audience"


def test_a_goal_that_was_reached_is_not_counted_again_after_the_move() -> None:
    with clock.freeze(START):
        workflow, alice = enrolled(watched(goal={"event": "booked"}))
        events.record(alice.pk, "booked")
        settle()
        republish(workflow, watched(goal={"event": "booked", "on": "exit"}), people_inside="move")
        events.record(alice.pk, "booked")
        settle()
        assert path(alice)[-1] == "n2"
        assert verify() == []


def test_a_step_whose_kind_changed_counts_as_deleted() -> None:
    with clock.freeze(START):
        workflow, alice = enrolled(room("P3D"))
        document = room("P3D")
        document["nodes"][1] |= {"kind": "tag", "settings": {"add": ["seen"]}}
        republish(workflow, document, people_inside="move", deleted={"n2": "n3"})
        assert path(alice) == ["n1", "n2", "n3"]
        assert Visit.objects.get(port="moved").why == [["moved", 1, 2]]
        assert verify() == []


def test_a_scheduled_publish_moves_people_when_it_is_due() -> None:
    from datetime import timedelta

    with clock.freeze(START) as frozen:
        workflow, alice = enrolled(room("P3D"))
        save(workflow, room("P1D"))
        schedule.schedule(workflow, at=clock.now() + timedelta(days=2), user=None, people_inside="move")
        frozen.advance("P1D")
        assert schedule.publish_due() == 0
        frozen.advance("P1D")
        assert schedule.publish_due() == 1
        settle()
        assert path(alice) == ["n1", "n2", "n2", "n3"]
        assert verify() == []


def test_an_older_version_is_written_into_the_draft_and_published_again() -> None:
    with clock.freeze(START) as frozen:
        workflow, alice = enrolled(room("P3D"))
        republish(workflow, room("P7D"), people_inside="move")
        workflow.refresh_from_db()
        restore(workflow.versions.get(number=1), user=None)
        workflow.refresh_from_db()
        assert workflow.draft == workflow.versions.get(number=1).document
        publishing.publish(workflow, user=None, people_inside="move")
        settle()
        assert run_of(alice).version.number == 3
        frozen.advance("P3D")
        settle()
        assert path(alice)[-1] == "n3"
        assert verify() == []
