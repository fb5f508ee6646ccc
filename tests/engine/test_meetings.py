"""Where two parts of the engine meet: what one of them writes, the other must see, and nobody is forgotten between them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from builder import drafts, publishing
from builder.models import Workflow
from contacts import clock, consents, events, tags
from contacts.merge import merge
from contacts.models import Workspace
from engine import ending, hurry, outbox, retrying, runner, stopping, triggers, work
from engine.messaging import content, delivery, plan
from engine.messaging.models import Message, Status
from engine.models import Counter, Effect, Move, Run, RunStatus, Visit
from engine.models.effect import EffectStatus
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

START = "2026-11-23T09:00:00+00:00"
Nodes = dict[str, tuple[str, dict[str, Any]]]


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


def test_who_is_to_leave_when_a_message_is_not_sent_leaves(letter: int, frozen: Any) -> None:
    """Refused when it was to go out after the quiet hours."""
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
    alice = person(consents_to=["email"])
    events.record(alice.pk, "contact_added")
    settle()
    consents.set([alice.pk], "email", "out", source="test")
    frozen.advance("PT5H")
    settle()
    assert run_of(alice).outcome == "left_audience"
    assert verify() == []


LETTER_AND_WAIT = ["n1 next n2", "n2 next n3"]


def newsletter(letter: int, **settings: Any) -> Workflow:
    nodes: Nodes = {
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
    workflow, deliver = newsletter(letter), delivery.deliver
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

    monkeypatch.setattr(delivery, "deliver", slowly)
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
    write = plan.plan

    def fails_for_bob(rows: Any) -> Any:
        if any(row.contact_id == bob.pk for row in rows):
            raise ValueError("cannot be written")
        return write(rows)

    monkeypatch.setattr(plan, "plan", fails_for_bob)
    for one in (bob, alice):
        events.record(one.pk, "contact_added")
    settle()
    assert path(alice) == ["n1", "n2", "n3"]
    for _ in range(2):
        frozen.advance("PT1M")
        settle()
    assert run_of(bob).status == RunStatus.FAILED
    assert verify() == []


def test_a_move_that_waits_for_a_message_lets_the_clock_go_on(letter: int, frozen: Any) -> None:
    """The message waits for its hour and the move for the message: nothing is due until then."""
    workflow = newsletter(letter, quiet_hours={"from": "06:00", "to": "12:00", "zone": "workspace"})
    alice = person()
    events.record(alice.pk, "contact_added")
    settle()
    drafts.save(workflow.pk, {**workflow.draft, "settings": {}}, revision=workflow.revision, user=None)
    publishing.publish(workflow, user=None, people_inside="move")
    settle()
    assert not work.engine_is_due()
    frozen.advance("PT5H")
    settle()
    assert path(alice)[:2] == ["n1", "n2"] and run_of(alice).node == "n3"
    assert not Move.objects.filter(done=False).exists()


def test_who_waits_under_an_older_version_for_the_end_of_another_workflow_hears_of_it(frozen: Any) -> None:
    other = publish(
        draw(
            {"c1": ("trigger", {"on": "manual"}), "c2": ("wait", {"mode": "duration", "duration": "P1D"})},
            ["c1 next c2"],
        )
    )
    left = {"all": [{"fact": "workflow", "is": other.pk, "did": "finished"}]}
    nodes: Nodes = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("wait_until", {"branches": [{"port": "b1", "when": left}], "timeout": "P30D"}),
        "n3": ("wait", {"mode": "duration", "duration": "P5D"}),
    }
    workflow = publish(draw(nodes, ["n1 next n2", "n2 b1 n3"]))
    alice = person()
    triggers.enrol(other, [alice.pk])
    triggers.enrol(workflow, [alice.pk])
    settle()
    without = draw({"n1": nodes["n1"], "n3": nodes["n3"]}, ["n1 next n3"])
    drafts.save(workflow.pk, without, revision=workflow.revision, user=None)
    publishing.publish(workflow, user=None)
    frozen.advance("P1D")
    settle()
    assert run_of(alice).node == "n3"
    assert verify() == []


def test_a_goal_reached_just_before_somebody_was_taken_out_is_not_the_holdout_groups(frozen: Any) -> None:
    nodes: Nodes = {"n1": ("trigger", {"on": "manual"}), "n2": ("wait", {"mode": "duration", "duration": "P5D"})}
    goal = {"condition": {"all": [{"fact": "tag", "is": "won"}]}, "on": "count"}
    workflow = publish(draw(nodes, ["n1 next n2"], {"goal": goal}))
    alice = person()
    triggers.enrol(workflow, [alice.pk])
    settle()
    with hurry.held():
        tags.add([alice.pk], ["won"])
    with transaction.atomic():
        ending.end([run_of(alice).pk], "cancelled")
    settle()
    counted = dict(Counter.objects.filter(node="").values_list("port", "n"))
    assert counted == {"+goal": 1}
    assert verify() == []


def test_a_failed_run_whose_slot_went_to_another_in_a_merge_stays_closed(frozen: Any) -> None:
    nodes: Nodes = {"n1": ("trigger", {"on": "manual"}), "n2": ("exit", {"outcome": "completed"})}
    workflow = publish(draw(nodes, ["n1 next n2"]))
    keep, drop, bob = person(), person("Anna"), person("Bob")
    triggers.enrol(workflow, [keep.pk, drop.pk, bob.pk])
    settle()
    # As a step that fails would leave them.
    Run.objects.filter(contact__in=[drop, bob]).update(status=RunStatus.FAILED, outcome="failed", error="broken")
    merge(keep.pk, drop.pk)
    failed = list(Run.objects.filter(status=RunStatus.FAILED).values_list("pk", flat=True))
    assert len(failed) == 2
    assert retrying.retry(failed).opened == 1


def test_an_effect_that_nobody_can_carry_out_is_given_up(frozen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(payload: dict[str, Any], contacts: Any) -> str:
        raise KeyError("audience")

    monkeypatch.setitem(outbox._carriers, "audience", broken)
    nodes: Nodes = {"n1": ("trigger", {"on": "manual"}), "n2": ("audience", {"audience": "VIP"})}
    workflow = publish(draw(nodes, ["n1 next n2"]))
    alice = person()
    triggers.enrol(workflow, [alice.pk])
    for _ in range(6):
        settle()
        frozen.advance("PT1H")
    assert run_of(alice).status != RunStatus.ACTIVE
    assert Effect.objects.get().status == EffectStatus.REJECTED


def test_a_slow_advertiser_gets_what_there_is_time_for(frozen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond that a lease would run out while its call waits for others: carried out twice, and a try lost each time."""
    at, carried = [0.0], []

    def slowly(payload: dict[str, Any], contacts: Any) -> str:
        at[0] += outbox.BEGIN_WITHIN_S + 1
        carried.append(payload["audience"])
        return ""

    nodes: Nodes = {"n1": ("trigger", {"on": "manual"}), "n2": ("audience", {"audience": "VIP"})}
    workflows = [
        publish(draw({**nodes, "n2": ("audience", {"audience": name})}, ["n1 next n2"]), name)
        for name in ("VIP", "Lost")
    ]
    alice = person()
    for workflow in workflows:
        triggers.enrol(workflow, [alice.pk])
    runner.advance()
    runner.advance()
    monkeypatch.setitem(outbox._carriers, "audience", slowly)
    monkeypatch.setattr(outbox.time, "monotonic", lambda: at[0])
    assert outbox.carry_out(10) == 2
    left = Effect.objects.get(status=EffectStatus.PLANNED)
    assert (carried, left.attempts, left.lease_until) == (["VIP"], 0, None)
    assert outbox.carry_out(10) == 1
    assert carried == ["VIP", "Lost"]
    assert verify() == []


def test_what_comes_by_a_merge_wakes_who_waits_for_it_and_is_watched(frozen: Any) -> None:
    def vip(name: str) -> dict[str, Any]:
        return {"all": [{"fact": "tag", "is": name}]}

    nodes: Nodes = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("wait_until", {"branches": [{"port": "b1", "when": vip("vip")}], "timeout": "P30D"}),
        "n3": ("wait", {"mode": "duration", "duration": "P5D"}),
    }
    waited = publish(draw(nodes, ["n1 next n2", "n2 b1 n3"]), "Waited")
    watched = publish(
        draw({"n1": nodes["n1"], "n3": nodes["n3"]}, ["n1 next n3"], {"exit_when": vip("gone")}), "Watched"
    )
    keep, drop = person(), person("Anna")
    triggers.enrol(waited, [keep.pk])
    triggers.enrol(watched, [keep.pk])
    settle()
    tags.add([drop.pk], ["vip", "gone"])
    settle()
    merge(keep.pk, drop.pk)
    settle()
    assert Run.objects.get(workflow=waited).node == "n3"
    assert Run.objects.get(workflow=watched).outcome == "left_audience"
    assert verify() == []


@pytest.mark.parametrize("cancelled", [False, True])
def test_what_a_pause_holds_takes_no_place_under_the_cap(letter: int, frozen: Any, cancelled: bool) -> None:
    workspace = Workspace.current()
    workspace.frequency_cap = [{"channel": "email", "n": 1, "per": "P1D"}]
    workspace.save()
    first = newsletter(letter)
    alice = person()
    events.record(alice.pk, "contact_added")
    triggers.handle()
    runner.advance()  # it has its place
    second = publish(
        draw({"n1": ("trigger", {"on": "event", "name": "ask"}), "n2": ("email", {"content": letter})}, ["n1 next n2"]),
        "Second",
    )
    if cancelled:
        with hurry.held():
            events.record(alice.pk, "ask")
        triggers.handle()
        runner.advance()
        assert Message.objects.get(workflow_id=second.pk).reason == "capped"
        stopping.stop(first)
        stopping.cancel(first)
    else:
        stopping.stop(first)
        events.record(alice.pk, "ask")
    settle()
    assert Message.objects.get(workflow_id=second.pk).status == Status.ACCEPTED
    if not cancelled:  # which now has to wait in its turn
        stopping.release(first)
        settle()
        assert Message.objects.get(workflow_id=first.pk).reason == "capped"
