"""Loops: sent back a few times, then on; each round is new visits, and nobody goes round without a rest."""

from __future__ import annotations

from typing import Any

import pytest

from builder.graph import parse
from builder.validation import problems
from contacts import clock
from engine import triggers
from engine.messaging import content
from engine.messaging.models import Message
from engine.models import Counter, Visit
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db

START = "2026-11-23T08:00:00+00:00"
DAY = {"mode": "duration", "duration": "P1D"}


def loop(times: int = 2, wait: dict[str, Any] = DAY, **more: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return draw(
        {
            "n1": ("trigger", {"on": "manual"}),
            "n2": ("wait", wait),
            "n3": ("go_to", {"target": "n2", "max_loops": times}),
            "n4": ("exit", {"outcome": "completed"}),
            **more,
        },
        ["n1 next n2", "n2 next n3", "n3 done n4"],
    )


def said(document: dict[str, Any], node: str = "n3") -> list[str]:
    return [one.message for one in problems(parse(document)) if one.node == node and one.severity == "error"]


def test_people_go_round_as_often_as_drawn_and_then_on() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(loop(2))
        alice = person("Alice")
        triggers.enrol(workflow, [alice.pk])
        for _ in range(4):
            settle()
            frozen.advance("P1D")
        settle()
        assert path(alice) == ["n1", "n2", "n3", "n2", "n3", "n2", "n3", "n4"]
        assert list(Visit.objects.filter(node="n3").order_by("nth").values_list("port", "why")) == [
            ("loop", [["loop", 1, 2]]),
            ("loop", [["loop", 2, 2]]),
            ("done", [["loops_used", 2]]),
        ]
        assert run_of(alice).outcome == "completed"
        assert {row.port: row.n for row in Counter.objects.filter(node="n3")} == {"+entered": 3, "loop": 2, "done": 1}
        assert verify() == []


def test_each_round_sends_anew() -> None:
    with clock.freeze(START) as frozen:
        mail = content.create(name="Hello", subject="Hello", html="<p>Hello</p>").pk
        document = draw(
            {
                "n1": ("trigger", {"on": "manual"}),
                "n2": ("email", {"content": mail, "purpose": "transactional"}),
                "n3": ("wait", DAY),
                "n4": ("go_to", {"target": "n2", "max_loops": 1}),
            },
            ["n1 next n2", "n2 next n3", "n3 next n4"],
        )
        alice = person("Alice")
        triggers.enrol(publish(document), [alice.pk])
        for _ in range(3):
            settle()
            frozen.advance("P1D")
        assert Message.objects.filter(contact=alice, node="n2").count() == 2
        assert run_of(alice).outcome == "end"
        assert verify() == []


def test_a_way_round_without_a_wait_cannot_be_published() -> None:
    (words,) = said(loop(wait={"mode": "duration", "duration": "PT59S"}))
    assert words.startswith("The way from “Wait” back here has no wait.")
    assert said(loop(wait={"mode": "duration", "duration": "PT1M"})) == []
    assert said(loop(wait={"mode": "time", "time": "09:00"})) != [], "it may be nine o'clock in a second"
    off = loop()
    off["nodes"][1]["enabled"] = False
    assert said(off) != []


def test_two_loops_that_lead_into_each_other_need_a_wait_between_them() -> None:
    nodes: dict[str, tuple[str, dict[str, Any]]] = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("tag", {"add": ["a"]}),
        "n3": ("go_to", {"target": "n4"}),
        "n4": ("tag", {"add": ["b"]}),
        "n5": ("go_to", {"target": "n2"}),
    }
    document = draw(nodes, ["n1 next n2", "n2 next n3", "n3 done n4", "n4 next n5"])
    assert len(said(document, "n5")) == 1 and len(said(document, "n3")) == 1
    nodes["n6"] = ("wait", DAY)
    document = draw(nodes, ["n1 next n2", "n2 next n6", "n6 next n3", "n3 done n4", "n4 next n5"])
    assert said(document, "n5") == said(document, "n3") == []


def test_forward_it_may_jump_without_a_wait_but_never_to_a_trigger_or_nowhere() -> None:
    ahead = loop()
    ahead["nodes"][2]["settings"]["target"] = "n4"
    assert said(ahead) == []
    for target, words in (
        ("n1", "A trigger is where people come in. Choose a step behind it."),
        ("n9", "The step “n9” does not exist any more. Choose another."),
        ("", "No step is chosen"),
        ("n3", "The way from “Go to” back here has no wait."),
    ):
        document = loop()
        document["nodes"][2]["settings"]["target"] = target
        assert any(one.startswith(words) for one in said(document)), target


def test_a_thousand_loops_are_checked_at_once() -> None:
    import time

    nodes: dict[str, tuple[str, dict[str, Any]]] = {"n0": ("trigger", {"on": "manual"})}
    for n in range(1, 500):
        nodes[f"n{n}"] = ("wait", DAY) if n % 2 else ("go_to", {"target": f"n{n - 1}"})
    edges = [f"n{n} {'done' if n and not n % 2 else 'next'} n{n + 1}" for n in range(499)]
    document = draw(nodes, edges)
    began = time.perf_counter()
    assert problems(parse(document)) == []
    assert time.perf_counter() - began < 1
