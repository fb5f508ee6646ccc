"""The limit: every step of all contacts at once, as pure SQL that writes the same rows. Nothing else a product does is in here."""

from __future__ import annotations

import time

from django.db import connection, transaction

from contacts import clock
from engine.bench import scenario


def run(contact_ids: list[int], version_id: int, workflow_id: int) -> float:
    """Contact-steps a second for these contacts (even ones opened, every fourth has a phone)."""
    now = clock.to_micros(clock.now())
    low, high = contact_ids[0], contact_ids[-1]
    base = low
    rows: dict[str, str] = {"all": "true", "opened": f"(c.id - {base}) % 2 = 0", "no": f"(c.id - {base}) % 2 = 1"}
    rows["phone"] = f"(c.id - {base}) % 4 = 1"
    path = [
        ("n1", "all", "next"),
        ("n2", "all", "next"),
        ("n3", "all", "next"),
        ("n4", "opened", "yes"),
        ("n4", "no", "no"),
    ]
    path += [("n5", "opened", "next"), ("n6", "phone", "yes"), ("n7", "phone", "next"), ("n8", "all", "end")]
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO engine_run (workflow_id, version_id, contact_id, node, nth, entered_at, started_at, status, lane, due_at,"
            " attempts, fence, outcome, slot, depth, error)"
            f" SELECT {workflow_id}, {version_id}, c.id, 'n1', 1, {now}, {now}, 1, 1, {now}, 0, 0, '', 'sql', 0, ''"
            f" FROM contacts_contact c WHERE c.id BETWEEN {low} AND {high}"
        )
        for nth, (node, who, port) in enumerate(path, 1):
            where = f"c.id BETWEEN {low} AND {high} AND {rows[who]}"
            cursor.execute(
                "INSERT INTO engine_visit (contact_id, run_id, nth, version_id, node, entered_at, left_at, port)"
                f" SELECT c.id, r.id, {nth}, {version_id}, '{node}', {now}, {now}, '{port}'"
                f" FROM contacts_contact c JOIN engine_run r ON r.contact_id = c.id AND r.slot = 'sql' WHERE {where}"
            )
            cursor.execute(
                "INSERT INTO engine_counter (version_id, node, port, n)"
                f" SELECT {version_id}, '{node}', '{port}', count(*) FROM contacts_contact c WHERE {where}"
                " ON CONFLICT (version_id, node, port) DO UPDATE SET n = engine_counter.n + excluded.n"
            )
            if node in ("n2", "n7"):
                channel = "email" if node == "n2" else "sms"
                cursor.execute(
                    "INSERT INTO messaging_message (contact_id, run_id, version_id, workflow_id, planned_at, not_before,"
                    " accepted_at, nth, fence, status, purpose, attempts, machine_opens, is_demo, channel, node, reason, provider_id, error)"
                    f" SELECT c.id, r.id, {version_id}, {workflow_id}, {now}, {now}, {now}, {nth}, 1, 3, 0, 1, 0, false,"
                    f" '{channel}', '{node}', '', '', ''"
                    f" FROM contacts_contact c JOIN engine_run r ON r.contact_id = c.id AND r.slot = 'sql' WHERE {where}"
                )
        cursor.execute(
            f"UPDATE engine_run SET node = 'n8', nth = {len(path)}, status = 2, outcome = 'completed', ended_at = {now},"
            " due_at = NULL, fence = fence + 1 WHERE slot = 'sql'"
        )
    return scenario.visits_of(len(contact_ids)) / (time.perf_counter() - started)
