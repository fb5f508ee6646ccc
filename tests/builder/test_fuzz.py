"""Whatever is sent, the answer is an answer: no 5xx, and a draft that was refused is as it was."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from builder import publishing
from builder.models import Workflow
from tests.builder.drawings import simple
from tests.builder.test_graph import JUNK, PART

pytestmark = pytest.mark.django_db

DOCUMENT = st.fixed_dictionaries(
    {},
    optional={
        "format": JUNK, "nodes": st.lists(PART, max_size=5), "edges": st.lists(PART | JUNK, max_size=5),
        "notes": JUNK, "settings": JUNK | st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("reentry", "goal", "tactic", "objectives", "audience", "quiet_hours"), JUNK)
        ),
    },
)  # fmt: skip
BODIES = {
    ("PUT", "draft/"): DOCUMENT | JUNK,
    ("POST", "validate/"): st.fixed_dictionaries({}, optional={"document": DOCUMENT | JUNK}) | JUNK,
    ("POST", "publish/"): st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("people_inside", "deleted", "at", "note"), JUNK)
    )
    | JUNK,
    ("PATCH", ""): st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "tactic", "objectives", "owner"), JUNK))
    | JUNK,
    ("POST", "duplicate/"): st.fixed_dictionaries({}, optional={"name": JUNK}) | JUNK,
    ("POST", "../"): st.fixed_dictionaries({}, optional={"name": st.just("x") | JUNK, "document": DOCUMENT | JUNK})
    | JUNK,
    ("POST", "../../library/lead-nurturing/use/"): st.fixed_dictionaries(
        {}, optional={"name": JUNK, "parameters": st.fixed_dictionaries({}, optional={"gap": JUNK, "x": JUNK}) | JUNK}
    ),
}
URLS = {"../": "/api/workflows/", "../../library/lead-nurturing/use/": "/api/library/lead-nurturing/use/"}


@pytest.mark.parametrize(("method", "path"), list(BODIES))
def test_no_body_makes_it_fail(
    method: str, path: str, api: APIClient, workflow: Workflow, maja: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builder.library._create_contents", lambda contents, user: dict.fromkeys(contents, 1))
    publishing.publish(workflow, user=maja)
    url = URLS.get(path, f"/api/workflows/{workflow.pk}/{path}")

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(BODIES[(method, path)])
    def fuzz(body: Any) -> None:
        Workflow.objects.filter(pk=workflow.pk).update(revision=1, draft=simple())
        headers = {"If-Match": '"1"'}
        answer: Any = api.generic(method, url, json.dumps(body), content_type="application/json", headers=headers)
        assert answer.status_code < 500, (body, answer.content)
        if answer.status_code >= 400:
            assert answer.json()["detail"], body
            if method == "PUT":
                assert Workflow.objects.get(pk=workflow.pk).draft == simple()

    fuzz()
