"""What fails is tried again in time; what fails in masses stops, and somebody is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from builder.actions.resume import resume
from builder.models import Workflow
from contacts import clock, events
from contacts.models import Contact
from engine import health, notices, retrying
from engine.messaging import content
from engine.messaging.models import Caught, Message, Status
from engine.messaging.senders import base, catcher
from engine.messaging.senders.base import Outcome, retry_after
from engine.models import Failure, Notice, NoticeMail, Run, RunStatus
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

START = "2026-11-23T09:00:00+00:00"


@pytest.fixture
def letter(db: Any) -> int:
    return content.create(name="News", subject="News", html="<p>Hello</p>").pk


@pytest.fixture
def frozen(db: Any) -> Any:
    health._looked.clear()
    with clock.freeze(START) as still:
        yield still


class Provider:
    """A provider that refuses some addresses. `refusing`: permanent; `busy_s`: transient, with that much Retry-After."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refusing: set[str] = set()
        self.busy_s: float | None = None
        caught = catcher.CatcherSender.deliver

        def deliver(sender: Any, letters: Any) -> Any:
            for letter in letters:
                if letter.to in self.refusing:
                    yield Outcome(letter, Status.REJECTED, clock.now(), error="550 no such user")
                elif self.busy_s is not None and letter.message_id:
                    yield Outcome(letter, Status.PLANNED, clock.now(), "", "429 slow down", self.busy_s)
                else:
                    yield from caught(sender, [letter])

        monkeypatch.setattr(catcher.CatcherSender, "deliver", deliver)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    return Provider(monkeypatch)


def flow(letter: int, *, failed: bool = False, on_error: str = "continue", **settings: Any) -> Workflow:
    nodes = {
        "n1": ("trigger", {"on": "contact_added"}),
        "n2": ("email", {"content": letter}),
        "n3": ("exit", {"outcome": "completed"}),
        "n4": ("exit", {"outcome": "no_response"}),
    }
    document = draw(nodes, ["n1 next n2", "n2 next n3", *(["n2 failed n4"] if failed else [])], settings)
    document["nodes"][1]["on_error"] = on_error
    return publish(document, "News")


def crowd(n: int, start: int = 0) -> list[Contact]:
    people = [person(f"P{number}", email=f"p{number}@example.com") for number in range(start, start + n)]
    events.record_many([events.NewEvent(one.pk, "contact_added") for one in people])
    settle()
    return people


def refuse(provider: Provider, numbers: Any) -> None:
    provider.refusing = {f"p{number}@example.com" for number in numbers}


# --- tries --------------------------------------------------------------------------------------


def test_a_busy_provider_is_asked_five_times_within_a_day_and_then_no_more(
    letter: int, frozen: Any, provider: Provider
) -> None:
    flow(letter, failed=True)
    provider.busy_s = 0
    alice = crowd(1)[0]
    waits = []
    for _ in range(4):
        message = Message.objects.get()
        assert message.status == Status.PLANNED
        waits.append(message.not_before - clock.now())
        frozen.set(message.not_before)
        settle()
    least = [timedelta(minutes=1), timedelta(minutes=8), timedelta(hours=1), timedelta(hours=8)]
    assert all(one <= wait <= one * 1.2 for one, wait in zip(least, waits, strict=True)), waits
    message = Message.objects.get()
    assert (message.status, message.reason, message.attempts) == (Status.REJECTED, "exhausted", 5)
    assert path(alice) == ["n1", "n2", "n4"] and verify() == []


def test_what_failed_together_does_not_come_back_together(letter: int, frozen: Any, provider: Provider) -> None:
    flow(letter)
    provider.busy_s = 0
    crowd(40)
    assert len(set(Message.objects.values_list("not_before", flat=True))) > 30


def test_retry_after_is_respected(letter: int, frozen: Any, provider: Provider) -> None:
    flow(letter)
    provider.busy_s = 1800
    crowd(1)
    assert Message.objects.get().not_before - clock.now() == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "120"}, 120),
        ({"Retry-After": "Mon, 23 Nov 2026 09:05:00 GMT"}, 300),
        ({"Retry-After": "Mon, 23 Nov 2026 08:05:00 GMT"}, 0),
        ({"Retry-After": "soon"}, 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(frozen: Any, headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers) == seconds
    assert base is not None


# --- retry these people -------------------------------------------------------------------------


def test_who_went_on_gets_the_message_again_and_stays_where_they_are(
    letter: int, frozen: Any, provider: Provider
) -> None:
    workflow = flow(letter)
    refuse(provider, [0])
    alice = crowd(2)[0]
    assert path(alice) == ["n1", "n2", "n3"] and run_of(alice).outcome == "completed"
    provider.refusing = set()
    done = retrying.retry_at(workflow.pk, "n2")
    assert (done.opened, done.issued) == (0, 1)
    settle()
    assert set(Message.objects.values_list("status", flat=True)) == {Status.ACCEPTED}
    assert path(alice) == ["n1", "n2", "n3"] and verify() == []
    with pytest.raises(retrying.NothingToRetry):
        retrying.retry_at(workflow.pk, "n2")


def test_who_stopped_is_opened_at_the_step_and_takes_the_entry_slot_back(
    letter: int, frozen: Any, provider: Provider, admin_user: Any
) -> None:
    workflow = flow(letter, on_error="stop", reentry="after_exit")
    refuse(provider, [0, 1])
    alice, bob = crowd(2)
    assert run_of(alice).status == RunStatus.FAILED and run_of(alice).slot is None
    events.record(bob.pk, "contact_added")  # came in again, and waits: the provider is busy
    provider.refusing, provider.busy_s = set(), 0
    settle()
    client = APIClient()
    client.force_authenticate(admin_user)
    told = client.post(f"/api/workflows/{workflow.pk}/retry/", {"node": "n2"}, format="json").json()
    assert told == {"opened": 1, "issued": 0}
    run = Run.objects.get(contact=alice)
    assert (run.status, run.slot, run.nth) == (RunStatus.ACTIVE, "inside", 3)
    assert verify() == []
    provider.busy_s = None
    frozen.advance("PT10M")
    settle()
    assert path(alice) == ["n1", "n2", "n2", "n3"] and verify() == []
    answer = client.post(f"/api/workflows/{workflow.pk}/retry/", {"node": "n3"}, format="json")
    assert answer.status_code == 409


# --- self-pause ---------------------------------------------------------------------------------


def test_a_workflow_that_fails_in_masses_pauses_itself_and_tells_its_owner_once(
    letter: int, frozen: Any, provider: Provider, admin_user: Any
) -> None:
    admin_user.email = "owner@example.com"
    admin_user.save()
    workflow = flow(letter, owner=admin_user.pk, notify=["team@example.com"])
    refuse(provider, range(25))
    crowd(60)
    settle()
    workflow.refresh_from_db()
    assert workflow.status == Workflow.Status.PAUSED
    notice = Notice.objects.get()
    assert "paused itself" in notice.title and "25 of 60 people failed" in notice.words
    told = Caught.objects.filter(message=None)
    assert sorted(told.values_list("to", flat=True)) == ["owner@example.com", "team@example.com"]
    assert "25 of 60" in told[0].text and f"/workflows/{workflow.pk}/" in told[0].text
    for _ in range(3):
        settle()
    assert Notice.objects.count() == 1 and told.count() == 2
    assert verify() == []


@pytest.mark.parametrize(("failing", "all_people"), [(19, 40), (20, 250)])
def test_few_failures_or_a_small_share_do_not_pause(
    letter: int, frozen: Any, provider: Provider, failing: int, all_people: int
) -> None:
    workflow = flow(letter)
    refuse(provider, range(failing))
    crowd(all_people)
    workflow.refresh_from_db()
    assert workflow.status == Workflow.Status.LIVE and not Notice.objects.exists()
    assert sum(Failure.objects.values_list("n", flat=True)) == failing


def test_failures_of_more_than_an_hour_ago_and_before_the_resume_do_not_count(
    letter: int, frozen: Any, provider: Provider
) -> None:
    workflow = flow(letter)
    refuse(provider, range(100))
    crowd(15)
    frozen.advance("PT1H")
    crowd(15, start=15)
    workflow.refresh_from_db()
    assert workflow.status == Workflow.Status.LIVE
    crowd(5, start=30)
    workflow.refresh_from_db()
    assert workflow.status == Workflow.Status.PAUSED
    resume(workflow)
    frozen.advance("PT1M")
    crowd(5, start=35)
    workflow.refresh_from_db()
    assert workflow.status == Workflow.Status.LIVE
    crowd(15, start=40)
    workflow.refresh_from_db()
    assert workflow.status == Workflow.Status.PAUSED and Notice.objects.count() == 2


def test_a_mail_that_cannot_go_is_tried_again_and_then_left(
    letter: int, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deliver(sender: Any, letters: Any) -> Any:
        for one in letters:
            yield Outcome(one, Status.PLANNED, clock.now(), error="451 later")

    monkeypatch.setattr(catcher.CatcherSender, "deliver", deliver)
    workflow = flow(letter, notify=["team@example.com"])
    assert notices.tell("k", "Something", "Happened", workflow=workflow) is not None
    assert notices.tell("k", "Something", "Happened", workflow=workflow) is None
    tries = 0
    while NoticeMail.objects.filter(due_at__isnull=False).exists():
        frozen.advance("PT8H")
        settle()
        tries += 1
        assert tries < 10
    mail = NoticeMail.objects.get()
    assert (mail.attempts, mail.sent_at, mail.error) == (5, None, "451 later")


# --- complaints ---------------------------------------------------------------------------------


def complaints(workflow: Workflow, sent: int, complained: int) -> None:
    alice = person("Alice")
    Message.objects.bulk_create(
        [
            Message(
                contact=alice,
                run_id=0,
                version_id=workflow.live_version_id,
                workflow_id=workflow.pk,
                nth=number,
                channel="email",
                node="n2",
                accepted_at=clock.now(),
                status=Status.COMPLAINED if number < complained else Status.ACCEPTED,
            )
            for number in range(sent)
        ]
    )
    health.weigh_complaints(workflow.pk)
    workflow.refresh_from_db()


@pytest.mark.parametrize(
    ("sent", "complained", "status", "told"),
    [
        (1000, 3, "paused", ["danger"]),
        (1000, 2, "live", ["warning"]),
        (1000, 1, "live", ["warning"]),
        (2001, 2, "live", []),
        (50, 5, "live", []),
    ],
)
def test_complaints_warn_and_then_pause(
    letter: int, frozen: Any, sent: int, complained: int, status: str, told: list[str]
) -> None:
    workflow = flow(letter)
    complaints(workflow, sent, complained)
    health.weigh_complaints(workflow.pk)
    assert workflow.status == status
    assert list(Notice.objects.values_list("level", flat=True)) == told


def test_a_reported_complaint_is_weighed_after_the_commit(
    letter: int, frozen: Any, django_capture_on_commit_callbacks: Any
) -> None:
    from engine.messaging import receipts

    workflow = flow(letter)
    alice = crowd(1)[0]
    complaints(workflow, 400, 1)
    Message.objects.filter(contact=alice, nth=2).exclude(run_id=0).update(provider_id="p-1")
    with django_capture_on_commit_callbacks(execute=True):
        assert receipts.record(receipts.Receipt("complained", provider_id="p-1"))
    workflow.refresh_from_db()
    assert workflow.status == Workflow.Status.PAUSED
