"""Who may do what with workflows: marketers and admins draw, staff reads what was published, nobody else gets in."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from builder import publishing
from builder.models import Workflow
from tests.builder.drawings import simple

pytestmark = pytest.mark.django_db

ALL, WRITERS = {"marketer", "admin", "staff"}, {"marketer", "admin"}
ONE = "/api/workflows/{id}/"
TABLE: list[tuple[str, str, set[str]]] = [
    ("GET", "/api/catalogue/", ALL),
    ("GET", "/api/library/", ALL),
    ("POST", "/api/library/lead-nurturing/use/", WRITERS),
    ("GET", "/api/workflows/", WRITERS),
    ("POST", "/api/workflows/", WRITERS),
    ("GET", ONE, WRITERS),
    ("PATCH", ONE, WRITERS),
    ("GET", f"{ONE}draft/", WRITERS),
    ("PUT", f"{ONE}draft/", WRITERS),
    ("POST", f"{ONE}validate/", WRITERS),
    ("POST", f"{ONE}impact/", WRITERS),
    ("POST", f"{ONE}publish/", WRITERS),
    ("POST", f"{ONE}pause/", WRITERS),
    ("POST", f"{ONE}resume/", WRITERS),
    ("POST", f"{ONE}duplicate/", WRITERS),
    ("POST", f"{ONE}end/", WRITERS),
    ("GET", f"{ONE}versions/", ALL),
    ("GET", f"{ONE}versions/1/", ALL),
    ("POST", f"{ONE}versions/1/restore/", WRITERS),
    ("DELETE", ONE, WRITERS),
    ("POST", f"{ONE}archive/", WRITERS),
    ("GET", "/api/schema/", ALL),
    ("GET", "/api/docs/", ALL),
]
BODIES = {"PATCH": {"name": "Renamed"}, "PUT": simple()}


def call(client: APIClient, method: str, path: str, workflow: Workflow) -> int:
    body = {"name": "One more"} if path == "/api/workflows/" else BODIES.get(method, {})
    headers = {"If-Match": '"1"'} if method == "PUT" else {}
    url = path.replace("{id}", str(workflow.pk))
    answer = client.generic(method, url, json.dumps(body), content_type="application/json", headers=headers)
    return int(answer.status_code)


@pytest.mark.parametrize("role", ["marketer", "admin", "staff", None])
@pytest.mark.parametrize(("method", "path", "roles"), TABLE, ids=lambda part: part if isinstance(part, str) else "")
def test_each_address_opens_for_its_roles_alone(
    method: str, path: str, roles: set[str], role: str | None, person: Callable[..., User], workflow: Workflow,
    maja: User, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("builder.library._create_contents", lambda contents, user: dict.fromkeys(contents, 1))
    publishing.publish(workflow, user=maja)
    client = APIClient(raise_request_exception=True)
    client.force_login(person(role, f"somebody-{role}", is_staff=True))
    status = call(client, method, path, workflow)
    if role in roles:
        assert status < 400 or status == 409, status
    else:
        assert status == 403


@pytest.mark.parametrize(("method", "path", "roles"), TABLE, ids=lambda part: part if isinstance(part, str) else "")
def test_nobody_gets_in_without_logging_in(method: str, path: str, roles: set[str], workflow: Workflow) -> None:
    status = call(APIClient(), method, path, workflow)
    assert status == (302 if path == "/api/docs/" else 401)


def test_staff_sees_no_draft_in_what_was_published(
    person: Callable[..., User], as_: Callable[[User], APIClient], workflow: Workflow, maja: User
) -> None:
    publishing.publish(workflow, user=maja)
    Workflow.objects.filter(pk=workflow.pk).update(draft={"nodes": [{"id": "secret"}]}, revision=2)
    staff = as_(person("staff"))
    for path in ("versions/", "versions/1/"):
        assert "secret" not in staff.get(f"/api/workflows/{workflow.pk}/{path}").content.decode()


@pytest.mark.parametrize("path", ["workflow/", "workflowversion/"])
def test_the_admin_shows_and_changes_nothing(
    path: str, person: Callable[..., User], workflow: Workflow, maja: User
) -> None:
    version = publishing.publish(workflow, user=maja)
    browser = Client()
    browser.force_login(person("admin", is_staff=True))
    key = workflow.pk if path == "workflow/" else version.pk
    base = f"/admin/builder/{path}"
    assert browser.get(base).status_code == 200
    assert browser.get(f"{base}{key}/change/").status_code == 200
    for url in (f"{base}add/", f"{base}{key}/delete/"):
        assert browser.post(url, {"post": "yes"}).status_code == 403
    assert browser.post(f"{base}{key}/change/", {"name": "Hacked"}).status_code == 403


def test_the_admin_hides_drafts_from_staff(person: Callable[..., User], workflow: Workflow) -> None:
    browser = Client()
    browser.force_login(person("staff", is_staff=True))
    assert browser.get("/admin/builder/workflow/").status_code in (302, 403)


def test_the_schema_has_no_gaps(api: APIClient, real_kinds: None) -> None:
    answer: Any = api.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    paths = answer.json()["paths"]
    for method, path, _ in TABLE[:-2]:
        known = path.replace("{id}", "{id}").replace("/1/", "/{number}/").replace("lead-nurturing", "{slug}")
        found = {key.replace("{pk}", "{id}"): value for key, value in paths.items()}
        assert method.lower() in found[known], (method, path)
        assert "responses" in found[known][method.lower()]
