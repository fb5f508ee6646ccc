"""What changed between two drawings, and what a publish would do to people inside, in plain sentences."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from builder import diff, drafts, names, people, publishing
from builder.graph import parse
from builder.models import Workflow
from builder.names import ContentName
from tests.builder.drawings import VIP, document, leave, node, simple, trigger

pytestmark = pytest.mark.django_db


def changes(old: Any, new: Any) -> list[tuple[str, str, str, str]]:
    found = diff.changes(parse(old), parse(new))
    assert len(found) == diff.count(parse(old), parse(new))
    return [(one.node, one.label, one.what, one.text) for one in found]


def opened(timeout: str, name: str = "Vip", **leaf: Any) -> dict[str, Any]:
    way = {"port": "b1", "name": name, "when": {"all": [{"fact": "tag", "is": "vip", **leaf}]}}
    return node("n2", "wait_until", "Is vip?", branches=[way], timeout=timeout)


def test_the_same_drawing_elsewhere_on_the_canvas_is_the_same() -> None:
    moved = simple()
    moved["nodes"][1]["position"] = {"x": 40, "y": 80}
    moved["notes"] = [{"id": "t1", "text": "Ask Ola"}]
    assert changes(simple(), moved) == []


def test_a_changed_limit_reads_as_one_sentence() -> None:
    old = document([trigger(), opened("P3D"), leave("n3")], "n1 next n2", "n2 b1 n3", "n2 timeout n3")
    new = document([trigger(), opened("P2D"), leave("n3")], "n1 next n2", "n2 b1 n3", "n2 timeout n3")
    assert changes(old, new) == [("n2", "Is vip?", "changed", "The limit is 2 days, it was 3 days")]


def test_a_setting_that_was_empty_is_shown_as_it_is_now() -> None:
    old = document([trigger(), node("n2", "email", "Introduction, again", content=1)], "n1 next n2")
    new = document([trigger(), node("n2", "email", "Introduction, again", content=1, subject="Lost?")], "n1 next n2")
    assert changes(old, new) == [("n2", "Introduction, again", "changed", "Own subject: “Lost?”")]
    assert changes(new, old) == [("n2", "Introduction, again", "changed", "Own subject: nothing, it was “Lost?”")]


def test_added_and_removed_steps_say_what_they_do_and_where() -> None:
    short = document([trigger(), leave("n3")], "n1 next n3")
    assert changes(short, simple()) == [
        ("n1", "Trigger", "changed", "It leads to “Wait”, it was “Exit”"),
        ("n2", "Wait", "added", "Wait 3 days, between Trigger and Exit"),
    ]
    assert changes(simple(), short)[1] == ("n2", "Wait", "removed", "Wait 3 days, between Trigger and Exit")


def test_conditions_contents_and_branches_are_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_contents", lambda ids: {key: ContentName(f"Part {key}") for key in ids})
    old = document([trigger(), opened("P2D"), node("n3", "email", content=1)], "n1 next n2")
    new = document([trigger(), opened("P2D", "Friend", by="person"), node("n3", "email", content=2)], "n1 next n2")
    (way, mail) = changes(old, new)
    assert "Friend" in way[3] and "vip" in way[3]
    assert mail[3] == "E-mail: “Part 2”, it was “Part 1”"


def test_a_list_of_words_is_one_thing() -> None:
    old = document([trigger(), node("n2", "list", add=["news"])], "n1 next n2")
    new = document([trigger(), node("n2", "list", add=["news", "vip"])], "n1 next n2")
    assert changes(old, new) == [("n2", "List", "changed", "Put on: news, vip, it was news")]


def test_switches_names_and_ways_are_told() -> None:
    old = document([trigger(), node("n2", "condition", "Vip?", when=VIP), leave("n3")], "n1 next n2", "n2 yes n3")
    new = document([trigger(), node("n2", "condition", "Friend?", when=VIP), leave("n3")], "n1 next n2", "n2 no n3")
    new["nodes"][1]["enabled"] = False
    ((_, label, _, text),) = changes(old, new)
    assert label == "Friend?"
    assert text == (
        "Switched off, people pass through. Renamed, it was “Vip?”. "
        "“Yes” leads nowhere, it was “Exit”. “No” leads to “Exit”, it was nowhere"
    )


def test_the_workflow_s_own_settings_count_as_one_change() -> None:
    assert changes(simple(), {**simple(), "settings": {"reentry": "restart", "cooldown": "P3D"}}) == [
        ("", "The workflow itself", "changed", "Coming in again: “restart”. Not before: 3 days"),
    ]


def test_unknown_kinds_are_compared_too() -> None:
    old = document([trigger(), node("n2", "teleport", to="Mars")], "n1 next n2")
    new = document([trigger(), node("n2", "teleport", to="Moon")], "n1 next n2")
    assert changes(old, new) == [("n2", "teleport", "changed", "Its settings changed")]


def test_impact_says_who_waits_where_and_what_becomes_of_them(api: APIClient, workflow: Workflow, maja: User) -> None:
    publishing.publish(workflow, user=maja)
    new = document(
        [trigger(), node("n4", "wait", "Rest", duration="P9D"), leave("n3", "gone")], "n1 next n4", "n4 next n3"
    )
    new["nodes"][0]["settings"] = {"on": "contact_added"}
    drafts.save(workflow.pk, new, revision=1, user=maja)
    people.register(lambda workflow_id: {1: {"n2": 9, "n3": 2, "n1": 1}})
    found = api.post(f"/api/workflows/{workflow.pk}/impact/").json()
    assert (found["version"], found["people"]) == (2, 12)
    assert [(one["node"], one["what"]) for one in found["changes"]] == [
        ("n1", "changed"), ("n3", "changed"), ("n4", "added"), ("n2", "removed"),
    ]  # fmt: skip
    assert [(row["node"], row["people"], row["change"], row["becomes"], row["target"]) for row in found["waiting"]] == [
        ("n3", 2, "Ends as: “gone”, it was “completed”", "Stay, and go on by the new settings", None),
        ("n1", 1, "It leads to “Rest”, it was “Wait”", "Stay, and go on by the new settings", None),
        ("n2", 9, "Removed", "Go to Exit", "n3"),
    ]


def test_the_engine_may_say_better_what_becomes_of_people(workflow: Workflow, maja: User, api: APIClient) -> None:
    publishing.publish(workflow, user=maja)
    drafts.save(workflow.pk, simple("P2D"), revision=1, user=maja)
    people.register(
        lambda workflow_id: {1: {"n2": 318}},
        forecast=lambda workflow_id, nodes: {node: f"277 wait on with {nodes[node]['duration']}" for node in nodes},
    )
    (row,) = api.post(f"/api/workflows/{workflow.pk}/impact/").json()["waiting"]
    assert row["becomes"] == "277 wait on with P2D"


def test_before_the_first_publish_nobody_is_concerned(api: APIClient, workflow: Workflow) -> None:
    assert api.post(f"/api/workflows/{workflow.pk}/impact/").json() == {
        "version": 1, "people": 0, "changes": [], "waiting": [], "entering": [],
    }  # fmt: skip
