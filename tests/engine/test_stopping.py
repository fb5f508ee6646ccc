"""Stop now, pause and resume: what has left has left, everything else waits for a word."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from builder.actions.pause import pause
from builder.actions.resume import resume
from builder.models import Workflow
from contacts import clock, events
from contacts.models import Contact, Workspace
from engine import outbox, pulse, runner, stopping, triggers
from engine.messaging import content, plan
from engine.messaging.models import Message, Status
from engine.models import Effect, Run, RunStatus
from engine.models.effect import EffectStatus
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

START = "2026-11-23T09:00:00+00:00"


@pytest.fixture
def letter(db: Any) -> int:
    return content.create(name="News", subject="News", html="<p>Hello</p>").pk


@pytest.fixture
def frozen(db: Any) -> Any:
    with clock.freeze(START) as still:
        yield still


@pytest.fixture
def api(admin_user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(admin_user)
    return client


def flow(letter: int, name: str = "News") -> Workflow:
    return publish(
        draw(
            {
                "n1": ("trigger", {"on": "contact_added"}),
                "n2": ("email", {"content": letter}),
                "n3": ("exit", {"outcome": "completed"}),
                "n4": ("exit", {"outcome": "no_response"}),
            },
            ["n1 next n2", "n2 next n3", "n2 skipped n4"],
        ),
        name,
    )


def planned(n: int, start: int = 0) -> list[Contact]:
    """People whose message is planned and has not gone."""
    people = [person(f"P{number}", email=f"p{number}@example.com") for number in range(start, start + n)]
    events.record_many([events.NewEvent(one.pk, "contact_added") for one in people])
    triggers.handle(1000)
    runner.advance(1000)
    return people


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for status in Message.objects.values_list("status", flat=True):
        found[Status(status).label] = found.get(Status(status).label, 0) + 1
    return found


def test_stop_holds_what_is_not_sent_and_says_what_has_left(letter: int, frozen: Any, api: APIClient) -> None:
    workflow = flow(letter)
    planned(5)
    outbox.tick(2)
    told = api.post(f"/api/workflows/{workflow.pk}/stop/").json()
    assert told == {"status": "paused", "left": 2, "left_ever": 2, "on_their_way": 0, "held": 3}
    settle()
    assert states() == {"accepted": 2, "held": 3}
    assert set(Message.objects.filter(status=Status.HELD).values_list("reason", flat=True)) == {"paused"}
    frozen.advance("P1DT1H")
    assert api.post(f"/api/workflows/{workflow.pk}/stop/").json()["left"] == 0
    assert verify() == []


def test_the_rest_can_be_let_go(letter: int, frozen: Any, api: APIClient) -> None:
    workflow = flow(letter)
    planned(5)
    outbox.tick(2)
    api.post(f"/api/workflows/{workflow.pk}/stop/")
    told = api.post(f"/api/workflows/{workflow.pk}/stop/", {"rest": "release"}, format="json").json()
    assert told["status"] == "live"
    settle()
    assert states() == {"accepted": 5}
    assert set(Run.objects.values_list("outcome", flat=True)) == {"completed"} and verify() == []


def test_the_rest_can_be_cancelled_and_its_people_go_on_by_skipped(letter: int, frozen: Any, api: APIClient) -> None:
    workflow = flow(letter)
    people = planned(5)
    outbox.tick(2)
    told = api.post(f"/api/workflows/{workflow.pk}/stop/", {"rest": "cancel"}, format="json").json()
    assert (told["status"], told["left"], told["held"]) == ("paused", 2, 0)
    settle()
    assert states() == {"accepted": 2, "cancelled": 3}
    assert Run.objects.filter(status=RunStatus.ACTIVE).count() == 3  # paused: everybody keeps their place
    resume(workflow)
    settle()
    assert sorted(path(one)[-1] for one in people) == ["n3", "n3", "n4", "n4", "n4"]
    assert verify() == []


def test_only_what_runs_can_be_stopped(letter: int, api: APIClient) -> None:
    from builder.actions.create import create

    draft = create(name="Draft", user=None)
    answer = api.post(f"/api/workflows/{draft.pk}/stop/")
    assert answer.status_code == 409 and "live or paused" in answer.json()["detail"]
    assert api.post("/api/workflows/987654321/stop/").status_code == 404
    assert api.post(f"/api/workflows/{draft.pk}/stop/", {"rest": "burn"}, format="json").status_code == 400


def test_all_sending_stops_and_starts_again(letter: int, frozen: Any, api: APIClient) -> None:
    flow(letter)
    planned(4)
    outbox.tick(1)
    told = api.post("/api/stop/").json()
    assert told == {"status": "stopped", "left": 1, "left_ever": 1, "on_their_way": 0, "held": 3}
    planned(2, start=4)  # workflows go on, and nothing of them leaves
    settle()
    assert states() == {"accepted": 1, "held": 5}
    assert api.post("/api/stop/", {"rest": "release"}, format="json").json()["status"] == "sending"
    settle()
    assert states() == {"accepted": 6} and verify() == []


def test_all_that_waits_can_be_cancelled(letter: int, frozen: Any, api: APIClient) -> None:
    flow(letter)
    planned(3)
    assert api.post("/api/stop/", {"rest": "cancel"}, format="json").json()["held"] == 0
    settle()
    assert states() == {"cancelled": 3}
    assert set(Run.objects.values_list("outcome", flat=True)) == {"no_response"}
    assert Workspace.current().stopped_at is not None and verify() == []


def test_a_message_that_was_planned_beside_the_pause_is_held_when_it_comes_up(letter: int, frozen: Any) -> None:
    workflow = flow(letter)
    planned(1)
    pause(workflow)
    Message.objects.update(status=Status.PLANNED, reason="")  # as another worker commits it a moment later
    settle()
    message = Message.objects.get()
    assert (message.status, message.reason, message.attempts) == (Status.HELD, "paused", 0)
    resume(workflow)
    settle()
    assert states() == {"accepted": 1} and verify() == []


def test_a_paused_workflow_holds_other_effects_too(frozen: Any) -> None:
    workflow = publish(
        draw(
            {"n1": ("trigger", {"on": "contact_added"}), "n2": ("audience", {"audience": "VIP", "action": "add"})},
            ["n1 next n2"],
        )
    )
    planned(1)
    assert Effect.objects.get().status == EffectStatus.PLANNED
    pause(workflow)
    settle()
    assert Effect.objects.get().status == EffectStatus.PLANNED
    resume(workflow)
    settle()
    assert Effect.objects.get().status == EffectStatus.DONE


def test_many_deadlines_that_passed_in_the_pause_fire_within_ten_minutes(frozen: Any) -> None:
    workflow = publish(
        draw({"n1": ("trigger", {"on": "contact_added"}), "n2": ("wait", {"duration": "PT1H"})}, ["n1 next n2"])
    )
    people = [Contact.objects.create(email=f"p{number}@example.com") for number in range(700)]
    events.record_many([events.NewEvent(one.pk, "contact_added") for one in people])
    settle()
    pause(workflow)
    frozen.advance("PT2H")
    settle()
    resume(workflow)
    settle()
    done = Run.objects.exclude(status=RunStatus.ACTIVE).count()
    assert 0 < done < 20
    frozen.advance("PT5M")
    settle()
    assert 200 < Run.objects.exclude(status=RunStatus.ACTIVE).count() < 500
    frozen.advance("PT5M")
    settle()
    assert not Run.objects.filter(status=RunStatus.ACTIVE).exists() and verify() == []


def test_a_message_waiting_for_the_morning_waits_on_in_a_paused_workflow(letter: int, frozen: Any) -> None:
    document = draw(
        {"n1": ("trigger", {"on": "contact_added"}), "n2": ("email", {"content": letter})},
        ["n1 next n2"],
        {"quiet_hours": {"from": "08:00", "to": "12:00", "zone": "workspace"}},
    )
    workflow = publish(document)
    alice = planned(1)[0]
    pause(workflow)
    frozen.advance("PT5H")
    settle()
    assert states() == {"held": 1}
    resume(workflow)
    settle()
    assert states() == {"accepted": 1} and run_of(alice).outcome == "end"


def test_a_release_that_dies_half_way_is_finished_by_the_pulse(
    letter: int, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark is gone, so nobody would ever come for what is still held."""
    flow(letter)
    planned(5)
    stopping.stop_all()
    assert Message.objects.filter(status=Status.HELD, reason="stopped_all").count() == 5
    monkeypatch.setattr(stopping, "CHUNK", 2)
    assert stopping.sweep() == 0, "stopped means stopped"

    class Died(BaseException):
        """kill -9"""

    chunks = [2]

    def release_some(reason: str, limit: int) -> int:
        if not chunks:
            raise Died
        return plan_release_some(reason, chunks.pop())

    plan_release_some = plan.release_some
    monkeypatch.setattr(stopping.plan, "release_some", release_some)
    with pytest.raises(Died):
        stopping.release_all()
    monkeypatch.setattr(stopping.plan, "release_some", plan_release_some)
    assert Message.objects.filter(status=Status.HELD).count() == 3
    assert pulse.sweep()
    settle()
    assert Message.objects.filter(status=Status.ACCEPTED).count() == 5
    assert verify() == []
