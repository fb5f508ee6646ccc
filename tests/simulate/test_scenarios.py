"""Scenarios: a way that was kept is tried again, and what differs is said in sentences."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from rest_framework.test import APIClient

from builder import library, publishing
from builder.actions.create import create
from builder.actions.duplicate import duplicate
from builder.models import Scenario, Workflow
from contacts import clock
from engine.simulate import scenarios
from tests.engine.kit import draw, person, publish

pytestmark = pytest.mark.django_db

NOW = "2026-11-23T08:00:00+00:00"
ALICE = {"first_name": "Alice", "email": "alice@example.com", "consents": {"email": "in"}}


@pytest.fixture
def api() -> APIClient:
    user = User.objects.create_user("maja")
    user.groups.add(Group.objects.get_or_create(name="marketer")[0])
    client = APIClient()
    client.force_authenticate(user)
    return client


def drawing(outcome: str = "completed", tag: str = "seen", *, wait: bool = True) -> dict[str, Any]:
    nodes: dict[str, Any] = {"n1": ("trigger", {"on": "manual"}), "n2": ("tag", {"add": [tag]})}
    if wait:
        nodes["n3"] = ("wait", {"mode": "duration", "duration": "P2D"})
    nodes["n4"] = ("exit", {"outcome": outcome})
    return draw(nodes, ["n1 next n2", "n2 next n3", "n3 next n4"] if wait else ["n1 next n2", "n2 next n4"])


@pytest.fixture
def workflow() -> Workflow:
    return create(name="Kept", user=None, document=drawing())


def keep(api: APIClient, workflow: Workflow, **body: Any) -> dict[str, Any]:
    body = {"name": "Alice does nothing", "persona": ALICE, **body}
    answer = api.post(f"/api/workflows/{workflow.pk}/scenarios/", body, format="json")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def tried(api: APIClient, workflow: Workflow, document: Any = None) -> dict[str, Any]:
    body = {} if document is None else {"document": document}
    answer = api.post(f"/api/workflows/{workflow.pk}/scenarios/run/", body, format="json")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_what_happens_when_it_is_kept_is_what_should_happen(api: APIClient, workflow: Workflow) -> None:
    kept = keep(api, workflow)
    assert kept["expected"] == {
        "path": ["n1", "n2", "n3", "n4"],
        "labels": {"n1": "Trigger", "n2": "Tag", "n3": "Wait", "n4": "Exit"},
        "outcome": "completed",
        "tags": {"added": ["seen"], "removed": []},
    }
    assert kept["created_by"]["name"] == "maja" and kept["last"] is None
    answer = tried(api, workflow)
    assert (answer["passed"], answer["failed"], answer["sentence"]) == (1, 0, "The one scenario passes.")
    assert Scenario.objects.get().last["passed"] is True


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (drawing(outcome="converted"), ["They leave as “Converted” instead of as “Completed”."]),
        (drawing(tag="other"), ["They do not get the tag “seen” any more.", "They get the tag “other” too."]),
        (drawing(wait=False), ["After “Tag” they come to “Exit” instead of “Wait”, which is not there any more."]),
    ],
)
def test_differences_are_sentences(api: APIClient, workflow: Workflow, document: Any, words: list[str]) -> None:
    keep(api, workflow)
    answer = tried(api, workflow, document)
    assert answer["failed"] == 1 and answer["sentence"] == "The one scenario ends differently."
    assert answer["results"][0]["differences"] == words
    # A drawing that was not saved is tried, and nothing of it is kept.
    assert Scenario.objects.get().last is None


def test_a_broken_draft_is_said_to_stop(api: APIClient, workflow: Workflow) -> None:
    keep(api, workflow)
    broken = drawing()
    broken["nodes"][2]["settings"] = {"mode": "duration", "duration": "soon"}
    (result,) = tried(api, workflow, broken)["results"]
    assert result["differences"][0] == "Their way ends after “Wait”; “Exit” should have followed."
    assert "It stops at “Wait”" in result["differences"][2]


def test_only_what_is_named_is_held_to(api: APIClient, workflow: Workflow) -> None:
    keep(api, workflow, expected={"outcome": "completed"})
    assert tried(api, workflow, drawing(tag="other", wait=False))["passed"] == 1


def test_a_contact_who_is_gone_is_said_to_be(api: APIClient, workflow: Workflow) -> None:
    bob = person("Bob")
    keep(api, workflow, persona=None, contact=bob.pk)
    bob.delete()
    assert tried(api, workflow)["results"][0]["differences"] == ["This contact does not exist any more."]


def test_choices_belong_to_it(api: APIClient, admin_user: Any) -> None:
    nurturing = library.use("lead-nurturing", {}, user=admin_user)
    with clock.freeze(NOW):
        kept = keep(api, nurturing, choices=[{"node": "n3", "port": "b1", "after": "PT3H"}], starts_at=NOW)
        assert kept["expected"]["path"][:4] == ["n1", "n2", "n3", "n4"]
        assert tried(api, nurturing)["passed"] == 1


def test_they_are_changed_kept_anew_and_deleted(api: APIClient, workflow: Workflow) -> None:
    kept = keep(api, workflow)
    url = f"/api/workflows/{workflow.pk}/scenarios/{kept['id']}/"
    assert api.patch(url, {"name": "Nothing happens"}, format="json").json()["name"] == "Nothing happens"
    Workflow.objects.filter(pk=workflow.pk).update(draft=drawing(outcome="converted"))
    assert tried(api, workflow)["failed"] == 1
    assert api.patch(url, {"expected": None}, format="json").json()["expected"]["outcome"] == "converted"
    assert tried(api, workflow)["failed"] == 0
    assert api.get(f"/api/workflows/{workflow.pk}/scenarios/").json()["count"] == 1
    assert api.delete(url).status_code == 204
    assert tried(api, workflow)["sentence"] == "There are no scenarios yet."


def test_a_copy_takes_them_along(api: APIClient, workflow: Workflow) -> None:
    keep(api, workflow)
    copy = duplicate(workflow, user=None)
    assert [one.name for one in copy.scenarios.all()] == ["Alice does nothing"]
    assert tried(api, copy)["passed"] == 1


def test_a_publish_tries_them_all(api: APIClient, workflow: Workflow, django_capture_on_commit_callbacks: Any) -> None:
    keep(api, workflow)
    keep(api, workflow, name="By hand", expected={"outcome": "converted"})
    workflow.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        publishing.publish(workflow, user=None)
    good, bad = Scenario.objects.all()
    assert good.last["passed"] and good.last["differences"] == []
    assert bad.last["differences"] == ["They leave as “Completed” instead of as “Converted”."]


def test_a_publish_without_scenarios_tries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenarios, "run", lambda *args: pytest.fail("nothing to try"))
    publish(drawing())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"persona": {"email": "nonsense"}}, "e-mail"),
        ({"persona": {"lists": ["unknown"]}}, "list"),
        ({"persona": {"shoe_size": 4}}, "shoe_size"),
        ({"contact": 1, "persona": {}}, "either a contact or a persona"),
        ({"choices": [{"node": "n3"}]}, "either a port or what happens"),
        ({"choices": [{"node": "n3", "port": "b1", "after": "soon"}]}, "duration"),
        ({"choices": [{"node": "n3", "port": "b1", "after": "P9Y"}]}, "Five years"),
        ({"events": [{"do": "explode"}]}, "explode"),
        ({"persona": {"events": [{"name": "x", "before": "now"}]}}, "duration"),
        ({"starts_at": "yesterday"}, "format"),
        ({"starts_at": "9999-12-31T23:59:59Z"}, "between the years 2000 and 2200"),
        ({"events": [{"do": "event", "at": "0001-01-01T00:00:00Z"}]}, "between the years 2000 and 2200"),
        ({"document": {"no": "nodes"}}, "nodes"),
        ({"properties": {"x": "y" * 30_000}}, "too large"),
    ],
)
def test_bad_bodies_get_a_word_and_never_a_crash(
    api: APIClient, workflow: Workflow, body: dict[str, Any], words: str
) -> None:
    answer = api.post(f"/api/workflows/{workflow.pk}/simulate/", body, format="json")
    assert answer.status_code == 400, answer.content
    told = answer.json()
    assert words.lower() in (told["detail"] + repr(told["problems"])).lower(), told


def test_who_is_unknown_is_not_found_and_a_drawing_without_trigger_says_so(api: APIClient) -> None:
    empty = create(name="Empty", user=None)
    assert api.post(f"/api/workflows/{empty.pk}/simulate/", {"contact": 99}, format="json").status_code == 422
    full = create(name="Full", user=None, document=drawing())
    assert api.post(f"/api/workflows/{full.pk}/simulate/", {"contact": 99}, format="json").status_code == 404
    assert api.post("/api/workflows/999/simulate/", {}, format="json").status_code == 404


def test_the_time_machine_answers_by_call(api: APIClient, workflow: Workflow) -> None:
    with clock.freeze(NOW):
        answer = api.post(f"/api/workflows/{workflow.pk}/simulate/", {"persona": ALICE}, format="json")
    assert answer.status_code == 200
    told = answer.json()
    assert [visit["node"] for visit in told["visits"]] == ["n1", "n2", "n3", "n4"]
    assert told["ends_at"] == "2026-11-25T08:00:00+00:00"
