"""The API's lists of runs and refusals: what they are asked for, however odd, is answered in words."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from rest_framework.test import APIClient

from contacts import clock
from engine import triggers
from tests.engine.kit import draw, person, publish, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> APIClient:
    user = User.objects.create(username="staff")
    user.groups.add(Group.objects.get_or_create(name="staff")[0])
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.mark.parametrize("path", ["/api/runs/", "/api/refusals/"])
@pytest.mark.parametrize("name", ["workflow", "contact"])
@pytest.mark.parametrize("value", ["9" * 19, "9" * 30, "-1", "NaN", "1e400", "x"])
def test_what_is_no_id_is_refused_in_words(staff: APIClient, path: str, name: str, value: str) -> None:
    answer = staff.get(f"{path}?{name}={value}")
    assert answer.status_code == 400
    assert {problem["field"] for problem in answer.json()["problems"]} == {name}


def test_pages_of_runs_that_came_at_one_moment_never_overlap(staff: APIClient) -> None:
    with clock.freeze("2026-11-23T08:00:00+00:00"):
        workflow = publish(draw({"n1": ("trigger", {"on": "api"}), "n2": ("wait", {})}, ["n1 next n2"]))
        people = [person(f"Alice{number}") for number in range(5)]
        triggers.enrol(workflow, [one.pk for one in people], key="", on="api")
        settle()
    seen = []
    for page in (1, 2, 3):
        found = staff.get(f"/api/runs/?ordering=entered_at&page_size=2&page={page}").json()["results"]
        seen += [run["id"] for run in found]
    assert len(set(seen)) == len(seen) == 5 and seen == sorted(seen, reverse=True)
