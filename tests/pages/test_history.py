from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from contacts.models import Contact
from engine.models import Refusal, Run, RunStatus
from tests.engine.kit import publish, run_of
from tests.pages.conftest import HOSTILE, many, story


def rows(client: Client, query: str = "?since=any") -> list[str]:
    context = client.get(f"/history/{query}").context
    return [row["name"] for row in [*context["grouped"], *context["rows"]]]


@pytest.fixture
def failed(world: dict[str, Any]) -> list[Run]:
    """Two more people, stopped at the same step for the same reason."""
    from engine import triggers

    people = many(2)
    triggers.enrol(world["workflow"], [one.pk for one in people])
    runs = Run.objects.filter(contact__in=people)
    runs.update(status=RunStatus.FAILED, node="n4", outcome="failed", error="sender name unknown", ended_at=0)
    return list(runs.order_by("id"))


def test_every_filter_lives_in_the_address(staff: Client, world: dict[str, Any]) -> None:
    pk = world["workflow"].pk
    publish(story(), "Other")
    assert sorted(rows(staff)) == ["Alice", "Bob", "Charlie"]
    assert rows(staff, "?since=any&state=inside") == ["Charlie"]
    assert sorted(rows(staff, "?since=any&state=ended")) == ["Alice", "Bob"]
    assert sorted(rows(staff, f"?workflow={pk}&step=n5")) == ["Alice"]
    assert rows(staff, f"?workflow={pk}&version=7") == []
    assert rows(staff, "?q=bob@example") == ["Bob"]
    assert rows(staff, "?since=today") == ["Charlie", "Alice", "Bob"] or len(rows(staff, "?since=today")) == 3
    assert rows(staff, "?workflow=%00&state=x&since=y&page=-1&run=abc&q=%00") is not None
    counts = {one.label: one.count for one in staff.get("/history/?since=any").context["states"]}
    assert counts == {"All": 3, "Inside": 1, "Ended": 2, "Failed": 0, "Removed": 0}


def test_who_failed_together_stands_together(staff: Client, failed: list[Run]) -> None:
    answer = staff.get("/history/?since=any")
    group = answer.context["group"]
    assert (group.people, group.label, group.error) == (2, "Tag", "sender name unknown")
    assert {row["name"] for row in answer.context["grouped"]} == {"Person0", "Person1"}
    assert {row["name"] for row in answer.context["rows"]} == {"Alice", "Bob", "Charlie"}
    assert "Retry these 2" in answer.content.decode()


def test_staff_tries_them_again(staff: Client, marketer: Client, failed: list[Run]) -> None:
    one = failed[0]
    asked = {"workflow": one.workflow_id, "version": one.version_id, "node": "n4", "error": "sender name unknown"}
    assert marketer.post("/history/retry/", asked).status_code == 403
    staff.post("/history/retry/", asked)
    assert not Run.objects.filter(status=RunStatus.FAILED).exists()
    again = staff.post("/history/retry/", {"run": one.pk}, follow=True)
    assert "Nothing has failed here" in again.content.decode()


def test_one_run_beside_the_list(staff: Client, world: dict[str, Any]) -> None:
    run = run_of(world["charlie"])
    answer = staff.get(f"/history/?since=any&run={run.pk}")
    panel = answer.context["panel"]
    assert (panel["name"], panel["workflow"], len(panel["card"].steps)) == ("Charlie", "Welcome", 2)
    html = answer.content.decode()
    assert f"/history/{run.pk}/cancel/" in html
    assert f"/contacts/{run.contact_id}/" not in html  # staff may not open contacts
    staff.post(f"/history/{run.pk}/cancel/")
    run.refresh_from_db()
    assert (run.status, run.outcome) == (RunStatus.REMOVED, "cancelled")
    assert "over already" in staff.post(f"/history/{run.pk}/cancel/", follow=True).content.decode()


def test_marketers_read_but_do_not_cancel(marketer: Client, world: dict[str, Any]) -> None:
    run = run_of(world["charlie"])
    html = marketer.get(f"/history/?since=any&run={run.pk}").content.decode()
    assert "End this run" not in html
    assert marketer.post(f"/history/{run.pk}/cancel/").status_code == 403


def test_a_way_back_leads_only_into_the_history(staff: Client, world: dict[str, Any]) -> None:
    run = run_of(world["charlie"])
    answer = staff.post(f"/history/{run.pk}/cancel/", {"back": "https://evil.example/"})
    assert answer["Location"] == "/history/"


def test_the_export_holds_what_the_filters_show(staff: Client, world: dict[str, Any]) -> None:
    Contact.objects.filter(pk=world["bob"].pk).update(email="=cmd@example.com")
    answer = staff.get("/history/export/?since=any&state=ended")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 3
    assert lines[0].startswith("run,workflow,version,contact,email,state")
    assert any("'=cmd@example.com" in line for line in lines)


def test_why_somebody_did_not_enter(staff: Client, world: dict[str, Any]) -> None:
    Refusal.objects.create(workflow=world["workflow"], contact=world["bob"], reason="once")
    html = staff.get("/history/refusals/").content.decode()
    assert "everybody enters once" in html
    assert "Nobody by this name" in staff.get("/history/refusals/?who=alice").content.decode()


def test_names_are_never_markup(staff: Client, world: dict[str, Any]) -> None:
    Contact.objects.filter(pk=world["bob"].pk).update(first_name=HOSTILE[:80])
    run = run_of(world["bob"])
    Run.objects.filter(pk=run.pk).update(status=RunStatus.FAILED, error=HOSTILE)
    assert "<script>alert" not in staff.get(f"/history/?since=any&run={run.pk}").content.decode()


def test_queries_do_not_grow(staff: Client, world: dict[str, Any], django_assert_num_queries: Any) -> None:
    from engine import triggers

    staff.get("/history/?since=any")
    with django_assert_num_queries(10):
        staff.get("/history/?since=any")
    triggers.enrol(world["workflow"], [one.pk for one in many(40)])
    with django_assert_num_queries(10):
        answer = staff.get("/history/?since=any")
    assert answer.context["total"] == 43
    assert len(staff.get("/history/?since=any&page=2").context["rows"]) == 7


def test_the_panel_shows_the_text_that_should_have_gone(staff: Client) -> None:
    from engine.messaging.models import Message, Status
    from engine.models import Run, Visit
    from tests.engine.kit import draw, person

    drawing = draw(
        {"n1": ("trigger", {"on": "manual"}), "n2": ("sms", {"text": "Hi {{ contact.first_name }}, well?"})},
        ["n1 next n2"],
    )
    workflow = publish(drawing, "Texts")
    bob = person("Bob", phone="+48601000002")
    from engine import triggers
    from tests.engine.kit import settle

    triggers.enrol(workflow, [bob.pk])
    settle()
    run = run_of(bob)
    Message.objects.update(status=Status.REJECTED, error="unknown sender")
    Visit.objects.filter(run_id=run.pk, node="n2").update(port="failed", why=[["failed", "unknown sender"]])
    Run.objects.filter(pk=run.pk).update(status=RunStatus.FAILED, node="n2", outcome="failed", error="unknown sender")
    panel = staff.get(f"/history/?since=any&run={run.pk}").context["panel"]
    assert panel["unsent"] == {
        "channel": "sms",
        "text": "Hi Bob, well?",
        "parts": 1,
        "to": "+48 ··· ··· 002",
    }
