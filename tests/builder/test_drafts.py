"""Of two people who save at once one wins and the other is told. Nothing is lost, nothing is dropped in silence."""

import json
import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from rest_framework.test import APIClient

from builder import drafts
from builder.actions import told
from builder.documents import MAX_BYTES
from builder.errors import StaleDraft
from builder.models import Workflow
from tests.builder.drawings import document, node, simple, trigger

pytestmark = pytest.mark.django_db


def put(api: APIClient, workflow: Workflow, body: Any, revision: Any = None, **headers: str) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    if revision is not None:
        headers["If-Match"] = f'"{revision}"'
    return api.put(f"/api/workflows/{workflow.pk}/draft/", text, content_type="application/json", headers=headers)


def test_a_save_answers_with_revision_problems_and_sentences(api: APIClient, workflow: Workflow) -> None:
    answer = put(api, workflow, simple("P5D"), 1)
    assert answer.status_code == 200
    assert answer["ETag"] == '"2"'
    found = answer.json()
    assert found["revision"] == 2
    assert found["problems"] == []
    assert found["sentences"] == {"n1": "Anyone new, once each", "n2": "Wait 5 days", "n3": "Ends as “completed”"}
    assert found["counts"] == {"errors": 0, "warnings": 0}
    read = api.get(f"/api/workflows/{workflow.pk}/draft/")
    assert read["ETag"] == '"2"'
    assert read.json() == simple("P5D")


def test_a_draft_saves_however_wrong_it_is(api: APIClient, workflow: Workflow) -> None:
    wrong = document([trigger(), node("n2", "wait", duration=[])], "n1 next n2", "n2 next n1", "n7 x n8")
    answer = put(api, workflow, wrong, 1)
    assert answer.status_code == 200
    assert answer.json()["counts"]["errors"] >= 4
    assert api.get(f"/api/workflows/{workflow.pk}/draft/").json() == wrong


def test_what_this_release_does_not_know_comes_back_byte_for_byte(api: APIClient, workflow: Workflow) -> None:
    text = (
        '{"zebra":1,"format":1,"nodes":[{"kind":"teleport","id":"n1","settings":{"to":"Mars","b":null,"a":[1.0,2]},'
        '"sparkle":true},{"id":"n2","kind":"wait","settings":{"duration":"P1D","of_tomorrow":{"y":1,"x":2}}}],'
        '"edges":[],"notes":[{"id":"t1","text":"a\\u0000b \\"q\\" zażółć"}],"settings":{"newer":"x"}}'
    )
    assert put(api, workflow, text.encode(), 1).status_code == 200
    stored = api.get(f"/api/workflows/{workflow.pk}/draft/")
    assert stored.content.decode() == text


def test_a_stale_save_gets_what_was_saved_meanwhile_and_by_whom(api: APIClient, workflow: Workflow, ola: User) -> None:
    drafts.save(workflow.pk, simple("P9D"), revision=1, user=ola)
    answer = put(api, workflow, simple("P1D"), 1)
    assert answer.status_code == 409
    assert answer["ETag"] == '"2"'
    found = answer.json()
    assert found["document"] == simple("P9D")
    assert found["revision"] == 2
    assert found["author"] == {"id": ola.pk, "name": "Ola Dudek"}
    assert found["detail"] == "Somebody else saved this draft in the meantime."


def test_a_save_must_say_where_it_started(api: APIClient, workflow: Workflow) -> None:
    assert put(api, workflow, simple()).status_code == 428
    refused = put(api, workflow, simple(), **{"If-Match": "seven"})
    assert refused.status_code == 400 and refused.json()["detail"].startswith("If-Match names")
    assert put(api, workflow, simple(), **{"If-Match": 'W/"1"'}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ('{"nodes": [', 400, "line 1, column"),
        ("", 400, "JSON object with “nodes”"),
        ("{}", 400, "JSON object with “nodes”"),
        ("[]", 400, "object"),
        ('{"nodes": "many"}', 400, "“nodes” is not a list"),
        ('{"nodes": [1]}', 400, "“nodes.0” is not an object"),
        ('{"nodes": [], "settings": []}', 400, "“settings” is not an object"),
        ('{"x": NaN}', 400, "NaN"),
        ('{"nodes": [], "x": 1e999}', 400, "1e999 is too large a number"),
        ('{"x": "\\ud800"}', 400, "half a character"),
        (b'{"x": "\xff"}', 400, "UTF-8"),
        ("[" * 100_000, 400, "nested"),
        ('{"x": ' + "[" * 150 + "]" * 150 + "}", 400, "100 levels"),
        ('{"x": ' + "9" * 5000 + "}", 400, "cannot be read"),
        (json.dumps(document([node(f"n{n}", "exit") for n in range(1_001)])), 400, "at most 1,000 steps"),
        (json.dumps({"nodes": [], "edges": [{}] * 3_001}), 400, "at most 3,000 connections"),
        (json.dumps({"x": "a" * (MAX_BYTES + 100_000)}), 413, "2 MiB"),
    ],
)
def test_what_is_no_document_is_refused_in_words_and_changes_nothing(
    api: APIClient, workflow: Workflow, body: Any, status: int, word: str
) -> None:
    answer = put(api, workflow, body, 1)
    assert answer.status_code == status
    assert word in answer.json()["detail"]
    workflow.refresh_from_db()
    assert (workflow.revision, workflow.draft) == (1, simple())


def test_a_document_of_the_full_size_is_saved(api: APIClient, workflow: Workflow) -> None:
    nodes = [node(f"n{n}", "wait", duration="P1D", filler="x" * 1_900) for n in range(1_000)]
    whole = document([trigger("t"), *nodes[1:]])
    assert len(json.dumps(whole)) > 2_000_000
    assert put(api, workflow, json.dumps(whole, separators=(",", ":")), 1).status_code == 200


def test_labels_follow_the_drawing_and_the_other_way_round(api: APIClient, workflow: Workflow) -> None:
    put(api, workflow, {**simple(), "settings": {"tactic": "Onboarding", "objectives": ["Loyalty"]}}, 1)
    url = f"/api/workflows/{workflow.pk}/"
    assert api.get(url).json()["tactic"] == "Onboarding"
    answer = api.patch(url, {"tactic": "Win-back", "name": "Come back"}, format="json").json()
    assert (answer["tactic"], answer["name"], answer["revision"]) == ("Win-back", "Come back", 3)
    assert api.get(f"{url}draft/").json()["settings"] == {"tactic": "Win-back", "objectives": ["Loyalty"]}
    assert api.patch(url, {"name": "Again"}, format="json").json()["revision"] == 3


def test_who_watches_is_told_after_the_commit(
    workflow: Workflow, ola: User, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[told.Saved] = []
    told.on_saved(heard.append)
    with django_capture_on_commit_callbacks(execute=True):
        drafts.save(workflow.pk, simple(), revision=1, user=ola, client="tab-1")
        assert heard == []
    assert heard == [told.Saved(workflow.pk, 2, ola, "tab-1")]


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_save_at_once_one_wins(workflow: Workflow, maja: User) -> None:
    start, answers = threading.Barrier(10), []

    def save(number: int) -> None:
        try:
            start.wait(10)
            answers.append(drafts.save(workflow.pk, simple(f"P{number}D"), revision=1, user=maja))
        except StaleDraft as stale:
            answers.append(stale.document["nodes"][1]["settings"]["duration"])
        finally:
            connection.close()

    people = [threading.Thread(target=save, args=(number,)) for number in range(1, 11)]
    for one in people:
        one.start()
    for one in people:
        one.join(60)
    workflow.refresh_from_db()
    won = workflow.draft["nodes"][1]["settings"]["duration"]
    assert answers.count(2) == 1
    assert answers.count(won) == 9
    assert workflow.revision == 2
