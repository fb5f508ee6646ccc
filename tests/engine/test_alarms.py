"""Triggers that go by the clock: dates of contacts, and calendar rules."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builder import publishing
from builder.actions.end import end
from builder.actions.pause import pause
from builder.actions.resume import resume
from builder.drafts import save
from contacts import clock, fields, identity
from contacts.models import Contact, Field, Segment, Workspace
from engine import alarms, pulse
from engine.models import Alarm, Refusal, Run
from engine.verify import verify
from tests.engine.kit import draw, person, publish, settle

pytestmark = pytest.mark.django_db
START = "2026-11-23T12:00:00+00:00"


@pytest.fixture(autouse=True)
def _own_fields(db: None) -> None:
    Field.objects.create(key="born", label="Birthday", type="date")
    Field.objects.create(key="visit", label="Appointment", type="datetime")
    Workspace.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Warsaw"})


def room(**settings: Any) -> dict[str, Any]:
    whole = settings.pop("whole", {"reentry": "after_exit"})
    return draw({"n1": ("trigger", settings), "n2": ("exit", {})}, ["n1 next n2"], whole)


def by_date(**options: Any) -> dict[str, Any]:
    return room(on="date_field", **{"date": "born", **options})


def entered(contact: Contact) -> list[str]:
    return [f"{run.started_at:%Y-%m-%d %H:%M}" for run in Run.objects.filter(contact=contact).order_by("pk")]


def go(frozen: Any, until: str) -> None:
    """Walk from due moment to due moment, as the demo's clock does; of a long way only the last three days."""
    target = clock.datetime.fromisoformat(until)
    settle()
    frozen.set(max(clock.now(), target - clock.timedelta(days=3)))
    for _ in range(100):
        settle()
        due = pulse.next_due()
        if due is None or due > target:
            frozen.set(target)
            settle()
            return
        frozen.set(due)
    raise AssertionError("the clock does not come forward")


def test_a_birthday_comes_every_year_at_nine_where_the_person_lives() -> None:
    with clock.freeze(START) as frozen:
        publish(by_date(yearly=True, at="09:00"))
        alice = person("Alice", fields={"born": "1990-12-01"})
        bob = person("Bob", fields={"born": "1990-12-01"}, time_zone="America/New_York")
        events = Contact.objects.count()
        alarms.heed({alice.pk: {"contact_added"}, bob.pk: {"contact_added"}})
        go(frozen, "2026-12-03T00:00:00+00:00")
        go(frozen, "2027-12-03T00:00:00+00:00")
        assert entered(alice) == ["2026-12-01 08:00", "2027-12-01 08:00"]
        assert entered(bob) == ["2026-12-01 14:00", "2027-12-01 14:00"]
        assert events == 2 and verify() == []


def test_the_29th_of_february_is_the_28th_in_other_years() -> None:
    with clock.freeze("2027-01-01T00:00:00+00:00") as frozen:
        publish(by_date(yearly=True))
        alice = person("Alice", fields={"born": "2000-02-29"})
        go(frozen, "2027-03-02T00:00:00+00:00")
        go(frozen, "2028-03-02T00:00:00+00:00")
        assert entered(alice) == ["2027-02-28 08:00", "2028-02-29 08:00"]


def test_a_late_joiner_only_gets_what_is_still_ahead() -> None:
    with clock.freeze(START) as frozen:
        document = by_date(side="before", offset="P30D")
        for number, offset in enumerate(("P7D", "P1D")):
            node = {**document["nodes"][0], "id": f"t{number}", "settings": {"on": "date_field", "date": "born", "side": "before", "offset": offset}}  # fmt: skip
            document["nodes"].append(node)
            document["edges"].append({"id": f"x{number}", "source": f"t{number}", "port": "next", "target": "n2"})
        publish(document)
        alice = identity.upsert({"email": "alice@example.com", "born": "2026-12-05"}).contact  # 12 days ahead
        go(frozen, "2026-11-30T00:00:00+00:00")
        go(frozen, "2026-12-06T00:00:00+00:00")
        assert entered(alice) == ["2026-11-28 08:00", "2026-12-04 08:00"]


def test_months_are_calendar_steps_and_days_after_count_too() -> None:
    with clock.freeze("2027-01-15T00:00:00+00:00") as frozen:
        publish(by_date(side="before", offset="P1M"))
        publish(by_date(side="after", offset="P1M", at="10:30"))
        alice = person("Alice", fields={"born": "2027-03-31"})
        go(frozen, "2027-03-01T12:00:00+00:00")
        go(frozen, "2027-05-01T00:00:00+00:00")
        assert entered(alice) == ["2027-02-28 08:00", "2027-04-30 08:30"]


def test_an_appointment_is_met_to_the_minute() -> None:
    with clock.freeze(START) as frozen:
        publish(by_date(date="visit", side="before", offset="PT2H", at=""))
        alice = identity.upsert({"email": "alice@example.com", "visit": "2026-11-25T10:10:00Z"}).contact
        settle()
        assert pulse.next_due() == clock.datetime.fromisoformat("2026-11-25T08:10:00+00:00")
        bob = identity.upsert({"email": "bob@example.com"}).contact
        fields.update({bob.pk: {"visit": "2026-11-24T10:10:00Z"}})
        settle()
        assert pulse.next_due() == clock.datetime.fromisoformat("2026-11-24T08:10:00+00:00")
        go(frozen, "2026-11-26T00:00:00+00:00")
        assert entered(bob) == ["2026-11-24 08:10"]
        assert entered(alice) == ["2026-11-25 08:10"]


def test_the_day_of_being_added_is_a_date_too() -> None:
    with clock.freeze(START) as frozen:
        publish(by_date(date="created_at", side="after", offset="P30D"))
        publish(by_date(date="created_at", yearly=True))
        alice = person("Alice")
        go(frozen, "2026-12-24T00:00:00+00:00")
        go(frozen, "2027-11-24T00:00:00+00:00")
        assert entered(alice) == ["2026-12-23 08:00", "2027-11-23 08:00"]


def test_a_missing_hour_becomes_the_next_valid_one() -> None:
    with clock.freeze("2027-03-01T00:00:00+00:00") as frozen:
        publish(by_date(at="02:30"))
        alice = person("Alice", fields={"born": "2027-03-28"})  # in Warsaw clocks jump from 2 to 3
        go(frozen, "2027-03-29T00:00:00+00:00")
        assert entered(alice) == ["2027-03-28 01:00"]


def test_after_a_standstill_everybody_missed_comes_in_once() -> None:
    with clock.freeze(START) as frozen:
        publish(by_date())
        people = [person(f"P{day}", fields={"born": f"2026-12-{day:02}"}) for day in range(1, 6)]
        frozen.set("2026-12-04T20:00:00+00:00")
        settle()
        settle()
        assert [len(entered(one)) for one in people] == [1, 1, 1, 1, 0]
        frozen.set("2026-12-03T08:30:00+00:00")  # set back: nothing is said again
        settle()
        go(frozen, "2026-12-06T00:00:00+00:00")
        assert [len(entered(one)) for one in people] == [1] * 5


def test_a_crowd_is_rung_in_batches_and_a_crash_repeats_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.freeze(START) as frozen:
        publish(by_date())
        Contact.objects.bulk_create(
            [Contact(email=f"{n}@example.com", fields={"born": "2026-11-24"}) for n in range(250)]
        )
        frozen.set("2026-11-24T09:00:00+00:00")
        assert alarms.ring(100)
        with monkeypatch.context() as broken:

            def crash(*args: object, **named: object) -> None:
                raise RuntimeError("the power went")

            broken.setattr(Alarm, "save", crash)
            with pytest.raises(RuntimeError):
                alarms.ring(100)
        queries = []
        for size in (100, 100):
            with CaptureQueriesContext(connection) as captured:
                assert alarms.ring(size)
            queries.append(len(captured))
        assert Run.objects.count() == 250
        assert max(queries) <= 20, queries
        settle()
        assert not alarms.ring() and Run.objects.count() == 250
        assert not Refusal.objects.exists()


def test_a_publish_in_between_neither_loses_an_occasion_nor_repeats_it() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(by_date())
        alice = person("Alice", fields={"born": "2026-11-24"})
        frozen.set("2026-11-24T09:00:00+00:00")
        document = {**by_date(), "notes": [{"id": "t1", "text": "x", "position": {"x": 0, "y": 0}, "size": {"width": 9, "height": 9}, "colour": "yellow"}]}  # fmt: skip
        save(workflow.pk, document, revision=workflow.revision, user=None)
        publishing.publish(workflow, user=None)
        settle()
        assert len(entered(alice)) == 1
        publishing.publish(workflow, user=None)
        settle()
        assert len(entered(alice)) == 1


def test_paused_it_refuses_and_ended_it_is_silent() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(by_date(yearly=True))
        alice = person("Alice", fields={"born": "1999-11-24"})
        pause(workflow)
        go(frozen, "2026-11-25T00:00:00+00:00")
        assert list(Refusal.objects.values_list("contact_id", "reason")) == [(alice.pk, "paused")]
        resume(workflow)
        end(workflow)
        assert not Alarm.objects.exists()
        go(frozen, "2027-11-26T00:00:00+00:00")
        assert entered(alice) == []


def test_dates_that_are_none_ring_for_nobody() -> None:
    with clock.freeze(START) as frozen:
        publish(by_date(yearly=True))
        for number, odd in enumerate(
            ("soon", "2026-13-45", "", 5, None, {"a": 1}, "9999-12-31", "0001-11-24", "2026-11-24x")
        ):
            person(f"P{number}", fields={"born": odd})
        frozen.set("2026-11-25T00:00:00+00:00")
        settle()
        assert Run.objects.count() == 1  # the one of the year 1, whose day it is
        assert verify() == []


# --- calendar rules -------------------------------------------------------------------------------
def monthly(**options: Any) -> dict[str, Any]:
    Segment.objects.get_or_create(name="With address", defaults={"condition": {"fact": "email_valid"}})
    return room(on="schedule", segment="With address", **{"rule": "FREQ=MONTHLY;BYMONTHDAY=1", **options})


def test_a_segment_comes_in_at_each_occurrence_by_the_workspace_s_clock() -> None:
    with clock.freeze(START) as frozen:
        publish(monthly())
        alice, bob = person("Alice"), person("Bob", email=None, phone="+48600148214")
        for day in ("2026-12-02", "2027-01-02", "2027-02-02"):
            go(frozen, f"{day}T00:00:00+00:00")
        assert entered(alice) == ["2026-12-01 08:00", "2027-01-01 08:00", "2027-02-01 08:00"]
        assert entered(bob) == []


def test_after_a_standstill_a_rule_rings_once_in_all() -> None:
    with clock.freeze(START) as frozen:
        publish(monthly())
        alice = person("Alice")
        frozen.set("2027-06-15T00:00:00+00:00")
        settle()
        assert len(entered(alice)) == 1
        assert Alarm.objects.get().next_at.isoformat() == "2027-07-01T07:00:00+00:00"  # summer time


def test_a_rule_that_is_over_rings_no_more() -> None:
    with clock.freeze(START) as frozen:
        publish(monthly(rule="FREQ=DAILY;COUNT=2", begins="2026-11-24"))
        alice = person("Alice")
        go(frozen, "2026-11-26T00:00:00+00:00")
        assert entered(alice) == ["2026-11-24 08:00", "2026-11-25 08:00"]
        assert Alarm.objects.get().next_at is None
