"""Every way in: what a trigger hears, what it passes over, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from builder.graph import parse
from builder.names import DocumentNames
from builder.validation import problems
from contacts import clock, consents, events, fields, lists, tags
from contacts.models import Contact, Field, List, Segment
from engine import starts
from engine.models import Refusal, Run
from engine.steps.trigger import Trigger, TriggerSettings
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, settle

pytestmark = pytest.mark.django_db

START = "2026-11-23T08:00:00+00:00"
PROMOTER = {"property": "score", "op": "gte", "value": 9}


def room(settings: dict[str, Any], **whole: Any) -> dict[str, Any]:
    return draw({"n1": ("trigger", settings), "n2": ("wait", {"duration": "P300D"})}, ["n1 next n2"], whole)


def do(name: str, **properties: Any) -> Callable[[Contact], object]:
    return lambda alice: events.record(alice.pk, name, properties)


def _city(alice: Contact, value: str) -> None:
    fields.update({alice.pk: {"city": value}})


# on + options, what does not let in, what does
CASES: list[tuple[dict[str, Any], list[Callable[[Contact], object]], Callable[[Contact], object]]] = [
    ({"on": "contact_added"}, [do("contact_merged")], do("contact_added")),
    (
        {"on": "field_changed", "field": "city", "becomes": "warsaw"},
        [lambda a: _city(a, "Kraków"), lambda a: fields.update({a.pk: {"first_name": "Warsaw"}})],
        lambda a: _city(a, "Warsaw"),
    ),
    (
        {"on": "field_changed", "field": "score", "was": "0"},
        [lambda a: _city(a, "0")],
        lambda a: fields.update({a.pk: {"score": 5}}),
    ),
    (
        {"on": "tag_added", "tag": "Very  Good"},
        [lambda a: tags.add([a.pk], ["good"])],
        lambda a: tags.add([a.pk], ["very good"]),
    ),
    (
        {"on": "tag_removed", "tag": "lead"},
        [lambda a: tags.add([a.pk], ["lead"]), lambda a: tags.remove([a.pk], ["other"])],
        lambda a: tags.remove([a.pk], ["lead"]),
    ),
    (
        {"on": "list_joined", "list": "news"},
        [lambda a: lists.join([a.pk], ["club"])],
        lambda a: lists.join([a.pk], ["news"]),
    ),
    (
        {"on": "list_left", "list": "news"},
        [lambda a: lists.join([a.pk], ["news"]), lambda a: lists.leave([a.pk], ["club"])],
        lambda a: lists.leave([a.pk], ["news"]),
    ),
    (
        {"on": "event", "name": "booked", "where": [{"property": "seats", "op": "gte", "value": 2}]},
        [do("booked", seats=1), do("booked"), do("other", seats=4)],
        do("booked", seats=3),
    ),
    (
        {"on": "purchase", "where": [{"property": "category", "op": "is", "value": "coffee"}]},
        [do("purchase", category="tea")],
        do("purchase", category="Coffee"),
    ),
    ({"on": "app_installed", "app": "shop"}, [do("app_installed", app="other")], do("app_installed", app="Shop")),
    (
        {"on": "message_event", "did": "clicked", "link": "https://shop.example/*"},
        [do("message_clicked", url="https://other.example/"), do("message_opened", url="https://shop.example/")],
        do("message_clicked", url="https://shop.example/cart"),
    ),
    (
        {"on": "page_visited", "url": "/pricing*", "seconds": 10},
        [do("page_visited", url="https://a.example/about", seconds=60), do("page_visited", url="https://a.example/pricing")],
        do("page_visited", url="https://a.example/pricing?x=1", seconds=12),
    ),
    (
        {"on": "form_submitted", "form": "contact"},
        [do("form_submitted", form="demo")],
        do("form_submitted", form="Contact"),
    ),
    (
        {"on": "survey_answered", "groups": ["promoter"]},
        [do("survey_answered", score=6), do("survey_answered", score="10"), do("survey_answered")],
        do("survey_answered", score=9),
    ),
    (
        {"on": "consent_changed", "subject": "sms", "state": "out"},
        [lambda a: consents.set([a.pk], "email", "out", source="test")],
        lambda a: consents.set([a.pk], "sms", "out", source="test"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]['on']}-{len(case[0])}")
def test_it_hears_what_it_should_and_nothing_else(case: Any) -> None:
    settings, deaf, heard = case
    Field.objects.create(key="city", label="City", type="text")
    for slug in ("news", "club"):
        List.objects.create(slug=slug, name=slug)
    with clock.freeze(START):
        publish(room(settings))
        alice = person()
        for act in deaf:
            act(alice)
            settle()
            assert not Run.objects.filter(contact=alice).exists(), act
        heard(alice)
        settle()
        assert path(alice) == ["n1", "n2"]


def test_what_becomes_of_a_certain_content_is_told_from_the_rest() -> None:
    settings = TriggerSettings(on="message_event", did="opened", content=3)
    assert Trigger.event_name(settings) == "message_opened"
    assert Trigger.hears(settings, {"content": 3})
    assert not Trigger.hears(settings, {"content": 4})
    assert not Trigger.hears(settings, {})


@pytest.mark.parametrize("start", starts.all(), ids=lambda start: start.on)
def test_every_start_explains_itself_and_asks_for_what_it_needs(start: type[starts.Start]) -> None:
    settings = TriggerSettings(on=start.on)
    drawing = parse(room({"on": start.on}))
    names = DocumentNames(drawing)
    said = Trigger.summary(settings, names)
    assert said and "{" not in said
    assert start.came.endswith(".")
    asked = {problem.field for problem in problems(drawing) if problem.node == "n1"}
    assert set(start.needs) <= asked
    tree = start.qualifies(settings) if not start.needs else None
    assert (tree is not None) == (start.fills and not start.needs) or start.on == "consent_changed"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"on": "field_changed", "field": "no_such"}, "field"),
        ({"on": "segment_entered", "segment": 999}, "segment"),
        ({"on": "list_joined", "list": "nowhere"}, "list"),
        ({"on": "tag_removed", "tag": "x", "backfill": True}, "backfill"),
        ({"on": "schedule", "segment": "All", "rule": "FREQ=SECONDLY"}, "rule"),
        ({"on": "schedule", "segment": "All", "rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "rule"),
        ({"on": "schedule", "segment": "All", "rule": "FREQ=DAILY;INTERVAL=7;BYDAY=MO", "begins": "2026-11-24"}, "rule"),
        ({"on": "schedule", "segment": "All", "rule": "FREQ=DAILY;BYSECOND=" + ",".join(map(str, range(60)))}, "rule"),
        ({"on": "schedule", "segment": "All", "rule": "A" * 100_000}, "rule"),
        ({"on": "schedule", "segment": "All", "begins": "0001-01-01"}, "begins"),
        ({"on": "schedule", "segment": "All", "hour": "25:00"}, "hour"),
        ({"on": "date_field", "date": "city"}, "date"),
        ({"on": "date_field", "date": "born", "at": ""}, "at"),
        ({"on": "date_field", "date": "born", "side": "before", "offset": "P99Y"}, "offset"),
        ({"on": "page_visited", "url": "/x", "seconds": 10**12}, "seconds"),
        ({"on": "event", "name": "x", "where": [{"property": 'a"b', "op": "is", "value": 1}]}, "where.0.property"),
        ({"on": "no_such_start"}, "on"),
        ({"on": ["contact_added"]}, "on"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused_in_words_at_their_place(settings: dict[str, Any], field: str) -> None:
    Field.objects.create(key="city", label="City", type="text")
    Field.objects.create(key="born", label="Born", type="date")
    Segment.objects.create(name="All", condition={"all": []})
    found = [problem for problem in problems(parse(room(settings))) if problem.node == "n1"]
    assert [problem.field for problem in found] == [field]
    assert found[0].message.endswith((".", "?")) and len(found[0].message) < 400


def test_events_full_of_nonsense_let_nobody_in_and_stop_nobody_else() -> None:
    with clock.freeze(START):
        for settings in (
            {"on": "survey_answered", "groups": ["detractor"]},
            {"on": "page_visited", "url": "/a*"},
            {"on": "event", "name": "odd", "where": [PROMOTER]},
        ):
            publish(room(settings))
        publish(room({"on": "purchase"}))
        alice = person()
        for odd in ({"score": {"a": 1}}, {"score": [9]}, {"score": True}, {"score": 1e308}, {"url": 5, "score": None}):
            for name in ("survey_answered", "page_visited", "odd"):
                events.record(alice.pk, name, odd)
        events.record(alice.pk, "purchase", {})
        settle()
        assert Run.objects.filter(contact=alice).count() == 1
        assert not Refusal.objects.exists()
        assert verify() == []


def test_what_happened_long_ago_or_is_said_to_happen_tomorrow_lets_in_now() -> None:
    with clock.freeze(START) as frozen:
        publish(room({"on": "purchase"}, reentry="each_key", key="event.order_id"))
        alice = person()
        for number, at in enumerate(("1999-01-01T00:00:00+00:00", "2199-01-01T00:00:00+00:00")):
            frozen.set(START)
            events.record(alice.pk, "purchase", {"order_id": number}, occurred_at=clock.datetime.fromisoformat(at))
        frozen.set("2026-11-22T08:00:00+00:00")  # the clock is set back a day before the worker looks
        settle()
        runs = Run.objects.filter(contact=alice)
        assert [run.started_at.isoformat() for run in runs] == ["2026-11-22T08:00:00+00:00"] * 2
        assert verify() == []


def test_the_docs_show_every_start_with_settings_that_are_valid() -> None:
    import json
    import re
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")
    shown = [
        json.loads(block)["settings"] for block in re.findall(r'```json node\n(\{"kind": "trigger".*?)```', text, re.S)
    ]
    assert {settings["on"] for settings in shown} == {start.on for start in starts.all()}
    for settings in shown:
        TriggerSettings.model_validate(settings)
        assert set(settings) <= set(TriggerSettings.model_fields), settings
