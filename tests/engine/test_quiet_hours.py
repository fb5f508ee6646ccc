"""Marketing waits for the morning: planned in the quiet, or caught by it on the way."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contacts import clock, events
from contacts.models import Contact
from engine import history
from engine.messaging import content, delivery
from engine.messaging.models import Message, Status
from engine.messaging.quiet import Quiet
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

NIGHT = {"from": "21:00", "to": "08:00", "zone": "contact"}
WARSAW = ZoneInfo("Europe/Warsaw")


def at(text: str, zone: Any = WARSAW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-11-23T20:59:59", None),
        ("2026-11-23T21:00", "2026-11-24T08:00"),
        ("2026-11-23T23:30", "2026-11-24T08:00"),
        ("2026-11-24T07:59:59", "2026-11-24T08:00"),
        ("2026-11-24T08:00", None),
    ],
)
def test_quiet_hours_span_midnight(now: str, opening: str | None) -> None:
    quiet = Quiet(time(21), time(8))
    assert quiet.opening(at(now), WARSAW) == (at(opening) if opening else None)


def test_quiet_hours_within_a_day() -> None:
    quiet = Quiet(time(12), time(14))
    assert quiet.opening(at("2026-11-23T11:59"), WARSAW) is None
    assert quiet.opening(at("2026-11-23T12:00"), WARSAW) == at("2026-11-23T14:00")
    assert quiet.opening(at("2026-11-23T14:00"), WARSAW) is None


def test_clocks_that_change_in_the_quiet() -> None:
    # 29 March 2026: 02:00 becomes 03:00 in Warsaw. An opening at 02:30 is missing: the next valid moment is 03:00.
    assert Quiet(time(22), time(2, 30)).opening(at("2026-03-28T23:00"), WARSAW) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    # 25 October 2026: 02:30 comes twice: the first one opens, and it stays open in the second.
    opens = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert Quiet(time(22), time(2, 30)).opening(at("2026-10-24T23:00"), WARSAW) == opens
    assert Quiet(time(22), time(2, 30)).opening(opens + timedelta(minutes=45), WARSAW) is None


def test_what_waited_is_spread_over_a_quarter_of_an_hour_and_never_into_the_next_quiet() -> None:
    night = Quiet(time(21), time(8))
    moments = [night.resumes(at("2026-11-23T22:00"), WARSAW, key) for key in range(2000)]
    late = [moment - at("2026-11-24T08:00") for moment in moments if moment]
    assert len(late) == 2000
    assert min(late) < timedelta(seconds=10) and timedelta(minutes=14) < max(late) < timedelta(minutes=15)
    short = Quiet(time(8, 10), time(8))
    for key in range(500):
        moment = short.resumes(at("2026-11-23T22:00"), WARSAW, key)
        assert moment is not None and short.opening(moment, WARSAW) is None


# --- in a workflow ------------------------------------------------------------------------------


@pytest.fixture
def letter(db: Any) -> int:
    return content.create(name="News", subject="News", html="<p>Hello</p>").pk


def flow(letter: int, quiet: dict[str, str] | None = None, **settings: Any) -> dict[str, Any]:
    return draw(
        {
            "n1": ("trigger", {"on": "contact_added"}),
            "n2": ("email", {"content": letter, **settings}),
            "n3": ("exit", {"outcome": "completed"}),
            "n4": ("exit", {"outcome": "no_response"}),
        },
        ["n1 next n2", "n2 next n3", "n2 skipped n4"],
        {"quiet_hours": quiet or NIGHT},
    )


def enters(contact: Contact) -> Message:
    events.record(contact.pk, "contact_added")
    settle()
    return Message.objects.get(contact=contact)


def test_a_message_planned_at_night_is_held_and_goes_at_the_opening(letter: int) -> None:
    with clock.freeze(at("2026-11-23T22:00")) as frozen:
        publish(flow(letter))
        alice = person("Alice", time_zone="Europe/Warsaw")
        message = enters(alice)
        assert (message.status, message.reason) == (Status.HELD, "quiet_hours")
        assert path(alice) == ["n1", "n2"] and verify() == []
        open_visit = history.path_json([run_of(alice)])[0]["visits"][-1]
        assert open_visit["why"].startswith("Waits for the end of the quiet hours, until 08:")
        frozen.set(at("2026-11-24T07:59"))
        settle()
        assert path(alice) == ["n1", "n2"]
        frozen.set(at("2026-11-24T08:15"))
        settle()
        message.refresh_from_db()
        assert (message.status, message.reason) == (Status.ACCEPTED, "")
        assert path(alice) == ["n1", "n2", "n3"] and verify() == []


def test_the_clock_of_the_contact_or_of_the_workspace(letter: int) -> None:
    with clock.freeze(at("2026-11-23T22:00")):
        publish(flow(letter))
        publish(flow(letter, {**NIGHT, "zone": "workspace"}), "By the workspace's clock")
        tokyo = person("Alice", time_zone="America/New_York")  # 16:00 there
        events.record(tokyo.pk, "contact_added")
        settle()
        found = Message.objects.filter(contact=tokyo).order_by("workflow_id").values_list("status", flat=True)
        assert list(found) == [Status.ACCEPTED, Status.HELD]


def test_skip_is_a_choice_and_only_marketing_waits(letter: int) -> None:
    with clock.freeze(at("2026-11-23T22:00")):
        publish(flow(letter, quiet_hours="skip"))
        publish(flow(letter, purpose="service"), "Service")
        publish(flow(letter, purpose="transactional"), "Transactional")
        alice = person("Alice")
        events.record(alice.pk, "contact_added")
        settle()
        found = Message.objects.filter(contact=alice).order_by("workflow_id").values_list("status", "reason")
        assert list(found) == [(Status.SKIPPED, "quiet_hours"), (Status.ACCEPTED, ""), (Status.ACCEPTED, "")]
        outcomes = sorted(run.outcome for run in alice.runs.all())
        assert outcomes == ["completed", "completed", "no_response"]


def test_who_is_planned_in_time_and_comes_late_to_the_sender_waits_too(letter: int, monkeypatch: Any) -> None:
    with clock.freeze(at("2026-11-23T20:59")) as frozen:
        publish(flow(letter))
        alice = person("Alice")
        from engine import runner, triggers

        events.record(alice.pk, "contact_added")
        triggers.handle()
        runner.advance()
        assert Message.objects.get().status == Status.PLANNED
        frozen.set(at("2026-11-23T21:05"))  # the worker was down
        settle()
        message = Message.objects.get()
        assert (message.status, message.reason, message.attempts) == (Status.HELD, "quiet_hours", 0)
        frozen.set(at("2026-11-24T08:15"))
        settle()
        assert path(alice) == ["n1", "n2", "n3"]
        assert run_of(alice).outcome == "completed" and verify() == []


def test_an_end_from_outside_cancels_what_waits_for_the_morning(letter: int) -> None:
    from django.db import transaction

    from engine import ending

    with clock.freeze(at("2026-11-23T22:00")) as frozen:
        publish(flow(letter))
        alice = person("Alice")
        enters(alice)
        with transaction.atomic():
            ending.end([run_of(alice).pk], "cancelled")
        frozen.set(at("2026-11-24T09:00"))
        settle()
        assert Message.objects.get().status == Status.CANCELLED
        assert delivery.next_due(0) is None and verify() == []
