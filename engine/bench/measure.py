"""Measures everything on the database of this process's environment and prints one JSON object. Called by `manage.py bench`."""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import sys
from typing import Any


def claim_ms(parked: int) -> float:
    """Milliseconds of one claim of 100 due runs while `parked` others wait for a later day; median of 20."""
    import time

    from django.db import connection, transaction

    from contacts import clock
    from engine import sql

    now = clock.to_micros(clock.now())
    later = now + 86_400_000_000
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id), min(version_id), min(workflow_id) FROM engine_run")
        _, high, version, workflow = cursor.fetchone()
        cursor.execute("SELECT min(id) FROM contacts_contact")
        contact = cursor.fetchone()[0]
        series = (
            f"generate_series(1, {parked}) AS g(i)"
            if sql.on_postgresql()
            else f"(WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < {parked}) SELECT i FROM g) g"
        )
        cursor.execute(
            "INSERT INTO engine_run (id, workflow_id, version_id, contact_id, node, nth, entered_at, started_at, status, lane,"
            " due_at, attempts, fence, outcome, depth, error)"
            f" SELECT {high} + 1000 + i, {workflow}, {version}, {contact} + i % 100, 'n3', 3, {now}, {now}, 1, 1,"
            f" CASE WHEN i <= 100 THEN {now} ELSE {later} + i END, 0, 0, '', 0, '' FROM {series}"
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE engine_run")
    times = []
    for _ in range(20):
        with transaction.atomic():
            started = time.perf_counter()
            assert len(sql.claim(now=now + 1, limit=100)) == 100
            times.append(time.perf_counter() - started)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM engine_run WHERE id > %s", [high + 1000])
    return statistics.median(times) * 1000


def main(n: int) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from django.db import connections

    from engine.bench import latency, per_task, product, pure_sql

    fork = multiprocessing.get_context("fork")
    stop, told = fork.Event(), fork.Queue()
    connections.close_all()
    writer = fork.Process(target=product.web_writer, args=(stop, told))
    writer.start()
    try:
        measured = product.run(n)
    finally:
        stop.set()
    waits = [wait for at, wait in told.get(timeout=60) if any(began <= at <= ended for began, ended in measured.spans)]
    writer.join()
    from contacts.models import Contact
    from engine.models import Run

    version, workflow = Run.objects.values_list("version_id", "workflow_id")[0]
    ids = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    found: dict[str, Any] = {
        "contacts": n,
        "rows_exact": True,
        "steps": measured.steps,
        "steps_per_s": round(measured.steps / measured.seconds),
        "cpu_us_per_step": round(measured.cpu_seconds / measured.steps * 1e6, 1),
        "bytes_per_step": round(measured.bytes_per_step),
        "web_write_ms_p95": round(statistics.quantiles(waits, n=20)[-1] * 1000, 1) if len(waits) > 20 else None,
    }
    found.update(latency.measure(ids))
    found["sql_limit_steps_per_s"] = round(pure_sql.run(ids, version, workflow))
    found["per_task_steps_per_s"] = round(per_task.run(ids[: min(300, n)], version, workflow), 1)
    found["claim_ms_with_1m_parked"] = round(claim_ms(1_000_000), 2)
    return found


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trellis.settings")
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))) + "\n")
