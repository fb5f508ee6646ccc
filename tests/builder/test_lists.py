"""The list of workflows: searched, filtered, sorted, paged, in few queries; and what it refuses."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from builder import people, publishing
from builder.actions.create import create
from builder.models import Workflow
from tests.builder.drawings import simple

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(maja: User, ola: User) -> list[Workflow]:
    one = create(name="Lead nurturing", user=maja, document={**simple(), "settings": {"tactic": "Nurturing"}})
    two = create(name="NPS by e-mail", user=ola, document={**simple(), "settings": {"tactic": "NPS"}})
    publishing.publish(two, user=ola)
    return [one, two, create(name="Lead, mobile", user=ola)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Lead nurturing", "Lead, mobile", "NPS by e-mail"]),
        ("q=lead", ["Lead nurturing", "Lead, mobile"]),
        ("status=live", ["NPS by e-mail"]),
        ("status=live&status=draft", ["Lead nurturing", "Lead, mobile", "NPS by e-mail"]),
        ("tactic=NPS", ["NPS by e-mail"]),
        ("owner=999999", []),
    ],
)
def test_search_and_filters(api: APIClient, three: Any, query: str, names: list[str]) -> None:
    found = api.get(f"/api/workflows/?ordering=name&{query}").json()
    assert [one["name"] for one in found["results"]] == names
    assert found["count"] == len(names)


@pytest.mark.parametrize(
    "query", ["ordering=owner__password", "status=alive", "owner=x", "owner=99999999999999999999", "page=9"]
)
def test_what_is_not_on_the_lists_is_refused(api: APIClient, three: Any, query: str) -> None:
    assert api.get(f"/api/workflows/?{query}").status_code in (400, 404)


def test_a_longer_list_takes_no_more_queries(
    api: APIClient, maja: User, three: Any, django_assert_max_num_queries: Any
) -> None:
    people.register(lambda workflow_id: {}, totals=lambda ids: dict.fromkeys(ids, 7))
    for number in range(30):
        create(name=f"Workflow {number}", user=maja)
    with django_assert_max_num_queries(3):  # count, rows, and the roles unless just asked
        found = api.get("/api/workflows/?page_size=50").json()
    assert len(found["results"]) == 33
    assert found["results"][0]["people_inside"] == 7
    assert "draft" not in found["results"][0]


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({}, 400, "name"),
        ({"name": ""}, 400, "name"),
        ({"name": "x" * 201}, 400, "name"),
        ({"name": "a\0b"}, 400, "Null"),
        ({"name": "Imported", "document": [1]}, 400, "JSON object"),
        ({"name": "Imported", "document": {"nodes": [{"id": "n1", "kind": "wait"}, {"id": 3}]}}, 400, "nodes.1.id"),
        ({"name": "Imported", "document": {"nodes": [], "edges": [{"source": "n1"}]}}, 400, "edges.0.port"),
        (
            {"name": "Imported", "document": {"nodes": [{"id": "a", "kind": "b", "settings": 1}]}},
            400,
            "nodes.0.settings",
        ),
    ],
)
def test_an_import_says_the_place_of_its_first_error(api: APIClient, body: Any, status: int, word: str) -> None:
    answer = api.post("/api/workflows/", body, format="json")
    assert answer.status_code == status
    assert word in answer.json()["detail"]
    assert not Workflow.objects.exists()


def test_an_export_imports_to_the_same_document(api: APIClient, workflow: Workflow) -> None:
    exported = api.get(f"/api/workflows/{workflow.pk}/draft/").json()
    made = api.post("/api/workflows/", {"name": "Again", "document": exported}, format="json")
    assert made.status_code == 201
    assert api.get(f"/api/workflows/{made.json()['id']}/draft/").json() == exported


@pytest.mark.parametrize("pk", ["0", "999", "99999999999999999999999"])
def test_what_does_not_exist_is_not_found(api: APIClient, pk: str) -> None:
    for path in ("", "draft/", "versions/", "versions/1/", "versions/99999999999999999999/"):
        assert api.get(f"/api/workflows/{pk}/{path}").status_code == 404
    assert api.post(f"/api/workflows/{pk}/publish/", {}, format="json").status_code == 404


def test_validate_counts_steps_and_paths(api: APIClient, workflow: Workflow) -> None:
    found = api.post(f"/api/workflows/{workflow.pk}/validate/", {}, format="json").json()
    assert (found["steps"], found["paths"], found["problems"]) == (3, 1, [])
    other = api.post(f"/api/workflows/{workflow.pk}/validate/", {"document": {"nodes": []}}, format="json").json()
    assert other["counts"] == {"errors": 1, "warnings": 0}
    assert other["problems"] == [
        {"node": None, "field": "nodes", "message": "Nobody can come in yet: add a Trigger.", "severity": "error"}
    ]


def test_owners_are_people_that_exist(api: APIClient, workflow: Workflow, ola: User) -> None:
    url = f"/api/workflows/{workflow.pk}/"
    assert api.patch(url, {"owner": ola.pk}, format="json").json()["owner"] == {"id": ola.pk, "name": "Ola Dudek"}
    assert api.patch(url, {"owner": 999_999}, format="json").status_code == 400
    assert api.patch(url, {"owner": None}, format="json").json()["owner"] is None
    assert api.patch(url, {"objectives": "all"}, format="json").status_code == 400
