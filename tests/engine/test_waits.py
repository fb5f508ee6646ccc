"""Waiting in all its modes, on people's own clocks."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builder.graph import parse
from builder.validation import problems
from contacts import clock, events
from contacts.models import Contact, Field
from engine import hours, triggers
from engine.history import path_json
from engine.models import Run, Visit
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db


def drawing(settings: dict[str, Any], kind: str = "wait", on: dict[str, Any] | None = None) -> dict[str, Any]:
    edges = ["n1 next n2", "n2 next n3"] + (["n2 past n4"] if settings.get("past") == "port" else [])
    nodes: dict[str, Any] = {
        "n1": ("trigger", on or {"on": "manual"}),
        "n2": (kind, settings),
        "n3": ("exit", {"outcome": "completed"}),
        "n4": ("exit", {"outcome": "too late"}),
    }
    if settings.get("past") != "port":
        del nodes["n4"]
    return draw(nodes, edges)


def waits_until(settings: dict[str, Any], came: str, *, kind: str = "wait", **values: Any) -> str:
    """Somebody comes in at `came`: when may they go on? And they do, then, and once."""
    with clock.freeze(came) as frozen:
        alice = person(email=f"alice{Contact.objects.count()}@example.com", **values)
        triggers.enrol(publish(drawing(settings, kind)), [alice.pk])
        settle()
        run = run_of(alice)
        if run.deadline is None:
            assert path(alice)[:3] == ["n1", "n2", "n3"] or path(alice)[-1] == "n4"
            return "at once"
        frozen.set(clock.from_micros(clock.to_micros(run.deadline) - 1))
        settle()
        assert path(alice) == ["n1", "n2"], "a microsecond early"
        frozen.set(run.deadline)
        settle()
        settle()
        assert path(alice)[:3] == ["n1", "n2", "n3"]
        assert Visit.objects.filter(contact_id=alice.pk, node="n2").count() == 1
        assert verify() == []
        return run.deadline.isoformat().removesuffix("+00:00")


def test_a_time_of_day_is_the_next_one_where_they_live() -> None:
    settings = {"mode": "time", "time": "09:00", "weekdays": [1]}
    assert waits_until(settings, "2026-11-23T07:59:00+00:00", time_zone="Europe/Warsaw") == "2026-11-23T08:00:00"


CHANGES = [
    # A time that does not exist on the day the clocks go forward is the moment when they do. Lord Howe moves by half an hour.
    ("Europe/Warsaw", "02:30", "2026-03-28T12:00:00+00:00", "2026-03-29T01:00:00"),
    ("America/New_York", "02:30", "2026-03-07T12:00:00+00:00", "2026-03-08T07:00:00"),
    ("Australia/Lord_Howe", "02:15", "2026-10-03T12:00:00+00:00", "2026-10-03T15:30:00"),
    # One that comes twice when they go back is the first of the two.
    ("Europe/Warsaw", "02:30", "2026-10-24T12:00:00+00:00", "2026-10-25T00:30:00"),
    ("America/New_York", "01:30", "2026-10-31T12:00:00+00:00", "2026-11-01T05:30:00"),
    ("Australia/Lord_Howe", "01:45", "2026-04-04T12:00:00+00:00", "2026-04-04T14:45:00"),
    # Whoever comes between the two waits for tomorrow's.
    ("Europe/Warsaw", "02:30", "2026-10-25T00:45:00+00:00", "2026-10-26T01:30:00"),
]


@pytest.mark.parametrize(("zone", "at", "came", "until"), CHANGES)
def test_a_time_of_day_when_the_clocks_change(zone: str, at: str, came: str, until: str) -> None:
    assert waits_until({"mode": "time", "time": at}, came, time_zone=zone) == until


@pytest.mark.parametrize(("zone", "at", "came", "until"), CHANGES)
def test_a_window_that_opens_when_the_clocks_change(zone: str, at: str, came: str, until: str) -> None:
    settings = {"from": at, "to": "06:00", "weekdays": []}
    if came == "2026-10-25T00:45:00+00:00":
        assert waits_until(settings, came, kind="time_window", time_zone=zone) == "at once"
    else:
        assert waits_until(settings, came, kind="time_window", time_zone=zone) == until
        assert waits_until({"mode": "duration", "duration": "PT1S", "window": settings}, came, time_zone=zone) == until


@pytest.mark.parametrize(
    ("zone", "came", "until"),
    [
        ("Europe/Warsaw", "2026-03-28T08:00:00+00:00", "2026-03-29T07:00:00"),  # 09:00 to 09:00: 23 hours
        ("Europe/Warsaw", "2026-10-24T07:00:00+00:00", "2026-10-25T08:00:00"),  # 25 hours
        ("America/New_York", "2026-03-07T14:00:00+00:00", "2026-03-08T13:00:00"),
        ("America/New_York", "2026-10-31T13:00:00+00:00", "2026-11-01T14:00:00"),
        ("Australia/Lord_Howe", "2026-10-03T00:00:00+00:00", "2026-10-03T23:30:00"),  # 23 and a half
        ("Australia/Lord_Howe", "2026-04-04T00:00:00+00:00", "2026-04-05T00:30:00"),
        ("Europe/Warsaw", "2026-03-28T01:30:00+00:00", "2026-03-29T01:00:00"),  # 02:30 on the day that has none
    ],
)
def test_a_day_is_a_day_on_their_calendar(zone: str, came: str, until: str) -> None:
    assert waits_until({"mode": "duration", "duration": "P1D"}, came, time_zone=zone) == until


def test_hours_are_hours_whatever_the_clocks_do() -> None:
    settings = {"mode": "duration", "duration": "PT24H"}
    assert waits_until(settings, "2026-03-28T08:00:00+00:00", time_zone="Europe/Warsaw") == "2026-03-29T08:00:00"


@pytest.mark.parametrize(
    ("duration", "came", "until"),
    [
        ("P1M", "2026-01-31T09:00:00+00:00", "2026-02-28T09:00:00"),
        ("P1M", "2028-01-31T09:00:00+00:00", "2028-02-29T09:00:00"),
        ("P1Y", "2028-02-29T09:00:00+00:00", "2029-02-28T09:00:00"),
        ("P1M", "2026-12-31T09:00:00+00:00", "2027-01-31T09:00:00"),
        ("P1D", "2028-02-28T09:00:00+00:00", "2028-02-29T09:00:00"),
    ],
)
def test_months_end_where_they_end(duration: str, came: str, until: str) -> None:
    assert waits_until({"mode": "duration", "duration": duration}, came) == until


@pytest.mark.parametrize(
    ("settings", "came", "until"),
    [
        # Wednesday: inside, outside, at the very ends.
        ({}, "2026-11-25T09:00:00+00:00", "at once"),
        ({}, "2026-11-25T16:59:59.999999+00:00", "at once"),
        ({}, "2026-11-25T17:00:00+00:00", "2026-11-26T09:00:00"),
        ({}, "2026-11-25T08:59:59+00:00", "2026-11-25T09:00:00"),
        ({"weekdays": [1]}, "2026-11-25T10:00:00+00:00", "2026-11-30T09:00:00"),
        # Friday night belongs to Friday, until two on Saturday.
        ({"weekdays": [5], "from": "22:00", "to": "02:00"}, "2026-11-28T01:00:00+00:00", "at once"),
        ({"weekdays": [5], "from": "22:00", "to": "02:00"}, "2026-11-28T02:00:00+00:00", "2026-12-04T22:00:00"),
        ({"weekdays": [5], "from": "22:00", "to": "02:00"}, "2026-11-27T01:00:00+00:00", "2026-11-27T22:00:00"),
        # The same time twice: the whole day, from that time.
        ({"weekdays": [6, 7], "from": "00:00", "to": "00:00"}, "2026-11-28T23:30:00+00:00", "at once"),
        ({"weekdays": [6, 7], "from": "00:00", "to": "00:00"}, "2026-11-30T00:00:00+00:00", "2026-12-05T00:00:00"),
    ],
)
def test_a_window(settings: dict[str, Any], came: str, until: str) -> None:
    settings = {"weekdays": [], "from": "09:00", "to": "17:00"} | settings
    assert waits_until(settings, came, kind="time_window", time_zone="UTC") == until


def test_a_window_by_our_clock_is_the_same_for_everybody() -> None:
    settings = {"weekdays": [], "from": "09:00", "to": "17:00", "zone": "workspace"}
    night = "2026-11-25T18:00:00+00:00"
    assert waits_until(settings, night, kind="time_window", time_zone="Asia/Tokyo") == "2026-11-26T08:00:00"
    theirs = settings | {"zone": "contact"}
    assert waits_until(theirs, night, kind="time_window", time_zone="Asia/Tokyo") == "2026-11-26T00:00:00"


def test_a_window_that_the_change_swallows_keeps_its_length() -> None:
    """02:10 to 02:40 is missing in Warsaw on 29 March: it is held from 03:00 on, not lost for the day."""
    window = hours.Window.model_validate({"from": "02:10", "to": "02:40"})
    opens, closes = hours.span(date(2026, 3, 29), window, ZoneInfo("Europe/Warsaw"))
    assert (opens.isoformat(), closes.isoformat()) == ("2026-03-29T01:00:00+00:00", "2026-03-29T01:30:00+00:00")


def birthday(value: Any, **settings: Any) -> str:
    Field.objects.get_or_create(key="renewal", defaults={"label": "Renewal", "type": "date"})
    wait = {"mode": "field", "field": "renewal", "time": "08:00", "past": "port"} | settings
    return waits_until(wait, "2026-11-25T10:00:00+00:00", fields={"renewal": value}, time_zone="Europe/Warsaw")


@pytest.mark.parametrize(
    ("value", "settings", "until"),
    [
        ("2026-12-01", {}, "2026-12-01T07:00:00"),
        ("2026-12-01", {"side": "before", "offset": "P3D"}, "2026-11-28T07:00:00"),
        ("2026-12-01", {"side": "after", "offset": "P1M"}, "2027-01-01T07:00:00"),
        ("2026-11-25", {}, "at once"),  # eight o'clock has been
        ("2026-11-25", {"time": "12:00"}, "2026-11-25T11:00:00"),
        ("2026-11-24", {}, "at once"),
        ("2026-12-01T22:30:00Z", {}, "2026-12-01T07:00:00"),
        ("2026-12-01T23:30:00Z", {}, "2026-12-02T07:00:00"),  # the day after where they live
        ("2026-12-01T22:30:00Z", {"keep_time": True}, "2026-12-01T22:30:00"),
        ("2026-12-01T22:30:00Z", {"keep_time": True, "side": "before", "offset": "PT2H"}, "2026-12-01T20:30:00"),
        ("2026-12-05", {"window": {"from": "09:00", "to": "17:00", "weekdays": [1]}}, "2026-12-07T08:00:00"),
    ],
)
def test_a_date_of_the_contact(value: str, settings: dict[str, Any], until: str) -> None:
    assert birthday(value, **settings) == until


@pytest.mark.parametrize(
    "value", [None, "", "soon", "2026-02-30", "99999-01-01", 20261201, ["2026-12-01"], {"a": 1}, "9999-12-31", True]
)
def test_what_is_no_date_goes_out_by_past(value: Any) -> None:
    assert birthday(value) == "at once"
    run = Run.objects.get()
    assert run.outcome == "too late"
    assert path_json([run])[0]["visits"][1]["why"] == "There was no date to wait for."


def test_who_is_too_late_goes_on_unless_there_is_a_way_for_them() -> None:
    assert birthday("2026-11-20", past="go_on") == "at once"
    run = Run.objects.get()
    assert run.outcome == "completed"
    assert path_json([run])[0]["visits"][1]["why"] == "The date was past: 2026-11-20."


def test_a_date_of_the_event_that_let_them_in() -> None:
    settings = {"mode": "event", "property": "starts_at", "side": "before", "offset": "PT2H", "keep_time": True}
    with clock.freeze("2026-11-25T10:00:00+00:00") as frozen:
        publish(drawing(settings, on={"on": "event", "name": "booked"}))
        alice, bob = person("Alice"), person("Bob")
        events.record(alice.pk, "booked", {"starts_at": "2026-11-26T18:00:00+01:00"})
        events.record(bob.pk, "booked", {"starts_at": "when you like"})
        settle()
        assert (path(alice), path(bob)) == (["n1", "n2"], ["n1", "n2", "n3"])
        frozen.set("2026-11-26T15:00:00+00:00")
        settle()
        assert path(alice) == ["n1", "n2", "n3"]


def test_dates_of_a_batch_are_one_query(django_assert_max_num_queries: Any) -> None:
    from engine import runner

    Field.objects.create(key="renewal", label="Renewal", type="date")
    with clock.freeze("2026-11-25T10:00:00+00:00"):
        workflow = publish(drawing({"mode": "field", "field": "renewal"}))
        for size in (2, 40):
            crowd = Contact.objects.bulk_create(
                [Contact(email=f"{size}-{n}@example.com", fields={"renewal": "2026-12-01"}) for n in range(size)]
            )
            triggers.enrol(workflow, [one.pk for one in crowd])
            with django_assert_max_num_queries(12):
                runner.advance(1000)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"duration": "PT0S"}, "A wait lasts from 1 second to 1 year"),
        ({"duration": "P9999Y"}, "“P9999Y” is not a duration such as P2D (2 days) or PT30M (30 minutes)."),
        ({"duration": "-P1D"}, "“-P1D” is not a duration such as P2D (2 days) or PT30M (30 minutes)."),
        ({"duration": "P999Y"}, "A wait lasts from 1 second to 1 year"),
        ({"duration": "2 days"}, "“2 days” is not a duration such as P2D (2 days) or PT30M (30 minutes)."),
        ({"mode": "time", "time": "25:00"}, "“Time” does not have the right form."),
        ({"mode": "time", "weekdays": [0]}, "Days run from 1 (Monday) to 7 (Sunday)"),
        ({"mode": "date", "date": "2026-02-30"}, "“Date” should be a date such as 2026-11-22."),
        ({"mode": "date", "date": "0001-01-01"}, "A date lies between the years 1900 and 2200"),
        ({"mode": "date"}, "No date is chosen"),
        ({"mode": "field"}, "Which date of the contact?"),
        ({"mode": "field", "field": "city"}, "There is no date “city” among the contact's fields."),
        ({"mode": "event"}, "Which property of the event?"),
        (
            {"mode": "event", "property": "at", "side": "after", "offset": "PT0S"},
            "A wait lasts from 1 second to 1 year",
        ),
    ],
)
def test_impossible_times_are_refused_in_words(settings: dict[str, Any], said: str) -> None:
    found = problems(parse(drawing(settings)))
    assert said in [problem.message for problem in found if problem.node == "n2"], found


def test_a_clock_set_back_fires_nobody_twice_and_loses_nobody() -> None:
    with clock.freeze("2026-11-25T10:00:00+00:00") as frozen:
        workflow = publish(drawing({"mode": "duration", "duration": "PT1H"}))
        alice, bob = person("Alice"), person("Bob")
        triggers.enrol(workflow, [alice.pk])
        settle()
        frozen.set("2026-11-25T11:00:00+00:00")
        settle()
        assert path(alice) == ["n1", "n2", "n3"]
        frozen.set("2026-11-25T09:00:00+00:00")  # two hours back
        triggers.enrol(workflow, [bob.pk])
        settle()
        assert path(bob) == ["n1", "n2"]
        frozen.set("2026-11-25T11:00:00+00:00")
        settle()
        assert path(bob) == ["n1", "n2", "n3"]
        assert Visit.objects.filter(node="n2").count() == 2
        assert verify() == []


def test_a_clock_set_a_year_forward_lets_each_go_on_once() -> None:
    with clock.freeze("2026-11-25T10:00:00+00:00") as frozen:
        alice = person("Alice")
        triggers.enrol(publish(drawing({"mode": "duration", "duration": "PT1H"})), [alice.pk])
        settle()
        frozen.set("2027-11-25T10:00:00+00:00")
        settle()
        frozen.set("2026-11-25T10:30:00+00:00")
        settle()
        assert Visit.objects.filter(contact_id=alice.pk, node="n2").count() == 1
        assert run_of(alice).outcome == "completed"
