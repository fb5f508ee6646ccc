"""Publishing while people are inside: they finish the old drawing, or are taken along and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from builder import drafts, impact, publishing
from builder.models import Workflow
from contacts import clock, events
from engine import moving, runner, triggers
from engine.models import Move, Run, Visit
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db

START = "2026-11-23T08:00:00+00:00"


def room(wait: str, *, removed: bool = False) -> dict[str, Any]:
    nodes: dict[str, tuple[str, dict[str, Any]]] = {
        "n1": ("trigger", {"on": "contact_added"}),
        "n2": ("wait", {"mode": "duration", "duration": wait}),
        "n3": ("wait", {"mode": "duration", "duration": "P1D"}),
        "n4": ("exit", {"outcome": "completed"}),
    }
    if removed:
        del nodes["n2"]
        return draw(nodes, ["n1 next n3", "n3 next n4"])
    return draw(nodes, ["n1 next n2", "n2 next n3", "n3 next n4"])


def republish(workflow: Workflow, document: dict[str, Any], **how: Any) -> None:
    workflow.refresh_from_db()
    drafts.save(workflow.pk, document, revision=workflow.revision, user=None)
    workflow.refresh_from_db()
    publishing.publish(workflow, user=None, **how)
    settle()


def test_a_shorter_wait_is_reckoned_from_when_the_person_came() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(room("P3D"))
        alice, bob = person("Alice"), person("Bob")
        events.record(alice.pk, "contact_added")
        settle()
        frozen.advance("P1D")
        events.record(bob.pk, "contact_added")
        settle()
        frozen.advance("P1D")
        settle()
        workflow.refresh_from_db()
        drafts.save(workflow.pk, room("P2D"), revision=workflow.revision, user=None)
        workflow.refresh_from_db()
        row = impact.impact(workflow)["waiting"][0]
        assert (row["people"], row["becomes"]) == (2, "1 wait on with the new limit, 1 go on at once")
        publishing.publish(workflow, user=None, people_inside="move")
        settle()
        assert path(alice) == ["n1", "n2", "n2", "n3"]
        assert path(bob) == ["n1", "n2", "n2"]
        assert run_of(alice).version.number == run_of(bob).version.number == 2
        assert Visit.objects.get(contact_id=bob.pk, port="moved").why == [["moved", 1, 2]]
        assert not Move.objects.filter(done=False).exists()
        frozen.advance("P2D")
        settle()
        assert path(alice)[-1] == "n4"
        assert verify() == []


def test_people_at_a_deleted_step_go_where_they_are_told_or_leave() -> None:
    with clock.freeze(START):
        for target in ("n3", None):
            workflow = publish(room("P3D"), f"Target {target}")
            alice = person(f"alice-{target}")
            from engine import triggers

            triggers.enrol(workflow, [alice.pk])
            settle()
            republish(workflow, room("", removed=True), people_inside="move", deleted={"n2": target})
            if target:
                assert path(alice) == ["n1", "n2", "n3"]
            else:
                assert run_of(alice).outcome == "removed_by_edit"
        assert verify() == []


def test_people_inside_finish_the_version_they_came_in_with() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(room("P3D"))
        alice = person("Alice")
        events.record(alice.pk, "contact_added")
        settle()
        republish(workflow, room("PT1H"), people_inside="finish_old")
        frozen.advance("P1D")
        settle()
        assert path(alice) == ["n1", "n2"] and run_of(alice).version.number == 1
        assert verify() == []


def test_a_move_never_leads_back_from_a_still_newer_version_nor_holds_up_other_workflows() -> None:
    with clock.freeze(START) as frozen:
        mail = {
            **room("P3D"),
            "nodes": [
                {**node, "kind": "sms", "settings": {"text": "Hello"}} if node["id"] == "n2" else node
                for node in room("P3D")["nodes"]
            ],
        }
        first, second = publish(mail), publish(room("P3D"))
        alice, bob = person("Alice", phone="+48600148214"), person("Bob")
        for contact in (alice, bob):
            events.record(contact.pk, "contact_added")
        triggers.handle()
        runner.advance()
        for workflow in (first, second):
            workflow.refresh_from_db()
            changed = {**workflow.draft, "settings": {"reentry": "after_exit"}}
            drafts.save(workflow.pk, changed, revision=workflow.revision, user=None)
            workflow.refresh_from_db()
            publishing.publish(workflow, user=None, people_inside="move")
            workflow.refresh_from_db()
        while moving.work():
            pass
        # Alice's text is on its way, so she is not moved yet; that is no reason for Bob and others to wait.
        assert Run.objects.get(workflow=first, contact=alice).version_id != first.live_version_id
        assert Run.objects.get(workflow=second, contact=bob).version_id == second.live_version_id
        drafts.save(first.pk, first.draft | {"settings": {"reentry": "restart"}}, revision=first.revision, user=None)
        first.refresh_from_db()
        publishing.publish(first, user=None)
        first.refresh_from_db()
        charlie = person("Charlie")
        events.record(charlie.pk, "contact_added")
        settle()
        frozen.advance("PT1H")
        settle()
        assert Run.objects.get(workflow=first, contact=charlie).version_id == first.live_version_id
        assert verify() == []
