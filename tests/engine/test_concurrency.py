"""Several workers, pulses and web servers at once. PostgreSQL alone can show these races; SQLite's single writer hides them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from contacts import clock, events
from contacts.models import Contact
from engine import runner, triggers
from engine.models import Refusal, Run, RunStatus, Visit
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of

pytestmark = pytest.mark.django_db(transaction=True)


WAITS = draw(
    {
        "n1": ("trigger", {"on": "contact_added"}),
        "n2": (
            "wait_until",
            {
                "branches": [{"port": "b1", "name": "Hot", "when": {"fact": "tag", "is": "hot"}}],
                "timeout": "P2D",
            },
        ),
        "n3": ("exit", {}),
    },
    ["n1 next n2", "n2 b1 n3"],
)


def in_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def advance_all() -> None:
    while triggers.handle(500):
        pass
    while runner.advance(500):
        pass


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer: the race cannot happen")
def test_an_event_between_the_look_and_the_parking_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lost wake-up: somebody tags the contact just after the runner looked and just before it parks."""
    from contacts import tags

    publish(WAITS)
    alice = person()
    events.record(alice.pk, "contact_added")
    triggers.handle()
    started: list[threading.Thread] = []
    recorded = threading.Event()

    def point(name: str) -> None:
        # The runner has asked (no tag yet) and has not written; the tag comes now, from another connection.
        if name == "runner.before_write" and not started:

            def tag() -> None:
                tags.add([alice.pk], ["hot"])
                recorded.set()

            started.append(in_thread(tag))
            assert not recorded.wait(0.5), "the tag did not wait for the contact's lock"

    monkeypatch.setattr("contacts.faults.point", point)
    runner.advance()
    monkeypatch.undo()
    started[0].join(10)
    assert recorded.is_set()
    advance_all()
    assert path(alice) == ["n1", "n2", "n3"]
    assert verify() == []


def test_two_workers_over_a_thousand_due_runs_resume_each_once() -> None:
    publish(
        draw(
            {
                "n1": ("trigger", {"on": "contact_added"}),
                "n2": ("wait", {"duration": "PT1H"}),
                "n3": ("tag", {"add": ["done"]}),
                "n4": ("exit", {}),
            },
            ["n1 next n2", "n2 next n3", "n3 next n4"],
        )
    )
    people = Contact.objects.bulk_create([Contact(email=f"p{i}@example.com") for i in range(1000)])
    with clock.freeze("2026-11-23T08:00:00+00:00") as frozen:
        events.record_many([events.NewEvent(contact.pk, "contact_added") for contact in people])
        advance_all()
        frozen.advance("PT1H")
        failures: list[BaseException] = []

        def work() -> None:
            try:
                while runner.advance(50):
                    pass
            except BaseException as error:
                failures.append(error)

        workers = [in_thread(work) for _ in range(2 if connection.vendor == "sqlite" else 4)]
        for worker in workers:
            worker.join(60)
        advance_all()
    assert not failures
    assert Run.objects.filter(status=RunStatus.ENDED).count() == 1000
    assert Visit.objects.filter(node="n3").count() == 1000
    assert verify() == []


def test_a_hundred_triggers_at_once_break_no_entry_rule() -> None:
    publish(
        draw(
            {"n1": ("trigger", {"on": "purchase"}), "n2": ("wait", {"duration": "P1D"})},
            ["n1 next n2"],
            {"reentry": "after_exit"},
        )
    )
    alice = person()

    def buy(number: int) -> Callable[[], object]:
        def work() -> None:
            for step in range(10):
                events.record(alice.pk, "purchase", {"order_id": f"{number}-{step}"})
                triggers.handle(7)

        return work

    threads = [in_thread(buy(number)) for number in range(10)]
    for thread in threads:
        thread.join(60)
    advance_all()
    assert Run.objects.filter(contact=alice).count() == 1
    assert Refusal.objects.filter(contact=alice, reason="inside").count() == 99
    assert run_of(alice).node == "n2"
    assert verify() == []


def test_ten_deliveries_of_one_event_at_once_let_in_once() -> None:
    publish(
        draw({"n1": ("trigger", {"on": "purchase"}), "n2": ("exit", {})}, ["n1 next n2"], {"reentry": "after_exit"})
    )
    alice = person()
    threads = [in_thread(lambda: events.record(alice.pk, "purchase", {}, key="order-7")) for _ in range(10)]
    for thread in threads:
        thread.join(30)
    advance_all()
    assert Run.objects.filter(contact=alice).count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer: the race cannot happen")
def test_who_is_turned_away_while_somebody_publishes_waits_for_nobody() -> None:
    """A refusal points at its workflow: if it had to wait for the publish, which waits for its alarms, both would stand still."""
    from django.db import transaction

    from builder.actions.pause import pause

    workflow, alice = publish(WAITS), person()
    turned_away, paused = threading.Event(), threading.Event()

    def turn_away() -> None:
        assert paused.wait(10)
        Refusal.objects.create(workflow_id=workflow.pk, contact_id=alice.pk, reason="audience")
        turned_away.set()

    thread = in_thread(turn_away)
    with transaction.atomic():
        pause(workflow)
        paused.set()
        committed = turned_away.wait(5)
    thread.join()
    assert committed


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer: the race cannot happen")
def test_whom_the_runner_holds_while_somebody_resumes_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner saw a paused workflow, and writes "held" after the resume has looked for those who are."""
    from builder.actions.pause import pause
    from builder.actions.resume import resume
    from contacts import faults

    workflow, alice = publish(WAITS), person()
    events.record(alice.pk, "contact_added")
    triggers.handle()
    pause(workflow)
    threads: list[threading.Thread] = []

    def beside(point: str) -> None:
        if point == "runner.before_write" and not threads:
            threads.append(in_thread(lambda: resume(workflow)))
            threads[0].join(1)

    monkeypatch.setattr(faults, "point", beside)
    runner.advance()
    threads[0].join()
    monkeypatch.undo()
    advance_all()
    assert run_of(alice).node == "n2"
