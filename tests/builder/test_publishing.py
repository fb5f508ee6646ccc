"""From draft to live, and what becomes of it: frozen versions, pause, archive, restore."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from rest_framework.test import APIClient

from builder import drafts, people, publishing
from builder.actions import told
from builder.actions.archive import archive
from builder.actions.end import end
from builder.actions.schedule import publish_due, schedule
from builder.errors import NotNow, StaleDraft, Unpublishable, VersionsAreFrozen
from builder.models import Workflow, WorkflowVersion
from contacts import clock
from tests.builder.drawings import document, leave, node, simple, trigger

pytestmark = pytest.mark.django_db


def url(workflow: Workflow, verb: str = "") -> str:
    return f"/api/workflows/{workflow.pk}/{verb}"


def test_publishing_freezes_the_draft_and_takes_it_live(api: APIClient, workflow: Workflow, maja: User) -> None:
    answer = api.post(url(workflow, "publish/"), {"note": "First try"}, format="json")
    assert answer.status_code == 200
    assert answer.json() | {"published_at": ""} == {
        "number": 1, "published_at": "", "published_by": {"id": maja.pk, "name": "Maja Krawczyk"},
        "note": "First try", "live": True, "steps": 3, "status": "live",
    }  # fmt: skip
    shown = api.get(url(workflow)).json()
    assert (shown["status"], shown["live_version"], shown["versions"], shown["changes"]) == ("live", 1, 1, 0)
    drafts.save(workflow.pk, simple("P9D"), revision=1, user=maja)
    assert api.get(url(workflow)).json()["changes"] == 1
    assert api.get(url(workflow, "versions/1/")).json()["document"] == simple()


def test_a_version_never_changes(workflow: Workflow, maja: User) -> None:
    version = publishing.publish(workflow, user=maja)
    version.note = "Changed"
    for attempt in (
        version.save,
        version.delete,
        lambda: WorkflowVersion.objects.filter(pk=version.pk).update(note="x"),
        lambda: WorkflowVersion.objects.all().delete(),
        lambda: WorkflowVersion.objects.bulk_update([version], ["note"]),
    ):
        with pytest.raises(VersionsAreFrozen):
            attempt()
    version.refresh_from_db()
    assert version.note == "" and version.is_intact()
    version.document = simple("P1D")
    assert not version.is_intact()


def test_a_number_is_given_once(workflow: Workflow, maja: User) -> None:
    publishing.publish(workflow, user=maja)
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkflowVersion(workflow=workflow, number=1, document=simple()).save()


def test_with_errors_nothing_is_published_and_all_are_named(api: APIClient, workflow: Workflow, maja: User) -> None:
    drafts.save(workflow.pk, document([node("n2", "wait")]), revision=1, user=maja)
    answer = api.post(url(workflow, "publish/"), {}, format="json")
    assert answer.status_code == 422
    assert [(one["node"], one["field"]) for one in answer.json()["problems"]] == [(None, "nodes"), ("n2", "duration")]
    workflow.refresh_from_db()
    assert workflow.status == "draft" and not workflow.versions.exists()


def test_warnings_do_not_keep_it_from_going_live(workflow: Workflow, maja: User) -> None:
    whole = simple()
    whole["nodes"].append(leave("n9"))
    drafts.save(workflow.pk, whole, revision=1, user=maja)
    assert publishing.publish(workflow, user=maja).number == 1


def test_publishing_twice_makes_one_version(api: APIClient, workflow: Workflow) -> None:
    for _ in range(2):
        assert api.post(url(workflow, "publish/"), {}, format="json").json()["number"] == 1
    assert workflow.versions.count() == 1


def test_only_the_revision_that_was_looked_at_is_published(api: APIClient, workflow: Workflow, ola: User) -> None:
    drafts.save(workflow.pk, simple("P9D"), revision=1, user=ola)
    answer = api.post(url(workflow, "publish/"), {}, format="json", headers={"If-Match": '"1"'})
    assert answer.status_code == 409
    assert answer.json()["revision"] == 2
    assert not workflow.versions.exists()


def test_the_engine_is_told_inside_the_transaction(workflow: Workflow, maja: User) -> None:
    heard: list[Any] = []
    publishing.on_published(heard.append)
    publishing.on_status(heard.append)
    one = publishing.publish(workflow, user=maja)
    drafts.save(workflow.pk, simple("P9D"), revision=1, user=maja)
    heard.clear()
    two = publishing.publish(workflow, user=maja, people_inside="move", deleted={"n7": "n3", "n8": None})
    (what,) = heard
    assert isinstance(what, told.Published)
    assert (what.version, what.previous, what.people_inside) == (two, one, "move")
    assert what.deleted == {"n7": "n3", "n8": None}

    def breaks(what: Any) -> None:
        raise RuntimeError("the engine could not")

    publishing.on_published(breaks)
    drafts.save(workflow.pk, simple("P8D"), revision=2, user=maja)
    with pytest.raises(RuntimeError):
        publishing.publish(workflow, user=maja)
    workflow.refresh_from_db()
    assert workflow.live_version == two


def test_people_cannot_be_sent_to_a_step_that_is_not_there(api: APIClient, workflow: Workflow) -> None:
    body = {"people_inside": "move", "deleted": {"n7": "n77"}}
    answer = api.post(url(workflow, "publish/"), body, format="json")
    assert answer.status_code == 409 and "n77" in answer.json()["detail"]
    # Nor at three in the morning: a publish that would be refused then is not scheduled.
    answer = api.post(url(workflow, "publish/"), {**body, "at": "2126-01-01T03:00:00Z"}, format="json")
    assert answer.status_code == 409 and "n77" in answer.json()["detail"]
    workflow.refresh_from_db()
    assert workflow.publish_at is None


@pytest.mark.parametrize(
    "body", [{"people_inside": "drown"}, {"deleted": {"n1": 3.5, "n2": []}}, {"at": "soon"}, {"note": "x" * 501}, []]
)
def test_a_malformed_publish_is_refused(api: APIClient, workflow: Workflow, body: Any) -> None:
    assert api.post(url(workflow, "publish/"), body, format="json").status_code == 400
    assert not workflow.versions.exists()


def test_pause_resume_and_back_again(api: APIClient, workflow: Workflow, maja: User, frozen: clock.Frozen) -> None:
    assert api.post(url(workflow, "pause/")).status_code == 409
    publishing.publish(workflow, user=maja)
    heard: list[tuple[str, str]] = []
    publishing.on_status(lambda what: heard.append((what.before, what.after)))
    for _ in range(2):
        assert api.post(url(workflow, "pause/")).json()["status"] == "paused"
    assert api.get(url(workflow)).json()["paused_at"].startswith("2026-11-22T09:00:00")
    drafts.save(workflow.pk, simple("P9D"), revision=1, user=maja)
    publishing.publish(workflow, user=maja)
    assert api.get(url(workflow)).json()["status"] == "paused"
    assert api.post(url(workflow, "resume/")).json() | {} == api.get(url(workflow)).json()
    assert heard == [("live", "paused"), ("paused", "live")]


def test_only_what_is_ended_or_empty_is_archived(api: APIClient, workflow: Workflow, maja: User) -> None:
    publishing.publish(workflow, user=maja)
    people.register(lambda workflow_id: {1: {"n2": 3}})
    answer = api.post(url(workflow, "archive/"))
    assert answer.status_code == 409 and "3 people are still inside" in answer.json()["detail"]
    end(workflow)
    assert archive(workflow).status == "archived"
    with pytest.raises(NotNow):
        publishing.publish(workflow, user=maja)
    with pytest.raises(NotNow):
        drafts.save(workflow.pk, simple(), revision=1, user=maja)
    assert not api.get(url(workflow)).json()["can"]["write"]


def test_only_a_draft_that_never_ran_is_deleted(api: APIClient, workflow: Workflow, maja: User) -> None:
    copy = api.post(url(workflow, "duplicate/"), {}, format="json").json()
    assert copy["name"] == "Lead nurturing, copy" and copy["status"] == "draft"
    assert api.delete(f"/api/workflows/{copy['id']}/").status_code == 204
    assert api.get(f"/api/workflows/{copy['id']}/").status_code == 404
    publishing.publish(workflow, user=maja)
    answer = api.delete(url(workflow))
    assert answer.status_code == 409 and "Archive it instead" in answer.json()["detail"]


def test_restoring_writes_an_old_version_into_the_draft(api: APIClient, workflow: Workflow, maja: User) -> None:
    publishing.publish(workflow, user=maja)
    drafts.save(workflow.pk, simple("P9D"), revision=1, user=maja)
    publishing.publish(workflow, user=maja)
    answer = api.post(url(workflow, "versions/1/restore/"))
    assert answer.json() == {"revision": 3, "document": simple()}
    assert api.get(url(workflow, "draft/")).json() == simple()
    assert api.get(url(workflow)).json()["live_version"] == 2
    listed = api.get(url(workflow, "versions/")).json()
    assert [(one["number"], one["live"]) for one in listed["results"]] == [(2, True), (1, False)]
    stale = api.post(url(workflow, "versions/1/restore/"), headers={"If-Match": '"2"'})
    assert stale.status_code == 409


def test_a_scheduled_publish_goes_live_when_it_is_due(api: APIClient, workflow: Workflow, frozen: clock.Frozen) -> None:
    body = {"at": "2026-11-23T09:00:00Z", "note": "Monday"}
    answer = api.post(url(workflow, "publish/"), body, format="json")
    assert answer.status_code == 202 and answer.json()["publish_at"].startswith("2026-11-23T09:00:00")
    assert publish_due() == 0
    frozen.advance("P1D")
    assert publish_due() == 1
    assert publish_due() == 0
    shown = api.get(url(workflow)).json()
    assert (shown["status"], shown["live_version"], shown["publish_at"]) == ("live", 1, None)
    assert api.post(url(workflow, "publish/"), {"at": "2020-01-01T00:00:00Z"}, format="json").status_code == 409


def test_an_edit_calls_a_scheduled_publish_off(workflow: Workflow, maja: User, frozen: clock.Frozen) -> None:
    schedule(workflow, at=frozen.advance("PT0S").replace(hour=12), user=maja)
    drafts.save(workflow.pk, simple("P9D"), revision=1, user=maja)
    frozen.advance("P1D")
    assert publish_due() == 0
    workflow.refresh_from_db()
    assert workflow.publish_at is None
    assert workflow.publish_plan["refused"] == "The draft was edited after its publish was scheduled."


def test_ending_a_workflow_calls_its_scheduled_publish_off(
    workflow: Workflow, maja: User, frozen: clock.Frozen
) -> None:
    publishing.publish(workflow, user=maja)
    drafts.save(workflow.pk, simple("P8D"), revision=1, user=maja)
    schedule(workflow, at=clock.now() + timedelta(hours=1), user=maja)
    workflow.refresh_from_db()
    assert end(workflow, user=maja).publish_at is None
    frozen.advance("PT2H")
    assert publish_due() == 0
    workflow.refresh_from_db()
    assert workflow.status == "ended"
    assert workflow.publish_plan and workflow.publish_plan["refused"] == "The workflow was ended before."


def test_a_scheduled_publish_that_fails_is_not_tried_for_ever(
    workflow: Workflow, maja: User, frozen: clock.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: Any, **settings: Any) -> None:
        raise RuntimeError("the engine could not")

    schedule(workflow, at=clock.now() + timedelta(hours=1), user=maja)
    frozen.advance("PT2H")
    monkeypatch.setattr("builder.actions.schedule.publish", breaks)
    assert publish_due() == 0
    workflow.refresh_from_db()
    assert workflow.publish_at is None and workflow.publish_plan
    assert "failed on our side" in workflow.publish_plan["refused"]


def test_a_workflow_that_runs_has_a_version(workflow: Workflow) -> None:
    workflow.status = "live"
    with pytest.raises(IntegrityError), transaction.atomic():
        workflow.save()


@pytest.mark.django_db(transaction=True)
def test_of_five_who_publish_at_once_all_get_the_same_version(workflow: Workflow, maja: User) -> None:
    start, answers = threading.Barrier(5), []

    def go() -> None:
        try:
            start.wait(10)
            answers.append(publishing.publish(workflow, user=maja, revision=1).number)
        except (StaleDraft, Unpublishable) as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    people = [threading.Thread(target=go) for _ in range(5)]
    for one in people:
        one.start()
    for one in people:
        one.join(60)
    assert answers == [1] * 5
    assert workflow.versions.count() == 1


def test_two_triggers_are_fine(workflow: Workflow, maja: User) -> None:
    whole = document([trigger(), trigger("n2"), leave("n3")], "n1 next n3", "n2 next n3")
    drafts.save(workflow.pk, whole, revision=1, user=maja)
    assert publishing.publish(workflow, user=maja).number == 1
