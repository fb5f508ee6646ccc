"""The two weeks before today: the shop starts with its customers, new ones come in day by day, the workflow runs.

Nothing is written that the product would not write itself: the business clock starts in the past and walks to now, in
steps of some minutes, while people come, messages go out and are read.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

from django.db import connection

from contacts import clock, demo_clock, events
from contacts.models import Workspace
from engine.demo import arrivals
from engine.demo.advance import settle
from engine.demo.people import OWN_THREE, SEED, Someone, someone
from engine.demo.visitor import Visitor

DAYS = 14
# Uneven, so that not everything happens on the hour; the last day in finer ones, as that is what people look at.
STEP_MINUTES = (40, 140)
FINE_STEP_MINUTES = (10, 40)
# The others were customers before: the workflow is for those who come.
COMING_SHARE = 0.4
# People come from morning to late evening, most of them after work.
_HOURS = (0, 0, 0, 0, 0, 1, 2, 4, 5, 6, 6, 6, 7, 6, 5, 5, 6, 8, 10, 11, 10, 7, 4, 1)


def begin() -> None:
    """Set the clock back to the first day. Only on an empty demo: time never goes back for people who are there."""
    workspace = Workspace.current()
    workspace.clock_offset_s = -int(timedelta(days=DAYS).total_seconds())
    workspace.save(update_fields=["clock_offset_s"])
    demo_clock.sync(now=True)


@contextmanager
def _unhurried_disk() -> Iterator[None]:
    """On SQLite, wait for no disk meanwhile: ten thousand small commits. A power cut now costs a demo that is made again."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = OFF")
    try:
        yield
    finally:
        connection.close()  # the next one is careful again


def live_through(number_of_people: int, told: Callable[[float], None]) -> None:
    """Walk from the first day to now. `told` hears how much of it is done, from 0 to 1."""
    with _unhurried_disk():
        _live_through(number_of_people, told)


def _live_through(number_of_people: int, told: Callable[[float], None]) -> None:
    visitor, start, chance = Visitor(), clock.now(), Random(f"{SEED}:steps")
    wall = start - clock.offset()
    coming, known = _coming(number_of_people, start, wall)
    to_come = arrivals.let_in(OWN_THREE) + arrivals.let_in(known, quiet=True)
    while True:
        now = clock.now()
        people = []
        while coming and coming[0][0] <= now:
            people.append(heapq.heappop(coming)[2])
        to_come += arrivals.let_in(people)
        events.record_many([event for event in to_come if arrivals.moment(event) <= now])
        to_come = [event for event in to_come if arrivals.moment(event) > now]
        settle(visitor, time.monotonic() + 60)
        told(min((now - start) / (wall - start), 1.0))
        if now >= wall:
            break
        minutes = STEP_MINUTES if wall - now > timedelta(days=1) else FINE_STEP_MINUTES
        demo_clock.move_to(min(now + timedelta(minutes=chance.uniform(*minutes)), wall))
    home()


def home() -> None:
    """Back to today: the demo's clock shows the wall clock's time again."""
    workspace = Workspace.current()
    workspace.clock_offset_s = 0
    workspace.save(update_fields=["clock_offset_s"])
    demo_clock.sync(now=True)


def _coming(
    number_of_people: int, start: datetime, end: datetime
) -> tuple[list[tuple[datetime, int, Someone]], list[Someone]]:
    """Who comes when, as a heap; and who is there already."""
    chance = Random(f"{SEED}:coming")
    coming: list[tuple[datetime, int, Someone]] = []
    known: list[Someone] = []
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(1, number_of_people + 1):
        if chance.random() >= COMING_SHARE:
            known.append(someone(number))
            continue
        at = end
        while not start <= at < end:
            hour = chance.choices(range(24), _HOURS)[0]
            at = midnight + timedelta(days=chance.randrange(DAYS + 1), hours=hour, seconds=chance.randrange(3600))
        coming.append((at, number, someone(number)))
    heapq.heapify(coming)
    return coming, known
