"""Ways that are compared, and the one decision."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from builder import drafts, publishing
from builder.graph import parse
from builder.models import Workflow
from builder.validation import problems
from contacts import clock, events
from contacts.models import Contact
from engine import experiments, pulse, triggers
from engine.history import path_json
from engine.messaging import content
from engine.messaging.models import Message
from engine.models import Run, Visit, Winner
from engine.program import program
from engine.verify import verify
from tests.engine.kit import draw, publish, settle

pytestmark = pytest.mark.django_db
START = "2026-11-25T10:00:00+00:00"
ARMS = [{"port": "a", "name": "Short", "weight": 50}, {"port": "b", "name": "Long", "weight": 50}]


def drawing(settings: dict[str, Any] | None = None, workflow: dict[str, Any] | None = None) -> dict[str, Any]:
    asked = {"arms": ARMS, "metric": "event", "event": "booked", "window": "P1D", "least": 20} | (settings or {})
    nodes: dict[str, Any] = {"n1": ("trigger", {"on": "manual"}), "n2": ("experiment", asked)}
    edges = ["n1 next n2"]
    for arm in asked["arms"]:
        nodes[f"w_{arm['port']}"] = ("wait", {"duration": "P30D"})
        edges.append(f"n2 {arm['port']} w_{arm['port']}")
    return draw(nodes, edges, workflow)


def crowd(workflow: Workflow, size: int, name: str) -> list[int]:
    people = Contact.objects.bulk_create([Contact(email=f"{name}{n}@example.com") for n in range(size)])
    triggers.enrol(workflow, [one.pk for one in people])
    settle()
    return [one.pk for one in people]


def ways(people: list[int]) -> dict[int, str]:
    return dict(Visit.objects.filter(node="n2", contact_id__in=people).values_list("contact_id", "port"))


def some_book(people: list[int], shares: dict[str, float]) -> None:
    """Of those on each way the first so many book."""
    by_way: dict[str, list[int]] = {}
    for contact, way in sorted(ways(people).items()):
        by_way.setdefault(way, []).append(contact)
    for way, members in by_way.items():
        for contact in members[: round(len(members) * shares.get(way, 0))]:
            events.record(contact, "booked")


def winner() -> Winner | None:
    return Winner.objects.first()


def test_the_better_way_is_found_once_and_everybody_new_goes_there() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing())
        people = crowd(workflow, 200, "p")
        assert 70 < sum(way == "a" for way in ways(people).values()) < 130
        some_book(people, {"a": 0.1, "b": 0.6})
        frozen.advance("PT23H59M")
        settle()
        assert winner() is None  # nobody's time is over
        frozen.advance("PT1M")
        settle()
        found = winner()
        assert found is not None and (found.arm, found.seen["how"]) == ("b", "proof") and found.seen["p"] < 0.05
        later = crowd(workflow, 40, "q")
        assert set(ways(later).values()) == {"b"}
        run = Run.objects.get(contact_id=later[0])
        assert path_json([run])[0]["visits"][1]["why"] == "“Long” did best, and everybody new goes that way."
        # Decided is decided.
        some_book(people, {"a": 1})
        frozen.advance("P2D")
        settle()
        assert Winner.objects.get().arm == "b"
        assert verify() == []


def test_no_difference_keeps_the_shares() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing())
        people = crowd(workflow, 200, "p")
        some_book(people, {"a": 0.5, "b": 0.5})
        frozen.advance("P1D")
        settle()
        found = winner()
        assert found is not None and found.arm == ""
        assert set(ways(crowd(workflow, 60, "q")).values()) == {"a", "b"}


def test_it_is_open_until_the_last_way_has_its_people() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing({"least": 30}))
        people = crowd(workflow, 40, "p")
        some_book(people, {"a": 0.0, "b": 1.0})
        frozen.advance("P2D")
        settle()
        assert winner() is None
        some_book(crowd(workflow, 60, "q"), {"b": 1.0})
        frozen.advance("PT12H")
        settle()
        assert winner() is None  # enough came, but their time is not over
        frozen.advance("PT12H")
        settle()
        assert winner() is not None


def test_what_comes_too_late_or_came_before_does_not_count() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing())
        early = Contact.objects.bulk_create([Contact(email=f"e{n}@example.com") for n in range(60)])
        for one in early:
            events.record(one.pk, "booked")
        frozen.advance("PT1M")
        triggers.enrol(workflow, [one.pk for one in early])
        settle()
        frozen.advance("P1DT1S")
        for one in early:
            events.record(one.pk, "booked")
        settle()
        found = winner()
        assert found is not None
        assert {wins for _, wins in found.seen["arms"].values()} == {0}


def test_on_a_day_the_best_so_far_is_taken() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing({"decide": "date", "date": "2026-11-27"}))
        people = crowd(workflow, 30, "p")
        some_book(people, {"a": 0.5, "b": 0.4})
        frozen.set("2026-11-26T22:59:59+00:00")  # midnight in Warsaw is 23:00 UTC
        settle()
        assert winner() is None
        frozen.advance("PT1S")
        settle()
        found = winner()
        assert found is not None and (found.arm, found.seen["how"]) == ("a", "time")
        assert set(ways(crowd(workflow, 30, "q")).values()) == {"a"}


def test_a_report_changes_nothing() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing({"then": "report"}))
        some_book(crowd(workflow, 200, "p"), {"b": 0.9})
        frozen.advance("P1D")
        settle()
        found = winner()
        assert found is not None and found.arm == "b"
        assert set(ways(crowd(workflow, 60, "q")).values()) == {"a", "b"}


def test_who_comes_by_again_keeps_the_way_also_after_the_decision() -> None:
    with clock.freeze(START) as frozen:
        document = drawing()
        for node in document["nodes"]:
            if node["id"].startswith("w_"):
                node["settings"] = {"duration": "P2D"}
        document["nodes"].append(
            {"id": "n9", "kind": "go_to", "position": {"x": 0, "y": 0}, "settings": {"target": "n2", "max_loops": 1}}
        )
        document["edges"] += [
            {"id": f"l{port}", "source": f"w_{port}", "port": "next", "target": "n9"} for port in ("a", "b")
        ]
        workflow = publish(document)
        people = crowd(workflow, 80, "p")
        some_book(people, {"b": 0.9})
        frozen.advance("P2D")
        settle()
        settle()
        assert winner() is not None
        for contact in people:
            went = list(
                Visit.objects.filter(contact_id=contact, node="n2").order_by("nth").values_list("port", flat=True)
            )
            assert len(went) == 2 and went[0] == went[1]
        assert verify() == []


@pytest.mark.parametrize("metric", ["opened", "clicked", "goal"])
def test_each_thing_that_can_be_measured(metric: str) -> None:
    with clock.freeze(START) as frozen:
        goal = {"goal": {"event": "booked", "on": "count"}} if metric == "goal" else {}
        document = drawing({"metric": metric, "event": ""}, goal)
        if metric != "goal":
            mail = content.create(name="Hello", subject="Hello", html="<p>Hello</p>").pk
            for node in document["nodes"]:
                if node["id"].startswith("w_"):
                    node |= {"kind": "email", "settings": {"content": mail, "purpose": "transactional"}}
        workflow = publish(document)
        people = crowd(workflow, 100, "p")
        frozen.advance("PT1H")
        went = ways(people)
        if metric == "goal":
            some_book(people, {"b": 0.8, "a": 0.2})
            settle()
        else:
            moment = {"opened": "clicked_at", "clicked": "clicked_at"}[metric]  # clicked implies opened
            lucky = [contact for contact, way in went.items() if way == "b"]
            Message.objects.filter(contact_id__in=lucky).update(**{moment: clock.now()})
        frozen.advance("P1D")
        settle()
        found = winner()
        assert found is not None and found.arm == "b", found and found.seen


def test_another_version_goes_on_with_the_experiment_unless_it_measures_something_else() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing())
        some_book(crowd(workflow, 200, "p"), {"b": 0.9})
        frozen.advance("P1D")
        settle()
        renamed = [{"port": "a", "name": "Brief", "weight": 90}, {"port": "b", "name": "Wordy", "weight": 10}]
        for settings, there in (({"arms": renamed}, {"b"}), ({"arms": renamed, "event": "signed"}, {"a", "b"})):
            workflow.refresh_from_db()
            drafts.save(workflow.pk, drawing(settings), revision=workflow.revision, user=None)
            workflow.refresh_from_db()
            publishing.publish(workflow, user=None)
            workflow.refresh_from_db()
            assert set(ways(crowd(workflow, 60, settings.get("event", "same"))).values()) == there


def test_the_api_tells_how_it_stands(admin_user: Any) -> None:
    api = APIClient()
    api.force_authenticate(admin_user)
    with clock.freeze(START) as frozen:
        workflow = publish(drawing())
        people = crowd(workflow, 100, "p")
        some_book(people, {"b": 0.5})
        url = f"/api/workflows/{workflow.pk}/experiments/"
        (told,) = api.get(url).json()
        assert told["said"] == "Open until each way has 20 people whose time is over."
        assert [arm["people"] for arm in told["arms"]] == [0, 0] and sum(arm["came"] for arm in told["arms"]) == 100
        frozen.advance("P1D")
        settle()
        (told,) = api.get(url).json()
        assert told["winner"] == "b" and told["decided_at"] and told["p"] < 0.05
        assert told["said"] == "“Long” did best beyond doubt (95 %). Everybody new goes that way."
        assert told["arms"][1]["rate"] == pytest.approx(0.5, abs=0.02)
        assert api.get(f"{url}?version=7").status_code == 404
    shown = re.search(r"```json experiments\n(.*?)```", Path("docs/format.md").read_text(encoding="utf-8"), re.S)
    assert shown
    (example,) = json.loads(shown[1])
    assert set(example) == set(told) and set(example["arms"][0]) == set(told["arms"][0])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"window": "PT0S"}, "The time lies between 1 minute and 1 year"),
        ({"window": "P9999Y"}, "“P9999Y” is not a duration such as P2D (2 days) or PT30M (30 minutes)."),
        ({"event": ""}, "Which event?"),
        ({"metric": "goal"}, "The workflow has no goal yet: set one in its settings, or measure something else."),
        ({"decide": "date"}, "No day is chosen"),
        ({"arms": [ARMS[0], ARMS[0]]}, "Two ways out are the same, “a”. Remove one, and add it anew."),
        ({"arms": [ARMS[0], {"port": "b", "weight": 20}]}, "The weights make 70 %, not 100 %"),
    ],
)
def test_what_is_wrong_is_said(settings: dict[str, Any], said: str) -> None:
    assert said in [problem.message for problem in problems(parse(drawing(settings)))]


def test_what_takes_long_to_count_is_counted_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks, counted = [0.0], []
    monkeypatch.setattr(experiments, "clock_s", lambda: ticks[0])
    prog = program(publish(drawing()).live_version_id or 0)
    (node,) = experiments.nodes(prog)

    def slow(prog: Any, node: Any) -> dict[str, Any]:
        counted.append(ticks[0])
        ticks[0] += 2
        return {}

    monkeypatch.setattr(experiments, "_results", slow)
    for moment in (0.0, 10.0, 39.0, 41.0):
        ticks[0] = moment
        experiments.results(prog, node)
    assert counted == [0.0, 41.0]


def test_looking_costs_little_while_there_is_nothing_to_decide() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing())
        crowd(workflow, 100, "p")
        experiments.decide_due()
        with CaptureQueriesContext(connection) as captured:
            experiments.decide_due()
        assert len(captured) == 1  # which workflows are live; the rest is remembered
        frozen.advance("P1D")
        assert experiments.decide_due() == 1
        assert experiments.decide_due() == 0
        assert pulse.drain(5)
        assert datetime.fromisoformat(START) < Winner.objects.get().decided_at
