"""Versions that another release has published: older settings are read as upgraded, what cannot be read waits and holds up nobody."""

from __future__ import annotations

from typing import Any

import pytest

from builder import publishing
from builder.models import Workflow, WorkflowVersion
from contacts import clock
from engine import ending, pulse, triggers
from engine.models import Run, RunStatus
from engine.steps.wait import Wait
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle
from tests.forgetting import forget

pytestmark = pytest.mark.django_db
START = "2026-11-23T08:00:00+00:00"


def waiting(**wait: Any) -> dict[str, Any]:
    nodes = {"n1": ("trigger", {"on": "manual"}), "n2": ("wait", wait), "n3": ("exit", {})}
    return draw(nodes, ["n1 next n2", "n2 next n3"])


def rewrite(workflow: Workflow, kind: str) -> None:
    """As if the version had been published by a release that has this kind."""
    version = WorkflowVersion.objects.get(pk=workflow.live_version_id)
    document = version.document
    document["nodes"][1]["kind"] = kind
    _write(version.pk, document)
    forget()


def _write(pk: int, document: dict[str, Any]) -> None:
    from django.db import connection

    from builder.models.document import dump

    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {WorkflowVersion._meta.db_table} SET document = %s WHERE id = %s", [dump(document), pk])


def test_settings_of_an_older_release_run_as_upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    def upgrade(settings: dict[str, Any], version: int) -> dict[str, Any]:
        return {"duration": f"P{settings['days']}D"} if version == 1 else settings

    monkeypatch.setattr(Wait, "settings_version", 2)
    monkeypatch.setattr(Wait, "upgrade", staticmethod(upgrade))
    with clock.freeze(START) as frozen:
        workflow, alice = publish(waiting(days=5)), person()
        stored = WorkflowVersion.objects.get(pk=workflow.live_version_id).document
        assert stored["nodes"][1]["settings"] == {"days": 5}  # a version never changes
        triggers.enrol(workflow, [alice.pk])
        settle()
        frozen.advance("P4D")
        settle()
        assert path(alice) == ["n1", "n2"]
        frozen.advance("P1D")
        settle()
        assert path(alice) == ["n1", "n2", "n3"]


def test_people_in_a_version_that_cannot_run_wait_and_hold_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with clock.freeze(START) as frozen:
        broken, sound = publish(waiting(duration="P1D")), publish(waiting(duration="P1D"), "Sound")
        people = [person(f"Alice{n}") for n in range(20)]
        for workflow in (broken, sound):
            triggers.enrol(workflow, [one.pk for one in people])
        settle()
        rewrite(broken, "hologram")
        frozen.advance("P1D")
        settle()
        inside = Run.objects.filter(status=RunStatus.ACTIVE)
        assert {run.workflow_id for run in inside} == {broken.pk} and inside.count() == 20
        assert {run.attempts for run in inside} == {0}
        assert "“hologram” is not known" in caplog.text
        # The release that knows it comes back: they go on where they stood.
        rewrite(broken, "wait")
        frozen.advance("PT10M")
        settle()
        assert not inside.all().exists()
        assert verify() == []


def test_they_can_be_taken_out_or_moved_to_a_version_that_runs() -> None:
    with clock.freeze(START):
        workflow = publish(waiting(duration="P9D"))
        alice, bob = person("Alice"), person("Bob")
        triggers.enrol(workflow, [alice.pk, bob.pk])
        settle()
        rewrite(workflow, "hologram")
        ending.end([run_of(bob).pk], "cancelled")
        assert run_of(bob).outcome == "cancelled"
        nodes = {"n1": ("trigger", {"on": "manual"}), "n3": ("exit", {"outcome": "done"})}
        Workflow.objects.filter(pk=workflow.pk).update(draft=draw(nodes, ["n1 next n3"]), revision=9)
        publishing.publish(Workflow.objects.get(pk=workflow.pk), user=None, people_inside="move", deleted={"n2": "n3"})
        settle()
        assert run_of(alice).outcome == "done"
        assert verify() == []


def test_a_test_that_cannot_be_decided_keeps_no_other_from_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from engine import winners

    def fails(*args: Any) -> bool:
        raise ValueError("no such window")

    variants = [{"name": "A", "weight": 50, "text": "a"}, {"name": "B", "weight": 50, "text": "b"}]
    publish(
        draw(
            {
                "n1": ("trigger", {"on": "manual"}),
                "n2": ("sms", {"variants": variants, "winner": {"window": "P1D"}}),
            },
            ["n1 next n2"],
        )
    )
    monkeypatch.setattr(winners, "_decide", fails)
    assert winners.decide_due() == 0
    assert "cannot be decided" in caplog.text
    assert pulse.drain(30)
