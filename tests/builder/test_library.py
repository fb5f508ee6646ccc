"""Every library workflow, as the product ships it: used with its defaults it has no problem at all."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from builder import library, names
from builder.checks.structure import steps_and_paths
from builder.errors import BadParameters
from builder.graph import parse
from builder.models import Workflow
from builder.names import ContentName
from builder.sentences import sentences
from builder.validation import problems

pytestmark = pytest.mark.django_db
SLUGS = sorted(path.stem for path in library.FOLDER.glob("*.json"))


@pytest.fixture
def contents(real_kinds: None, monkeypatch: pytest.MonkeyPatch) -> dict[int, dict[str, Any]]:
    """Contents are created and known, without messaging."""
    made: dict[int, dict[str, Any]] = {}

    def create(wanted: Any, user: User) -> dict[str, int]:
        found = {}
        for key, content in wanted.items():
            made[len(made) + 1] = content
            found[key] = len(made)
        return found

    monkeypatch.setattr(library, "_create_contents", create)
    known: Callable[[set[int]], Any] = lambda ids: {  # noqa: E731  shorter than a nested def
        key: ContentName(made[key]["name"], made[key]["subject"], made[key]["channel"]) for key in ids if key in made
    }
    monkeypatch.setattr(names, "_contents", known)
    return made


@pytest.mark.parametrize("slug", SLUGS)
def test_used_with_its_defaults_it_has_no_problems(slug: str, maja: User, contents: Any) -> None:
    made = library.use(slug, {}, user=maja)
    assert (made.status, made.template, made.owner) == ("draft", slug, maja)
    assert [(one.node, one.field, one.message) for one in problems(parse(made.draft))] == []
    assert all(sentences(parse(made.draft)).values())


@pytest.mark.parametrize("slug", SLUGS)
def test_no_two_steps_lie_on_each_other(slug: str, real_kinds: None) -> None:
    nodes = list(library.get(slug).graph().nodes.values())
    for place, one in enumerate(nodes):
        for other in nodes[place + 1 :]:
            assert abs(one.x - other.x) >= 240 or abs(one.y - other.y) >= 104, (one.id, other.id)


def test_lead_nurturing_is_the_drawing_of_the_article(real_kinds: None) -> None:
    graph = library.get("lead-nurturing").graph()
    assert steps_and_paths(graph) == (19, 5)
    assert [node.kind for node in graph.nodes.values()] == [
        "trigger", "email", "wait_until", "wait", "email", "wait", "email", "exit", "condition", "sms", "email",
        "wait_until", "sms", "exit", "email", "wait_until", "exit", "audience", "exit",
    ]  # fmt: skip
    ways = {(node, port): target for node in graph.nodes for port, target in graph.ways(node).items()}
    assert ways == {
        ("n1", "next"): "n2", ("n2", "next"): "n3", ("n3", "b1"): "n4", ("n3", "timeout"): "n9", ("n4", "next"): "n5",
        ("n5", "next"): "n6", ("n6", "next"): "n7", ("n7", "next"): "n8", ("n9", "yes"): "n10", ("n9", "no"): "n15",
        ("n10", "next"): "n11", ("n11", "next"): "n12", ("n12", "b1"): "n6", ("n12", "timeout"): "n13",
        ("n13", "next"): "n14", ("n15", "next"): "n16", ("n16", "b1"): "n17", ("n16", "timeout"): "n18",
        ("n18", "next"): "n19",
    }  # fmt: skip
    outcomes = {node.id: node.settings["outcome"] for node in graph.of_kind("exit")}
    assert outcomes == {"n8": "completed", "n14": "no_response", "n17": "completed", "n19": "to_ads"}


def test_its_sentences_read_as_on_the_picture(maja: User, contents: Any) -> None:
    said = sentences(parse(library.use("lead-nurturing", {}, user=maja).draft))
    assert said["n1"] == "Anyone new, once each"
    assert said["n2"] == "“Good coffee starts here”"
    assert said["n3"] == "Waits up to 2 days"
    assert said["n4"] == "Wait 3 days"
    assert said["n11"] == "“Three ways to brew it”"
    assert said["n18"] == "Google Ads and 1 more"
    assert said["n19"] == "Ends as “to ads”"


def test_parameters_are_put_where_they_belong(api: APIClient, contents: Any) -> None:
    body = {"parameters": {"gap": "PT1H", "open_wait": "P1D"}, "name": "Coffee story"}
    answer = api.post("/api/library/lead-nurturing/use/", body, format="json")
    assert answer.status_code == 201 and answer.json()["name"] == "Coffee story"
    assert answer.json()["tactic"] == "Lead nurturing"
    draft = Workflow.objects.get(pk=answer.json()["id"]).draft
    settings = {node["id"]: node["settings"] for node in draft["nodes"]}
    assert settings["n4"]["duration"] == settings["n6"]["duration"] == "PT1H"
    assert settings["n3"]["timeout"] == settings["n12"]["timeout"] == settings["n16"]["timeout"] == "P1D"
    assert contents[settings["n2"]["content"]]["subject"] == "Good coffee starts here"
    assert settings["n5"]["content"] == settings["n11"]["content"]
    assert "{{ unsubscribe_url }}" in contents[1]["html"] and "{{ unsubscribe_url }}" in contents[1]["text"]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [({"gap": "soon"}, "gap"), ({"gap": 3}, "gap"), ({"gap": "PT1S"}, "gap"), ({"colour": "red"}, "colour")],
)
def test_parameters_that_are_not_right_are_refused(
    api: APIClient, contents: Any, parameters: dict[str, Any], field: str
) -> None:
    answer = api.post("/api/library/lead-nurturing/use/", {"parameters": parameters}, format="json")
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["problems"]] == [f"parameters.{field}"]
    assert not Workflow.objects.exists() and not contents


def test_if_the_contents_cannot_be_created_nothing_is(maja: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_create_contents", lambda contents, user: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        library.use("lead-nurturing", {}, user=maja)
    with pytest.raises(BadParameters):
        library.use("lead-nurturing", {"gap": None}, user=maja)
    assert not Workflow.objects.exists()


def test_the_list_shows_what_the_card_needs(api: APIClient, real_kinds: None) -> None:
    found = api.get("/api/library/").json()
    assert found["count"] == len(SLUGS)
    card = next(one for one in found["results"] if one["slug"] == "lead-nurturing")
    assert (card["name"], card["author"], card["steps"], card["paths"]) == ("Lead nurturing", "Marcin Ostrowski", 19, 5)
    assert card["channels"] == ["email", "sms", "audience"]
    assert [(one["name"], one["default"]) for one in card["parameters"]] == [("open_wait", "P2D"), ("gap", "P3D")]
    assert api.post("/api/library/no-such/use/", {}, format="json").status_code == 404
