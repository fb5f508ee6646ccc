"""Any two versions can be compared, in words."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from builder import drafts, publishing
from tests.builder.drawings import simple
from tests.engine.kit import publish

pytestmark = pytest.mark.django_db


def test_a_version_is_compared_with_the_one_before_or_with_any_other() -> None:
    workflow = publish(simple("P1D"))
    for duration in ("P2D", "P3D"):
        workflow.refresh_from_db()
        drafts.save(workflow.pk, simple(duration), revision=workflow.revision, user=None)
        workflow.refresh_from_db()
        publishing.publish(workflow, user=None)
    client = APIClient()
    client.force_authenticate(User.objects.create_superuser("maja"))
    path = f"/api/workflows/{workflow.pk}/versions/3/"
    said = [client.get(path, query).json()["changes"][0]["text"] for query in ({}, {"against": 1}, {"against": "2"})]
    assert said == [
        "The wait is 3 days, it was 2 days",
        "The wait is 3 days, it was 1 day",
        "The wait is 3 days, it was 2 days",
    ]
    assert client.get(path, {"against": 9}).status_code == 404
    assert client.get(path, {"against": "x"}).status_code == 404
