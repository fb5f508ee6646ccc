"""The product itself: events, entries, runner, outbox, as the worker runs them."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction

from contacts import clock, events, tags
from contacts.models import Contact, ContactTag
from engine import outbox, sql, triggers
from engine.bench import scenario
from engine.messaging.models import Message
from engine.models import Counter, Run, RunStatus, Visit
from engine.pace import Pace
from engine.runner import advance
from engine.verify import verify


class NotExact(RuntimeError):
    """The rows are not those that this many contacts must leave behind."""


@dataclass
class Measured:
    steps: int
    seconds: float
    cpu_seconds: float
    bytes_per_step: float
    # When the engine was at work: what the web waited for at other moments is the bench's own doing.
    spans: list[tuple[float, float]]


def work_off() -> None:
    """Until nothing is due: the loop of the engine's and the outbox's turns."""
    entries, runs = Pace(), Pace()
    while True:
        busy = bool(entries.turn(triggers.handle))
        busy = bool(runs.turn(advance)) or busy
        if not busy and not outbox.tick():
            return


def _colleague(ready: Any, go: Any, told: Any) -> None:
    """A second worker: the same loop in a process of its own."""
    connections.close_all()
    Run.objects.exists()  # connected before the clock starts
    ready.set()
    go.wait()
    used = time.process_time()
    work_off()
    told.put(time.process_time() - used)


def work_off_together(workers: int) -> tuple[float, float, float]:
    """(when it began, when it was done, CPU seconds of all workers); `time.perf_counter()`, which processes share."""
    fork = multiprocessing.get_context("fork")
    go, told = fork.Event(), fork.Queue()
    connections.close_all()
    colleagues = []
    for _ in range(workers - 1):
        ready = fork.Event()
        colleagues.append(fork.Process(target=_colleague, args=(ready, go, told)))
        colleagues[-1].start()
        ready.wait()
    Run.objects.exists()
    go.set()
    started, used = time.perf_counter(), time.process_time()
    work_off()
    cpu = sum(told.get(timeout=300) for _ in colleagues)
    work_off()  # what a colleague made due at the very end
    ended = time.perf_counter()
    for colleague in colleagues:
        colleague.join()
    return started, ended, cpu + time.process_time() - used


def size() -> int:
    """Bytes of everything that the engine and messaging write, with all indexes."""
    with connection.cursor() as cursor:
        if sql.on_postgresql():
            cursor.execute(
                "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE c.relkind = 'r'"
                " AND (c.relname LIKE 'engine_%%' OR c.relname LIKE 'messaging_%%')"
            )
            return int(cursor.fetchone()[0])
        cursor.execute("PRAGMA page_size")
        page = cursor.fetchone()[0]
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute("PRAGMA freelist_count")
        return int((pages - cursor.fetchone()[0]) * page)


def run(n: int) -> Measured:
    """Send n contacts through; refuses to answer unless every row is there, once.

    As many workers as a cluster has: one on SQLite, whose writer is alone, two on PostgreSQL.
    """
    workers = settings.Q_CLUSTER["workers"] if sql.on_postgresql() else 1
    workflow = scenario.workflow()
    ids = scenario.people(n)
    for start in range(0, n, 5000):
        events.record_many([events.NewEvent(contact, "contact_added") for contact in ids[start : start + 5000]])
    if sql.on_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # what autovacuum does by itself after so many new rows
    before = size()
    seconds = cpu = 0.0
    spans: list[tuple[float, float]] = []

    def timed() -> None:
        nonlocal seconds, cpu
        started, ended, used = work_off_together(workers)
        spans.append((started, ended))
        seconds += ended - started
        cpu += used

    timed()
    if Run.objects.filter(node="n3", status=RunStatus.ACTIVE).count() != n:
        raise NotExact("Not everybody waits after the e-mail.")
    openers = ids[::2]
    with transaction.atomic():
        for start in range(0, len(openers), 5000):
            Message.objects.filter(contact_id__in=openers[start : start + 5000], node="n2").update(
                opened_at=clock.now()
            )
    clock.set_offset(timedelta(days=1, minutes=1))
    timed()
    clock.set_offset(timedelta())
    steps = Visit.objects.count()
    found = {
        "visits": (steps, scenario.visits_of(n)),
        "ended": (Run.objects.filter(status=RunStatus.ENDED, workflow=workflow).count(), n),
        "messages": (Message.objects.filter(accepted_at__isnull=False).count(), scenario.messages_of(n)),
        "tags": (ContactTag.objects.filter(tag__name="opened").count(), len(openers)),
        "ends": (Counter.objects.get(node="n8", port="end").n, n),
    }
    wrong = {name: pair for name, pair in found.items() if pair[0] != pair[1]}
    broken = verify()
    if wrong or broken:
        raise NotExact(f"{wrong} {broken[:5]}")
    return Measured(steps, seconds, cpu, (size() - before) / steps, spans)


def web_writer(stop: Any, told: Any) -> None:
    """What a web process does meanwhile: a tag on one contact, in its own transaction, twenty times a second."""
    connections.close_all()
    number, waits = 0, []
    while not stop.is_set():
        started = time.perf_counter()
        contact = Contact.objects.order_by("-pk").values_list("pk", flat=True).first()
        if contact is not None:
            change = tags.add if number % 2 == 0 else tags.remove
            change([contact], [f"web-{number // 2 % 50}"])
            waits.append((started, time.perf_counter() - started))
            number += 1
        time.sleep(0.05)
    told.put(waits)
