"""One workflow into another: started, gone over to, called and come back from; taken out of. Never round and round for ever."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from builder.actions.archive import archive
from builder.actions.create import create
from builder.actions.end import end
from builder.graph import parse
from builder.models import Workflow
from builder.names import DocumentNames
from builder.validation import problems
from contacts import clock
from contacts.models import Contact
from engine import ending, history, triggers
from engine.models import Refusal, Run, RunStatus, Visit
from engine.verify import verify
from tests.engine.kit import draw, person, publish, settle

pytestmark = pytest.mark.django_db

START = "2026-11-23T08:00:00+00:00"
DAY = {"mode": "duration", "duration": "P1D"}


def child(reentry: str = "after_exit", trigger: dict[str, Any] | None = None, **settings: Any) -> Workflow:
    nodes: dict[str, tuple[str, dict[str, Any]]] = {
        "c1": ("trigger", trigger or {"on": "from_workflow"}),
        "c2": ("wait", DAY),
        "c3": ("exit", {"outcome": "converted"}),
    }
    return publish(draw(nodes, ["c1 next c2", "c2 next c3"], {"reentry": reentry, **settings}), "Child")


def parent(target: int | None, mode: str, kind: str = "enter_workflow", **settings: Any) -> dict[str, Any]:
    own = {"workflow": target, "mode": mode, **settings} if kind == "enter_workflow" else {"workflow": target}
    return draw(
        {
            "n1": ("trigger", {"on": "manual"}),
            "n2": (kind, own),
            "n3": ("wait", {"mode": "duration", "duration": "P7D"}),
            "n4": ("tag", {"add": ["late"]}),
        },
        ["n1 next n2", "n2 next n3", *(["n2 timeout n4"] if mode == "call" else [])],
        {"reentry": "after_exit"},
    )


def inside(contact: Contact) -> dict[str, str]:
    """Workflow -> where the contact is in it, or how its newest run there ended."""
    return {
        run.workflow.name: run.node if run.status == RunStatus.ACTIVE else run.outcome
        for run in Run.objects.filter(contact=contact).order_by("pk").select_related("workflow")
    }


def why(contact: Contact, node: str) -> str:
    run = Run.objects.filter(contact=contact, pk__in=Visit.objects.filter(node=node).values("run_id")).latest("pk")
    return next(step.why for step in history.Histories([run]).steps(run) if step.node == node)


def begin(target: int | None, mode: str, **settings: Any) -> Contact:
    alice = person("Alice")
    triggers.enrol(publish(parent(target, mode, **settings), "Parent"), [alice.pk])
    settle()
    return alice


def test_started_both_run() -> None:
    with clock.freeze(START):
        alice = begin(child().pk, "start")
        assert inside(alice) == {"Parent": "n3", "Child": "c2"}
        assert why(alice, "n2") == "Entered “Child”."
        assert Run.objects.get(node="c2").depth == 1
        assert verify() == []


def test_gone_over_this_one_ends_as_moved() -> None:
    with clock.freeze(START):
        assert inside(begin(child().pk, "move")) == {"Parent": "moved", "Child": "c2"}
        assert verify() == []


def test_called_it_waits_and_comes_back_when_the_other_is_over() -> None:
    with clock.freeze(START) as frozen:
        alice = begin(child().pk, "call")
        assert inside(alice) == {"Parent": "n2", "Child": "c2"}
        frozen.advance("P1D")
        settle()
        assert inside(alice) == {"Parent": "n3", "Child": "converted"}
        assert why(alice, "n2") == "Came back from there: converted."
        assert verify() == []


def test_called_it_comes_back_however_the_other_ends() -> None:
    from django.db import transaction

    with clock.freeze(START) as frozen:
        alice = begin(child().pk, "call")
        frozen.advance("PT1H")
        with transaction.atomic():
            ending.end([Run.objects.get(node="c2").pk], "cancelled")
        caller = Run.objects.get(node="n2")
        assert caller.due_at == clock.now() and caller.lane == 0, "made due by the very transaction"
        settle()
        assert inside(alice) == {"Parent": "n3", "Child": "cancelled"}
        assert verify() == []


def test_called_for_too_long_it_goes_on_by_timeout_and_the_other_stays() -> None:
    with clock.freeze(START) as frozen:
        alice = begin(child().pk, "call", timeout="PT1H")
        frozen.advance("PT1H")
        settle()
        assert inside(alice) == {"Parent": "end", "Child": "c2"}
        assert why(alice, "n2") == "Not back from there after 1 hour."
        frozen.advance("P1D")
        settle()
        assert inside(alice)["Child"] == "converted"
        assert verify() == []


def test_looked_at_again_it_does_not_call_twice() -> None:
    with clock.freeze(START):
        alice = begin(child().pk, "call")
        Run.objects.filter(node="n2").update(due_at=clock.now(), deadline=None)
        settle()
        assert inside(alice) == {"Parent": "n2", "Child": "c2"} and Run.objects.count() == 2


def test_called_twice_at_one_moment_each_call_has_a_run_of_its_own() -> None:
    with clock.freeze(START):
        quick = publish(draw({"c1": ("trigger", {"on": "from_workflow"})}, [], {"reentry": "after_exit"}), "Quick")
        call = {"workflow": quick.pk, "mode": "call"}
        twice = draw(
            {"n1": ("trigger", {"on": "manual"}), "n2": ("enter_workflow", call), "n3": ("enter_workflow", call)},
            ["n1 next n2", "n2 next n3"],
        )
        triggers.enrol(publish(twice, "Parent"), [person("Alice").pk])
        settle()
        assert Run.objects.filter(workflow=quick, outcome="end").count() == 2
        assert Run.objects.get(workflow__name="Parent").outcome == "end"
        assert verify() == []


def test_what_happened_before_somebody_was_sent_there_is_no_goal_there() -> None:
    """Not even in the same transaction: the step before records it, the next one sends them over."""
    with clock.freeze(START):
        other = child(goal={"event": "booked", "on": "exit"})
        steps: dict[str, tuple[str, dict[str, Any]]] = {
            "n1": ("trigger", {"on": "manual"}),
            "n2": ("event", {"name": "booked"}),
            "n3": ("enter_workflow", {"workflow": other.pk, "mode": "start"}),
        }
        before, after = dict(steps), {"n1": steps["n1"], "n3": steps["n3"], "n2": steps["n2"]}
        for name, nodes in (("Alice", before), ("Bob", after)):
            order = list(nodes)
            way = [f"{source} next {target}" for source, target in itertools.pairwise(order)]
            triggers.enrol(publish(draw(nodes, way), name), [person(name).pk])
            settle()
        assert inside(Contact.objects.get(first_name="Alice")) == {"Alice": "end", "Child": "c2"}
        assert inside(Contact.objects.get(first_name="Bob")) == {"Bob": "end", "Child": "goal"}
        assert verify() == []


@pytest.mark.parametrize("mode", ["start", "move", "call"])
def test_whom_the_other_refuses_goes_on_and_the_reason_is_told(mode: str) -> None:
    with clock.freeze(START):
        other = child("once", audience={"all": [{"fact": "tag", "is": "vip"}]})
        alice = begin(other.pk, mode)
        assert inside(alice) == {"Parent": "n3"}
        assert why(alice, "n2") == "Did not enter “Child”. Not in the workflow's audience."
        assert Refusal.objects.get().reason == "audience"
        assert verify() == []


def test_its_re_entry_rule_and_the_filter_of_its_own_trigger_hold() -> None:
    with clock.freeze(START):
        once = child("once", {"on": "from_workflow", "filter": {"all": [{"fact": "tag", "is": "vip"}]}})
        alice = begin(once.pk, "start")
        assert Refusal.objects.get().reason == "no_match"
        anybody = child("once", {"on": "contact_added", "filter": {"all": [{"fact": "tag", "is": "vip"}]}})
        workflow = publish(parent(anybody.pk, "start"), "Second")
        for _ in range(2):
            triggers.enrol(workflow, [alice.pk])
            settle()
            Run.objects.filter(workflow=workflow, status=RunStatus.ACTIVE).update(
                due_at=clock.now(), deadline=clock.now()
            )
            settle()
        assert set(Refusal.objects.values_list("reason", flat=True)) == {"no_match", "once"}


def test_a_workflow_that_restarts_ends_the_run_of_before_and_its_caller_goes_on() -> None:
    with clock.freeze(START):
        other = child("restart")
        alice = begin(other.pk, "call")
        triggers.enrol(publish(parent(other.pk, "start"), "Second"), [alice.pk])
        settle()
        assert inside(alice) == {"Parent": "n3", "Second": "n3", "Child": "c2"}
        assert why(alice, "n2").startswith("Entered") and Run.objects.filter(outcome="restarted").count() == 1
        assert verify() == []


def test_what_cannot_be_entered_is_passed_by() -> None:
    with clock.freeze(START):
        draft = create(name="Draft", user=None, document=child().draft)
        over = child()
        end(over)
        put_away = publish(child().draft, "Old")
        workflows = {}
        for target in (draft, over, put_away):
            workflows[target] = publish(parent(target.pk, "call"), f"To {target.name}")
        end(put_away)
        archive(put_away)
        for target, workflow in workflows.items():
            alice = person(f"Alice {target.pk}", email=f"a{target.pk}@example.com")
            triggers.enrol(workflow, [alice.pk])
            settle()
            assert inside(alice) == {workflow.name: "n3"}
        whys = Visit.objects.filter(node="n2").order_by("contact_id").values_list("why", flat=True)
        assert [one[0][2] for one in whys] == ["not_published", "over", "over"]
        assert verify() == []


def test_two_workflows_that_send_people_to_each_other_come_to_an_end() -> None:
    with clock.freeze(START):
        ping = create(name="Ping", user=None, document=draw({}, []))
        pong = publish(_sends_to(ping.pk), "Pong")
        from builder import drafts, publishing

        drafts.save(ping.pk, _sends_to(pong.pk), revision=ping.revision, user=None)
        ping.refresh_from_db()
        publishing.publish(ping, user=None)
        ping.refresh_from_db()
        alice = person("Alice")
        triggers.enrol(ping, [alice.pk])
        settle()
        assert Refusal.objects.get().reason == "loop"
        assert Run.objects.count() == 11 and max(Run.objects.values_list("depth", flat=True)) == 10
        assert not Run.objects.filter(status=RunStatus.ACTIVE).exists()
        assert verify() == []


def _sends_to(target: int) -> dict[str, Any]:
    return draw(
        {"n1": ("trigger", {"on": "from_workflow"}), "n2": ("enter_workflow", {"workflow": target, "mode": "move"})},
        ["n1 next n2"],
        {"reentry": "after_exit"},
    )


def test_taken_out_of_another_workflow() -> None:
    with clock.freeze(START):
        other = child()
        alice, bob = person("Alice"), person("Bob")
        triggers.enrol(other, [alice.pk])
        settle()
        triggers.enrol(publish(parent(other.pk, "start", "leave_workflow"), "Parent"), [alice.pk, bob.pk])
        settle()
        assert inside(alice) == {"Child": "removed", "Parent": "n3"} and inside(bob) == {"Parent": "n3"}
        assert why(alice, "n2") == "Was taken out of “Child”." and why(bob, "n2") == "Was not in “Child”."
        assert verify() == []


def test_what_is_wrong_with_the_other_workflow_is_said_before_publishing() -> None:
    own, gone, old = child(), 999, publish(child().draft, "Old")
    end(old)
    archive(old)
    for target, words in (
        (None, "No workflow is chosen"),
        (gone, "This workflow does not exist any more. Choose another."),
        (old.pk, "“Old” is archived. Choose another."),
        (own.pk, "A workflow cannot name itself here."),
    ):
        graph = parse(parent(target, "start"))
        said = [one.message for one in problems(graph, DocumentNames(graph, own=own.pk)) if one.node == "n2"]
        assert len(said) == 1 and said[0].startswith(words), target
