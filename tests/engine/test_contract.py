"""What every node kind promises, tried on every kind there is: a new file is covered the moment it exists."""

from __future__ import annotations

from typing import Any

import pytest

from builder import catalogue
from builder.graph import parse
from builder.names import DocumentNames
from contacts import clock
from contacts.models import Contact, List
from engine import triggers
from engine.messaging import content
from engine.messaging.models import Message
from engine.models import Effect, Run, RunStatus, Visit
from engine.program import compile_document
from engine.steps.base import Step
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db

KINDS = sorted(kind.kind for kind in catalogue.all() if kind.kind != "trigger")


def example(kind: str) -> dict[str, Any]:
    """The kind's own example, with what it refers to made real."""
    settings = dict(catalogue.get(kind).example)  # type: ignore[union-attr]
    if kind == "email":
        settings["content"] = content.create(name="Hello", subject="Hello", html="<p>Hello</p>").pk
    if kind == "list":
        for slug in settings["add"] + settings["remove"]:
            List.objects.get_or_create(slug=slug, defaults={"name": slug})
    if "workflow" in settings:
        settings["workflow"] = publish(draw({"w1": ("trigger", {"on": "from_workflow"})}, []), "Other").pk
    if kind == "go_to":
        settings["target"] = "x_done"
    return settings


def around(kind: str, *, enabled: bool = True) -> dict[str, Any]:
    """Trigger -> the kind -> an exit behind each of its ways out."""
    settings = example(kind)
    ports = catalogue.get(kind).ports_of(settings)  # type: ignore[union-attr]
    nodes: dict[str, tuple[str, dict[str, Any]]] = {"n1": ("trigger", {"on": "manual"}), "n2": (kind, settings)}
    edges = ["n1 next n2"]
    for port in ports:
        nodes[f"x_{port.name}"] = ("exit", {"outcome": "completed"})
        edges.append(f"n2 {port.name} x_{port.name}")
    document = draw(nodes, edges)
    document["nodes"][1]["enabled"] = enabled
    return document


@pytest.mark.parametrize("kind", KINDS)
def test_people_pass_by_one_of_its_ways_and_the_record_is_sound(kind: str) -> None:
    with clock.freeze("2026-11-23T08:00:00+00:00") as frozen:
        workflow = publish(around(kind))
        people = [
            person("Alice", phone="+48600148214"),
            person("Bob", consents_to=[], email=None, phone="+48600148215"),
        ]
        assert triggers.enrol(workflow, [one.pk for one in people]).runs == 2
        settle()
        for _ in range(8):
            frozen.advance("P1D")
            settle()
        assert not Run.objects.exclude(status=RunStatus.ENDED).exists()
        ways = {port.name for port in catalogue.get(kind).ports_of(example(kind))} | {"end", "loop"}  # type: ignore[union-attr]
        for one in people:
            visits = Visit.objects.filter(contact_id=one.pk).order_by("run_id", "nth")
            assert visits.get(node="n2").port in ways
            assert list(visits.values_list("node", flat=True))[:2] == ["n1", "n2"]
        assert verify() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_costs_as_many_queries_for_many_as_for_few(kind: str) -> None:
    """No query in a loop, whatever the kind: forty people may cost a handful more than two (new tags, first wordings), not forty."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from engine import runner

    found = []
    with clock.freeze("2026-11-23T08:00:00+00:00"):
        workflow = publish(around(kind))
        for turn, size in enumerate((2, 40)):
            crowd = Contact.objects.bulk_create([Contact(email=f"{kind}-{turn}-{n}@example.com") for n in range(size)])
            triggers.enrol(workflow, [one.pk for one in crowd])
            with CaptureQueriesContext(connection) as captured:
                runner.advance(1000)
            found.append(len(captured))
            settle()  # whom it sent elsewhere is not in the way of the next
    assert found[1] <= found[0], found


@pytest.mark.parametrize("kind", [kind for kind in KINDS if catalogue.get(kind).may_be_disabled()])  # type: ignore[union-attr]
def test_switched_off_it_does_nothing_and_lets_people_pass(kind: str) -> None:
    with clock.freeze("2026-11-23T08:00:00+00:00"):
        workflow = publish(around(kind, enabled=False))
        alice = person("Alice", phone="+48600148214")
        triggers.enrol(workflow, [alice.pk])
        settle()
        assert path(alice) == ["n1", "n2", "x_next"]
        assert not Message.objects.exists() and not Effect.objects.exists() and not alice.tags.exists()
        assert run_of(alice).outcome == "completed"


@pytest.mark.parametrize("kind", [*KINDS, "trigger"])
def test_it_explains_itself(kind: str) -> None:
    cls = catalogue.get(kind)
    assert cls is not None and issubclass(cls, Step)
    assert cls.help() and cls.label and cls.icon and cls.group
    document = around(kind) if kind != "trigger" else draw({"n2": ("trigger", {"on": "contact_added"})}, [])
    names = DocumentNames(parse(document))
    node = next(
        node for node in compile_document(document, version_id=0, workflow_id=0).nodes.values() if node.id == "n2"
    )
    assert cls.summary(node.settings, names).strip()
    kept = cls.read({**cls.example, "of_a_newer_release": {"a": 1}}).model_dump()
    assert kept["of_a_newer_release"] == {"a": 1}
