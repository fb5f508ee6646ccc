"""So many and no more, in the order in which they came."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from contacts import clock
from contacts.models import Contact
from engine import runner, triggers
from engine.history import path_json
from engine.models import Run, Turns, Visit
from engine.rates import Queue, Rate
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, settle

S = 1_000_000
START = "2026-11-25T10:00:00+00:00"


def drawing(most: int, per: str = "minute") -> dict[str, Any]:
    return draw(
        {"n1": ("trigger", {"on": "manual"}), "n2": ("rate_limit", {"most": most, "per": per}), "n3": ("exit", {})},
        ["n1 next n2", "n2 next n3"],
    )


def crowd(size: int, name: str = "p") -> list[int]:
    people = Contact.objects.bulk_create([Contact(email=f"{name}{n}@example.com") for n in range(size)])
    return [one.pk for one in people]


def passed() -> list[tuple[int, int]]:
    """(moment, run) of everybody who passed, in that order."""
    rows = Visit.objects.filter(node="n2").order_by("left_at", "run_id").values_list("left_at", "run_id")
    return [(clock.to_micros(at), run) for at, run in rows]


def most_in(moments: list[int], period: int) -> int:
    """The largest number of moments in any stretch of this length."""
    return max(sum(at - period < other <= at for other in moments) for at in moments)


@pytest.mark.django_db
def test_so_many_pass_at_once_and_the_others_come_after_them_in_order() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing(3))
        triggers.enrol(workflow, crowd(8))
        settle()
        assert Visit.objects.filter(node="n2").count() == 3
        frozen.advance("PT59S")
        settle()
        assert Visit.objects.filter(node="n2").count() == 3
        for _ in range(2):
            frozen.advance("PT1S")
            settle()
            frozen.advance("PT59S")
            settle()
        rows = passed()
        assert [run for _, run in rows] == sorted(run for _, run in rows)
        assert [(at - rows[0][0]) // S for at, _ in rows] == [0, 0, 0, 60, 60, 60, 120, 120]
        assert verify() == []
        run = Run.objects.order_by("pk").last()
        assert run is not None
        assert path_json([run])[0]["visits"][1]["why"] == "Waited for their turn: 3 pass a minute."


@pytest.mark.django_db
def test_whoever_comes_later_waits_behind_those_who_wait() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing(2))
        triggers.enrol(workflow, crowd(4))
        settle()
        frozen.advance("PT30S")
        bob = person("Bob")
        triggers.enrol(workflow, [bob.pk])
        settle()
        frozen.advance("PT30S")
        settle()
        assert path(bob) == ["n1", "n2"] and Visit.objects.filter(node="n2").count() == 4
        frozen.advance("PT1M")
        settle()
        assert path(bob) == ["n1", "n2", "n3"]


@pytest.mark.django_db
def test_after_the_machines_were_down_a_backlog_does_not_pass_at_once() -> None:
    with clock.freeze(START) as frozen:
        triggers.enrol(publish(drawing(2)), crowd(10))
        settle()
        frozen.advance("PT1H")
        for _ in range(200):
            settle()
            frozen.advance("PT1S")
        rows = passed()
        assert len(rows) == 10  # two at first, then two in each of four minutes
        assert most_in([at for at, _ in rows], 60 * S) == 2
        assert [run for _, run in rows] == sorted(run for _, run in rows)
        assert verify() == []


@pytest.mark.django_db
def test_a_clock_set_back_by_a_year_does_not_hold_newcomers_for_a_year() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing(2))
        triggers.enrol(workflow, crowd(2))
        settle()
        frozen.set("2025-11-25T10:00:00+00:00")
        triggers.enrol(workflow, crowd(2, "q"))
        settle()
        frozen.advance("PT1M")
        settle()
        assert Visit.objects.filter(node="n2").count() == 4
        row = Turns.objects.get()
        Turns.objects.filter(pk=row.pk).update(passed=[[clock.to_micros(clock.now()), 3]])
        assert verify() == [f"limits_hold: 3 passed n2 of workflow {workflow.pk} at once, 2 may"]


@pytest.mark.django_db
def test_many_cost_as_many_queries_as_few() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(drawing(5))
        counts = []
        for size in (6, 60):
            triggers.enrol(workflow, crowd(size, f"c{size}-"))
            with CaptureQueriesContext(connection) as captured:
                runner.advance(1000)
            frozen.advance("P1D")
            counts.append(len(captured))
        assert counts[1] <= counts[0]


@pytest.mark.parametrize("seed", range(20))
def test_no_stretch_of_time_lets_more_pass_whatever_comes_when(seed: int) -> None:
    """Random arrivals, looks that come late or much too late: never more than allowed, nobody is left behind."""
    dice = random.Random(seed)
    rate = Rate(dice.choice([1, 3, 10]), 60 * S)
    now, waiting, went, queue = 0, [], [], Queue(rate, 0)
    for turn in range(300):
        now += dice.choice([0, 1, 100_000, S, 10 * S, 61 * S, 600 * S])
        queue = Queue(rate, now, queue.passed, queue.promised)
        due = sorted(at for at in waiting if at <= now)
        waiting = [at for at in waiting if at > now]
        arriving = dice.choice([0, 0, 1, 2, 25]) if turn < 200 else 0
        given = queue.come_back(due)
        given += queue.arrive(arriving)
        assert len(given) == len(due) + arriving and all(at >= now for at in given)
        went += [now for at in given if at == now]
        waiting += [at for at in given if at > now]
    # What is used a little late counts from its own moment: the allowance is no more than that.
    assert most_in(went, rate.period_us - rate.patience_us) <= rate.most
    while waiting:
        now = max(now, min(waiting))
        queue = Queue(rate, now, queue.passed, queue.promised)
        given = queue.come_back(sorted(at for at in waiting if at <= now))
        waiting = [at for at in waiting if at > now] + [at for at in given if at > now]


def test_the_memory_stays_small_and_lets_no_more_pass() -> None:
    rate = Rate(5_000, 3_600 * S)
    queue = Queue(rate, 0)
    went: list[int] = []
    for second in range(4_000):
        now = second * S
        queue = Queue(rate, now, queue.passed, queue.promised)
        went += [now for at in queue.arrive(3) if at == now]
    assert len(queue.passed) <= 501
    assert 4_900 <= sum(at < 3_600 * S for at in went) <= 5_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer")
def test_two_workers_let_no_more_pass_and_keep_the_order() -> None:
    workflow = publish(drawing(50))
    triggers.enrol(workflow, crowd(400))

    def work() -> None:
        try:
            for _ in range(40):
                runner.advance(20)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert Visit.objects.filter(node="n2").count() == 50
    turns = list(Run.objects.filter(node="n2").order_by("deadline").values_list("deadline", flat=True))
    assert len(turns) == 350
    assert most_in([clock.to_micros(at) for at in turns], 60 * S) == 50
    assert verify() == []
