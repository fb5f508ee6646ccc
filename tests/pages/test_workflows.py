from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from builder.actions.create import create
from builder.models import Workflow
from tests.engine.kit import publish
from tests.pages.conftest import HOSTILE, story


def names(client: Client, query: str = "") -> list[str]:
    return [row["name"] for row in client.get(f"/workflows/{query}").context["rows"]]


def test_filters_stay_in_the_address(marketer: Client, world: dict[str, Any]) -> None:
    draft = create(name="Cart rescue", user=None)
    Workflow.objects.filter(pk=draft.pk).update(tactic="Cart")
    assert names(marketer) == ["Welcome", "Cart rescue"]
    assert names(marketer, "?state=draft") == ["Cart rescue"]
    assert names(marketer, "?state=live") == ["Welcome"]
    assert names(marketer, "?tactic=Cart") == ["Cart rescue"]
    assert names(marketer, "?q=rescue") == ["Cart rescue"]
    assert names(marketer, "?q=nothing-like-it") == []
    html = marketer.get("/workflows/?tactic=Cart&state=draft").content.decode()
    assert "?tactic=Cart&amp;state=live" in html
    assert names(marketer, "?sort=name") == ["Cart rescue", "Welcome"]
    assert names(marketer, "?sort=-name") == ["Welcome", "Cart rescue"]
    assert names(marketer, "?sort=;drop&page=99&owner=x") == ["Welcome", "Cart rescue"]


def test_a_step_is_found_by_its_name(marketer: Client) -> None:
    document = story()
    document["nodes"][1]["label"] = "Pauza przed wysyłką"
    create(name="Polish", user=None, document=document)
    create(name="Other", user=None)
    assert names(marketer, "?q=wysyłką") == ["Polish"]


def test_rows_tell_real_numbers(marketer: Client, world: dict[str, Any]) -> None:
    (row,) = marketer.get("/workflows/").context["rows"]
    assert (row["inside"], row["entered"], row["finished"], row["steps"], row["version"]) == (1, 3, 2, 6, 1)
    assert row["goal"] is None


def test_queries_do_not_grow(marketer: Client, world: dict[str, Any], django_assert_num_queries: Any) -> None:
    marketer.get("/workflows/")
    with django_assert_num_queries(13):
        marketer.get("/workflows/")
    for n in range(12):
        publish(story(), f"Workflow {n}")
    with django_assert_num_queries(13):
        marketer.get("/workflows/")


def test_what_one_may_do_with_each(marketer: Client, world: dict[str, Any]) -> None:
    pk = world["workflow"].pk

    def status() -> str:
        return Workflow.objects.get(pk=pk).status

    marketer.post(f"/workflows/{pk}/pause/")
    assert status() == "paused"
    marketer.post(f"/workflows/{pk}/resume/")
    assert status() == "live"
    marketer.post(f"/workflows/{pk}/duplicate/")
    copy = Workflow.objects.exclude(pk=pk).get()
    assert (copy.name, copy.status) == ("Welcome, copy", "draft")
    marketer.post(f"/workflows/{copy.pk}/delete/")
    assert not Workflow.objects.filter(pk=copy.pk).exists()
    answer = marketer.post(f"/workflows/{pk}/archive/", follow=True)
    assert status() == "live"
    assert "still inside" in answer.content.decode()
    assert f"/workflows/{pk}/end/" in marketer.get("/workflows/").content.decode()
    marketer.post(f"/workflows/{pk}/end/")
    assert status() == "ended"
    marketer.post(f"/workflows/{pk}/archive/")
    assert status() == "archived"
    assert marketer.get(f"/workflows/{pk}/pause/").status_code == 405


def test_many_at_once(marketer: Client, world: dict[str, Any]) -> None:
    other = publish(story(), "Other")
    draft = create(name="Draft", user=None)
    answer = marketer.post(
        "/workflows/act/", {"do": "pause", "id": [other.pk, world["workflow"].pk, draft.pk, "x"]}, follow=True
    )
    assert Workflow.objects.filter(status="paused").count() == 2
    html = answer.content.decode()
    assert "2 workflows paused." in html
    assert "Only a live workflow can be paused" in html


def test_staff_changes_nothing(staff: Client, world: dict[str, Any]) -> None:
    pk = world["workflow"].pk
    for address in (f"/workflows/{pk}/pause/", "/workflows/act/", "/workflows/new/"):
        assert staff.post(address).status_code == 403
    assert Workflow.objects.get(pk=pk).status == "live"


def test_an_exported_file_becomes_a_draft(marketer: Client) -> None:
    file = SimpleUploadedFile("Welcome back.json", json.dumps(story()).encode())
    answer = marketer.post("/workflows/new/", {"file": file})
    one = Workflow.objects.get()
    assert answer["Location"] == f"/workflows/{one.pk}/"
    assert (one.name, len(one.draft["nodes"])) == ("Welcome back", 6)


@pytest.mark.parametrize("content", [b"{not json", b"\xff\xfe\x00", b"[1, 2]", b'"text"'])
def test_a_broken_file_is_refused_in_words(marketer: Client, content: bytes) -> None:
    answer = marketer.post("/workflows/new/", {"file": SimpleUploadedFile("x.json", content)}, follow=True)
    assert answer.status_code == 200
    assert "toast-error" in answer.content.decode()
    assert not Workflow.objects.exists()


def test_names_are_never_markup(marketer: Client) -> None:
    document = story()
    document["nodes"][0]["label"] = HOSTILE
    create(name=HOSTILE[:190], user=None, document=document)
    assert "<script>alert" not in marketer.get("/workflows/").content.decode()


def test_a_template_becomes_a_draft_with_its_parameters(marketer: Client) -> None:
    dialog = marketer.get("/library/lead-nurturing/use/").content.decode()
    assert 'name="gap_n"' in dialog
    answer = marketer.post(
        "/library/lead-nurturing/use/",
        {"name": "Ours", "gap_n": "5", "gap_unit": "H", "open_wait_n": "1", "open_wait_unit": "W"},
        headers={"HX-Request": "true"},
    )
    one = Workflow.objects.get()
    assert answer["HX-Redirect"] == f"/workflows/{one.pk}/"
    settings = {node["id"]: node["settings"] for node in one.draft["nodes"]}
    assert (settings["n4"]["duration"], settings["n3"]["timeout"]) == ("PT5H", "P1W")


def test_a_parameter_out_of_range_keeps_what_was_typed(marketer: Client) -> None:
    answer = marketer.post("/library/lead-nurturing/use/", {"name": "Ours", "gap_n": "900", "gap_unit": "D"})
    html = answer.content.decode()
    assert 'value="900"' in html
    assert "from 1 minute to 1 year" in html
    assert not Workflow.objects.exists()


def test_the_canvas_gets_its_configuration(marketer: Client, staff: Client, world: dict[str, Any]) -> None:
    address = f"/workflows/{world['workflow'].pk}/"
    assert marketer.get(address).context["config"]["can"] == {"write": True, "publish": True, "retry": False}
    assert staff.get(address).context["config"]["can"] == {"write": False, "publish": False, "retry": True}
    assert marketer.get("/workflows/999999/").status_code == 404
