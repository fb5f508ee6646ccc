"""Re-entry under a hundred triggers at once: ten thousand entries are tried, and no rule is broken once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, connections
from django.db.models import Count

from contacts import clock, events
from contacts.models import Contact, Field
from engine import alarms, backfill, runner, segments, triggers
from engine.models import Refusal, Run, RunStatus
from engine.verify import verify
from tests.engine.kit import draw, publish

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, ROUNDS, PEOPLE = 10, 10, 25  # for each rule: 100 triggers for each of 25 contacts, 2,500 entries tried


def in_threads(work: Callable[[int], None], threads: int = THREADS) -> None:
    failures: list[BaseException] = []
    ready = threading.Barrier(threads)

    def run(number: int) -> None:
        try:
            ready.wait(30)
            work(number)
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    started = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join(120)
    assert not failures, failures


def patiently(work: Callable[[], object]) -> None:
    """SQLite in tests may refuse instead of waiting when ten threads write in one process; a worker would be rung again."""
    for _ in range(200):
        try:
            work()
            return
        except OperationalError:
            continue
    raise AssertionError("the database never had time")


def work_off() -> None:
    while triggers.handle(500) or runner.advance(500):
        pass


@pytest.mark.parametrize(
    "rules",
    [
        {"reentry": "once"},
        {"reentry": "after_exit", "max_entries": 3},
        {"reentry": "each_key", "key": "event.order"},
        {"reentry": "restart", "max_entries": 5},
    ],
    ids=lambda rules: rules["reentry"],
)
def test_a_hundred_triggers_at_once_break_no_rule_in_ten_thousand(rules: dict) -> None:
    publish(draw({"n1": ("trigger", {"on": "purchase"}), "n2": ("wait", {"duration": "P1D"})}, ["n1 next n2"], rules))
    people = [
        one.pk for one in Contact.objects.bulk_create([Contact(email=f"p{i}@example.com") for i in range(PEOPLE)])
    ]

    def buy(number: int) -> None:
        for turn in range(ROUNDS):
            order = turn if number % 2 else number  # every key is asked for by several threads
            rows = [events.NewEvent(pk, "purchase", {"order": order}) for pk in people]
            patiently(lambda rows=rows: events.record_many(rows))
            patiently(lambda: triggers.handle(60))
            patiently(lambda: runner.advance(40))

    in_threads(buy)
    work_off()
    tried = THREADS * ROUNDS * PEOPLE
    assert Run.objects.count() + Refusal.objects.count() == tried == 2500
    active = Run.objects.filter(status=RunStatus.ACTIVE).values("contact_id").annotate(n=Count("pk"))
    total = Counter(Run.objects.values_list("contact_id", flat=True))
    assert set(total) == set(people)
    most = {"once": 1, "after_exit": 1, "each_key": ROUNDS, "restart": 5}[rules["reentry"]]
    assert set(total.values()) == {most}
    assert {row["n"] for row in active} == {most if rules["reentry"] == "each_key" else 1}
    if rules["reentry"] == "each_key":
        slots = Run.objects.values("contact_id", "slot").annotate(n=Count("pk"))
        assert {row["n"] for row in slots} == {1}
    assert verify() == []


def test_a_date_and_a_backfill_let_in_once_however_many_work_at_them() -> None:
    Field.objects.create(key="born", label="Birthday", type="date")
    with clock.freeze("2026-11-23T12:00:00+00:00") as frozen:
        Contact.objects.bulk_create(
            [Contact(email=f"p{i}@example.com", fields={"born": "2026-11-24"}) for i in range(300)]
        )
        exits = {"n2": ("exit", {})}
        publish(
            draw(
                {"n1": ("trigger", {"on": "date_field", "date": "born"}), **exits},
                ["n1 next n2"],
                {"reentry": "after_exit"},
            )
        )
        publish(
            draw(
                {"n1": ("trigger", {"on": "contact_added", "backfill": True}), **exits},
                ["n1 next n2"],
                {"reentry": "after_exit"},
            )
        )
        frozen.set("2026-11-24T09:00:00+00:00")

        def ring(number: int) -> None:
            for _ in range(40):
                patiently(lambda: alarms.ring(20))
                patiently(lambda: backfill.fill(20))
                patiently(lambda: runner.advance(50))

        in_threads(ring, 4)
        while alarms.ring(50) or backfill.fill(50):
            pass
        work_off()
        assert Run.objects.count() == 600
        assert {row["n"] for row in Run.objects.values("contact_id", "workflow_id").annotate(n=Count("pk"))} == {1}
        assert not Refusal.objects.exists()
        assert verify() == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer: the race cannot happen")
def test_people_who_come_and_go_while_everybody_is_compared_are_told_once_each() -> None:
    from contacts import memberships, tags
    from contacts.models import Event, Segment, SegmentMember

    people = [one.pk for one in Contact.objects.bulk_create([Contact(email=f"p{i}@example.com") for i in range(60)])]
    good = Segment.objects.create(name="Good", condition={"fact": "tag", "is": "vip"})
    publish(
        draw({"n1": ("trigger", {"on": "segment_entered", "segment": good.pk}), "n2": ("exit", {})}, ["n1 next n2"])
    )

    def turn(number: int) -> None:
        for _ in range(10):
            if number == 0:
                memberships.look(good, 40)
            elif number == 1:
                triggers.handle(30)
            else:
                (tags.add if number % 2 else tags.remove)(people[number::5], ["vip"])

    in_threads(turn, 6)
    work_off()
    segments.recheck()
    vips = set(Contact.objects.tagged("vip").values_list("pk", flat=True))
    assert set(SegmentMember.objects.values_list("contact_id", flat=True)) == vips
    for contact in people:
        told = list(
            Event.objects.filter(contact_id=contact, name__startswith="segment_")
            .order_by("pk")
            .values_list("name", flat=True)
        )
        assert told == ["segment_entered", "segment_left"] * (len(told) // 2) + ["segment_entered"] * (len(told) % 2)
