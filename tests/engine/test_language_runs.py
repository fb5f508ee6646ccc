"""What the language says of runs where no other test does: re-entry over versions, ends, depth, errors, erasure."""

from __future__ import annotations

from typing import Any

import pytest

from builder import drafts, publishing
from builder.actions.archive import archive
from builder.actions.end import end
from builder.actions.pause import pause
from builder.models import Workflow
from contacts import clock, erasure, events, tags
from contacts.models import Event, List
from engine import ending, outbox, retrying, runner, triggers
from engine.messaging import content, delivery, writing
from engine.messaging.models import Message, Status
from engine.messaging.senders import catcher
from engine.messaging.senders.base import Outcome
from engine.models import Counter, Refusal, Run, RunStatus, Visit
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db

START = "2026-11-23T08:00:00+00:00"


@pytest.fixture
def frozen() -> Any:
    with clock.freeze(START) as still:
        yield still


@pytest.fixture
def letter(db: Any) -> int:
    return content.create(name="News", subject="News", html="<p>Hello</p>").pk


def room(**settings: object) -> dict[str, Any]:
    return draw(
        {
            "n1": ("trigger", {"on": "purchase"}),
            "n2": ("wait", {"mode": "duration", "duration": "P1D"}),
            "n3": ("exit", {"outcome": "completed"}),
        },
        ["n1 next n2", "n2 next n3"],
        dict(settings),
    )


def publish_again(workflow: Workflow, document: dict[str, Any]) -> None:
    drafts.save(workflow.pk, document, revision=workflow.revision, user=None)
    publishing.publish(workflow, user=None)
    workflow.refresh_from_db()


def buy(contact: Any, order: str = "1") -> None:
    events.record(contact.pk, "purchase", {"order_id": order})
    settle()


def reasons() -> list[str]:
    return list(Refusal.objects.order_by("pk").values_list("reason", flat=True))


# --- re-entry counts all runs over all versions -------------------------------------------------


@pytest.mark.parametrize("before", ["after_exit", "restart", "each_key"])
def test_once_counts_the_runs_of_versions_with_another_rule(before: str, frozen: Any) -> None:
    workflow, alice = publish(room(reentry=before, key="event.order_id")), person()
    buy(alice)
    frozen.advance("P2D")
    settle()
    publish_again(workflow, room(reentry="once"))
    buy(alice, "2")
    assert Run.objects.count() == 1
    assert reasons() == ["once"]


@pytest.mark.parametrize("before", ["once", "each_key"])
def test_after_exit_waits_for_runs_of_versions_with_another_rule(before: str, frozen: Any) -> None:
    workflow, alice = publish(room(reentry=before, key="event.order_id")), person()
    buy(alice)
    publish_again(workflow, room(reentry="after_exit"))
    buy(alice, "2")
    assert (Run.objects.count(), reasons()) == (1, ["inside"])
    frozen.advance("P2D")
    settle()
    buy(alice, "3")
    assert Run.objects.count() == 2
    assert verify() == []


def test_a_restart_ends_the_run_of_a_version_with_another_rule(frozen: Any) -> None:
    workflow, alice = publish(room(reentry="once")), person()
    buy(alice)
    publish_again(workflow, room(reentry="restart"))
    buy(alice)
    assert [run.outcome for run in Run.objects.order_by("pk")] == ["restarted", ""]
    assert verify() == []


def test_cancelled_runs_count_too_and_the_cooldown_runs_from_their_end(frozen: Any) -> None:
    publish(room(reentry="after_exit", cooldown="P2D", max_entries=2))
    alice = person()
    buy(alice)
    for moments in ("PT1H", "P1D", "P1D", "P3D"):
        ending.end(list(Run.objects.filter(status=RunStatus.ACTIVE).values_list("pk", flat=True)), "cancelled")
        frozen.advance(moments)
        buy(alice)
    assert reasons() == ["cooldown", "cooldown", "max_entries"]
    assert [run.outcome for run in Run.objects.order_by("pk")] == ["cancelled", "cancelled"]


def test_triggers_see_the_contact_as_it_is_when_the_event_is_handled(frozen: Any) -> None:
    document = room()
    document["nodes"][0]["settings"]["filter"] = {"fact": "tag", "is": "vip"}
    publish(document)
    alice, bob = person("Alice"), person("Bob")
    tags.add([bob.pk], ["vip"])
    for contact in (alice, bob):
        events.record(contact.pk, "purchase")
    tags.add([alice.pk], ["vip"])
    tags.remove([bob.pk], ["vip"])
    settle()
    assert path(alice) == ["n1", "n2"]
    assert not Run.objects.filter(contact=bob).exists()


def test_the_end_of_entries_leaves_people_inside_alone(frozen: Any) -> None:
    publish(room(ends_at="2026-11-23T12:00:00Z"))
    alice, bob = person("Alice"), person("Bob")
    buy(alice)
    frozen.advance("PT5H")
    buy(bob)
    assert (path(alice), reasons()) == (["n1", "n2"], ["over"])
    frozen.advance("P1D")
    settle()
    assert run_of(alice).outcome == "completed"


def test_a_way_out_that_leads_nowhere_ends_the_run(frozen: Any) -> None:
    publish(draw({"n1": ("trigger", {"on": "purchase"}), "n2": ("tag", {"add": ["vip"]})}, ["n1 next n2"]))
    alice = person()
    buy(alice)
    assert (run_of(alice).outcome, path(alice)) == ("end", ["n1", "n2"])
    assert verify() == []


# --- ends -----------------------------------------------------------------------------------------


def mailing(letter: int, **settings: object) -> dict[str, Any]:
    return draw(
        {
            "n1": ("trigger", {"on": "purchase"}),
            "n2": ("email", {"content": letter}),
            "n3": ("wait", {"mode": "duration", "duration": "P1D"}),
        },
        ["n1 next n2", "n2 next n3"],
        dict(settings),
    )


def by_hand(workflow: Workflow, contact: Any) -> str:
    ending.end([run_of(contact).pk], "cancelled")
    return "cancelled"


def by_restart(workflow: Workflow, contact: Any) -> str:
    events.record(contact.pk, "purchase")
    triggers.handle()
    return "restarted"


def by_another(workflow: Workflow, contact: Any) -> str:
    leave = draw(
        {"n1": ("trigger", {"on": "manual"}), "n2": ("leave_workflow", {"workflow": workflow.pk})}, ["n1 next n2"]
    )
    triggers.enrol(publish(leave, "Out"), [contact.pk])
    runner.advance()
    return "removed"


def by_the_end_of_all(workflow: Workflow, contact: Any) -> str:
    end(workflow)
    return "workflow_ended"


def by_the_end_of_all_after_a_pause(workflow: Workflow, contact: Any) -> str:
    if workflow.status == Workflow.Status.LIVE:
        pause(workflow)
        workflow.refresh_from_db()
    end(workflow)
    return "workflow_ended"


ENDS = [by_hand, by_restart, by_another, by_the_end_of_all, by_the_end_of_all_after_a_pause]


@pytest.mark.parametrize("ends", ENDS)
def test_any_end_cancels_what_is_not_claimed_and_what_is_claimed_finishes(ends: Any, letter: int, frozen: Any) -> None:
    workflow = publish(mailing(letter, reentry="restart"))
    alice, bob = person("Alice"), person("Bob")
    events.record(alice.pk, "purchase")
    triggers.handle()
    runner.advance()
    claimed = delivery.claim(10, clock.now())
    events.record(bob.pk, "purchase")
    triggers.handle()
    runner.advance()
    first = {contact: run_of(contact) for contact in (alice, bob)}
    for contact in (alice, bob):
        outcome = ends(workflow, contact)
        run = Run.objects.get(pk=first[contact].pk)
        assert (run.outcome, run.status != RunStatus.ACTIVE) == (outcome, True)
    delivery.record(delivery.deliver(claimed))
    sent = {message.run_id: message.status for message in Message.objects.all()}
    assert sent[first[alice].pk] == Status.ACCEPTED
    assert sent[first[bob].pk] == Status.CANCELLED
    assert verify() == []


@pytest.mark.parametrize("answer", ["busy", "paused"])
def test_what_could_not_go_when_its_run_ended_is_not_tried_again(
    answer: str, letter: int, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claimed, so the end did not cancel it; but it has not left, and nobody wants it any more."""
    workflow, alice = publish(mailing(letter)), person()
    events.record(alice.pk, "purchase")
    triggers.handle()
    runner.advance()

    def deliver(sender: Any, letters: Any) -> Any:
        ending.end([run_of(alice).pk], "cancelled")
        for one in letters:
            yield Outcome(one, Status.PLANNED, clock.now(), error="421 later")

    if answer == "busy":
        monkeypatch.setattr(catcher.CatcherSender, "deliver", deliver)
    else:
        write = writing.write

        def too_late(*asked: Any) -> Any:
            pause(workflow)
            ending.end([run_of(alice).pk], "cancelled")
            return write(*asked)

        monkeypatch.setattr(delivery, "write", too_late)
    outbox.tick()
    assert Message.objects.get().status == Status.CANCELLED
    assert verify() == []


def test_what_is_sent_again_by_hand_after_the_end_is_tried_again(
    letter: int, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow, alice = publish(mailing(letter)), person()
    says = Status.REJECTED

    def deliver(sender: Any, letters: Any) -> Any:
        for one in letters:
            yield Outcome(one, says, clock.now(), error="no")

    monkeypatch.setattr(catcher.CatcherSender, "deliver", deliver)
    buy(alice)
    frozen.advance("P2D")
    settle()
    frozen.advance("PT1M")
    assert retrying.retry_at(workflow.pk, "n2").issued == 1
    says = Status.PLANNED
    settle()
    message = Message.objects.get()
    assert (message.status, message.not_before > clock.now()) == (Status.PLANNED, True)


def test_ending_a_workflow_ends_it_for_everybody_and_then_it_can_be_archived(frozen: Any) -> None:
    workflow = publish(room())
    people = [person(name) for name in ("Alice", "Bob", "Charlie")]
    for contact in people:
        buy(contact)
    end(workflow)
    assert set(Run.objects.values_list("outcome", flat=True)) == {"workflow_ended"}
    assert Counter.objects.get(node="n2", port="removed").n == 3
    buy(person("Dana"))
    assert Run.objects.count() == 3
    assert archive(workflow).status == Workflow.Status.ARCHIVED
    frozen.advance("P2D")
    settle()
    assert path(people[0]) == ["n1", "n2"]
    assert verify() == []


# --- causation ------------------------------------------------------------------------------------

CAUSES: dict[str, dict[str, Any]] = {
    "tag": {"add": ["vip"]},
    "list": {"add": ["news"]},
    "update_contact": {"changes": [{"field": "language", "op": "set", "value": "pl"}], "score": 5},
    "consent": {"subject": "sms", "state": "out", "basis": "Asked on the phone"},
    "event": {"name": "called"},
    "exit": {"outcome": "completed", "tags": ["done"]},
}


@pytest.mark.parametrize("kind", CAUSES)
def test_what_a_run_causes_is_one_deeper_than_the_run(kind: str, frozen: Any) -> None:
    List.objects.create(name="News", slug="news")
    publish(draw({"n1": ("trigger", {"on": "purchase"}), "n2": (kind, CAUSES[kind])}, ["n1 next n2"]))
    alice = person()
    came = events.record(alice.pk, "purchase", depth=4)
    settle()
    assert run_of(alice).depth == 4
    caused = Event.objects.filter(pk__gt=came)
    assert {event.depth for event in caused} == {5}, [event.name for event in caused]


def test_a_workflow_that_starts_itself_by_its_own_message_comes_to_an_end(letter: int, frozen: Any) -> None:
    document = mailing(letter, reentry="each_key", key="event.message")
    document["nodes"][0]["settings"] = {"on": "message_event", "did": "sent"}
    document["nodes"].append({**document["nodes"][0], "id": "n0", "settings": {"on": "purchase"}})
    document["edges"].append({"id": "e9", "source": "n0", "port": "next", "target": "n2"})
    workflow, alice = publish(document), person()
    triggers.enrol(workflow, [alice.pk], key="first")
    settle()
    assert sorted(run.depth for run in Run.objects.all()) == list(range(11))
    assert reasons() == ["loop"]
    assert Message.objects.filter(status=Status.ACCEPTED).count() == 11


# --- erasure and counters -------------------------------------------------------------------------


def test_the_erased_are_tallied_where_they_waited_and_where_they_had_passed(letter: int, frozen: Any) -> None:
    publish(mailing(letter))
    alice, bob = person("Alice"), person("Bob")
    for contact in (alice, bob):
        buy(contact)
    erasure.erase([alice.pk])
    assert {(row.node, row.port): row.n for row in Counter.objects.filter(port__in=["+entered", "+erased"])} == {
        ("n1", "+entered"): 2,
        ("n2", "+entered"): 2,
        ("n3", "+entered"): 2,
        ("n3", "+erased"): 1,
    }
    for model in (Run, Visit, Message):
        assert set(model.objects.values_list("contact_id", flat=True)) == {bob.pk}
    assert verify() == []
    frozen.advance("P2D")
    settle()
    assert verify() == []


def test_who_is_erased_while_their_message_is_under_way_leaves_a_sound_record(letter: int, frozen: Any) -> None:
    publish(mailing(letter))
    alice = person()
    events.record(alice.pk, "purchase")
    triggers.handle()
    runner.advance()
    claimed = delivery.claim(10, clock.now())
    results = delivery.deliver(claimed)
    erasure.erase([alice.pk])
    assert delivery.record(results) == []
    settle()
    assert not Run.objects.exists() and not Message.objects.exists()
    assert verify() == []
