"""The engine's hand-written SQL, all of it: what runs once per batch for every contact. Values are always bound.

SQLite takes rows by executemany (a prepared statement, 1-3 us a row); PostgreSQL takes columns as arrays and unnests them, one statement a
batch, or copies rows in where nothing can be in their way. Moments are microseconds since the epoch (see `contacts.clock`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from contacts.sql import array, arrays, copy

Row = tuple[Any, ...]

CLAIM_COLUMNS = (
    "r.id, r.contact_id, r.workflow_id, r.version_id, r.node, r.nth, r.entered_at, r.started_at, r.deadline, "
    "r.attempts, r.fence, r.result, r.lane, r.depth, r.event_id, c.time_zone, c.is_demo, r.heard_at"
)


class LateWrite(RuntimeError):
    """Another worker has advanced a run of this batch meanwhile: what was decided here is void."""


def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def _among(column: str, ids: Sequence[int]) -> tuple[str, str]:
    """`column` is one of these ids, as a condition and its one parameter."""
    if on_postgresql():
        return f"{column} = ANY(%s::bigint[])", array(ids)
    return f"{column} IN (SELECT value FROM json_each(%s))", json.dumps(list(ids))


def claim(
    *, now: int, limit: int, contact_ids: Sequence[int] | None = None, run_ids: Sequence[int] | None = None
) -> list[Row]:
    """Up to `limit` runs that are due, fast lane first, each with its contact locked until the transaction ends.

    The contact row is the lock: without it an event that commits between our look and our parking would be lost.
    SQLite needs no lock, its writer is alone.
    """
    narrow = ""
    values: list[str] = []
    for column, ids in (("r.contact_id", contact_ids), ("r.id", run_ids)):
        if ids is not None:
            told, value = _among(column, ids)
            narrow += f" AND {told}"
            values.append(value)
    rows: list[Row] = []
    with connection.cursor() as cursor:
        for lane in (0, 1):
            if len(rows) >= limit:
                break
            # `status = 1` stands as a literal, or SQLite would not see that the partial index run_due fits.
            source = (
                " FROM engine_run r JOIN contacts_contact c ON c.id = r.contact_id"
                f" WHERE r.status = 1 AND r.lane = {lane} AND r.due_at <= %s{narrow} ORDER BY r.due_at"
            )
            if on_postgresql():
                # Of those due at one moment any are taken (a million may be), and then the older run of a contact comes first.
                query = (
                    f"SELECT {_names(CLAIM_COLUMNS)} FROM (SELECT {CLAIM_COLUMNS}, r.due_at{source} LIMIT %s"
                    " FOR NO KEY UPDATE OF r, c SKIP LOCKED) taken ORDER BY due_at, id"
                )
            else:  # the index ends with the id
                query = f"SELECT {CLAIM_COLUMNS}{source}, r.id LIMIT %s"
            cursor.execute(query, [now, *values, limit - len(rows)])
            rows += cursor.fetchall()
    return rows


def _names(columns: str) -> str:
    return ", ".join(column.partition(".")[2] for column in columns.split(", "))


def runs_of(run_ids: Sequence[int]) -> list[Row]:
    """CLAIM_COLUMNS of these runs as far as they are active. The caller holds their contacts' locks."""
    told, value = _among("r.id", run_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {CLAIM_COLUMNS} FROM engine_run r JOIN contacts_contact c ON c.id = r.contact_id"
            f" WHERE r.status = 1 AND {told}",
            [value],
        )
        return list(cursor.fetchall())


def something_due(now: int) -> bool:
    """Is there a run to look at? One probe of the claim's index for each lane."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM engine_run WHERE status = 1 AND lane = 0 AND due_at <= %s)"
            " OR EXISTS (SELECT 1 FROM engine_run WHERE status = 1 AND lane = 1 AND due_at <= %s)",
            [now, now],
        )
        return bool(cursor.fetchone()[0])


def due_again(now: int, latest: int) -> None:
    """Runs that were due at `latest` are due `now`, which is earlier: the clock was set back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE engine_run SET due_at = %s WHERE status = 1 AND lane IN (0, 1) AND due_at > %s AND due_at <= %s",
            [now, now, latest],
        )


def set_right(now: int, latest: int) -> None:
    """Runs that bear the time of a clock that was wrong, up to `latest`. Who came to their node by it came now: the node reckons their
    deadline anew, or two seconds would become the hour by which it was wrong. Who was woken or has an answer goes on at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE engine_run SET entered_at = %s, deadline = NULL, due_at = CASE WHEN due_at IS NULL THEN NULL ELSE %s END"
            " WHERE status = 1 AND entered_at > %s",
            [now, now, now],
        )
        cursor.execute(
            "UPDATE engine_run SET due_at = %s WHERE status = 1 AND lane IN (0, 1) AND due_at > %s AND due_at <= %s"
            " AND (lane = 0 OR result IS NOT NULL)",
            [now, now, latest],
        )


def next_due(after: int) -> int | None:
    """The earliest due moment later than `after`, or None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT MIN(due_at) FROM engine_run WHERE status = 1 AND lane = 1 AND due_at > %s", [after])
        found = cursor.fetchone()[0]
        return None if found is None else int(found)


def _write(sqlite: str, postgresql: str, rows: Sequence[Row]) -> int:
    """Run one statement for all rows; the count of rows that it touched."""
    with connection.cursor() as cursor:
        if on_postgresql():
            cursor.execute(postgresql, arrays(rows))
        else:
            cursor.executemany(sqlite, rows)
        return int(cursor.rowcount)


def park_runs(rows: Sequence[Row]) -> None:
    """(node, nth, entered_at, due_at, deadline, attempts, result, lane, id, fence) each: the run stays there until due."""
    if not rows:
        return
    touched = _write(
        "UPDATE engine_run SET node = %s, nth = %s, entered_at = %s, due_at = %s, deadline = %s, attempts = %s,"
        " result = %s, lane = %s, fence = fence + 1 WHERE id = %s AND fence = %s",
        "UPDATE engine_run r SET node = u.node, nth = u.nth, entered_at = u.entered_at, due_at = u.due_at,"
        " deadline = u.deadline, attempts = u.attempts, result = u.result, lane = u.lane, fence = r.fence + 1"
        " FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[], %s::smallint[],"
        " %s::smallint[], %s::bigint[], %s::int[])"
        " AS u(node, nth, entered_at, due_at, deadline, attempts, result, lane, id, fence)"
        " WHERE r.id = u.id AND r.fence = u.fence",
        rows,
    )
    if touched != len(rows):
        raise LateWrite(f"{len(rows) - touched} of {len(rows)} runs had moved on")


def end_runs(rows: Sequence[Row]) -> None:
    """(node, nth, entered_at, status, outcome, ended_at, frees slot 0|1, error, id, fence) each."""
    if not rows:
        return
    touched = _write(
        "UPDATE engine_run SET node = %s, nth = %s, entered_at = %s, status = %s, outcome = %s, ended_at = %s,"
        " slot = CASE WHEN %s = 1 THEN NULL ELSE slot END, error = %s, due_at = NULL, deadline = NULL, result = NULL,"
        " fence = fence + 1 WHERE id = %s AND fence = %s",
        "UPDATE engine_run r SET node = u.node, nth = u.nth, entered_at = u.entered_at, status = u.status,"
        " outcome = u.outcome, ended_at = u.ended_at, slot = CASE WHEN u.frees = 1 THEN NULL ELSE r.slot END,"
        " error = u.error, due_at = NULL, deadline = NULL, result = NULL, fence = r.fence + 1"
        " FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::smallint[], %s::text[], %s::bigint[], %s::int[], %s::text[],"
        " %s::bigint[], %s::int[])"
        " AS u(node, nth, entered_at, status, outcome, ended_at, frees, error, id, fence)"
        " WHERE r.id = u.id AND r.fence = u.fence",
        rows,
    )
    if touched != len(rows):
        raise LateWrite(f"{len(rows) - touched} of {len(rows)} runs had moved on")


def insert_runs(rows: Sequence[Row]) -> list[tuple[int, int, int | None, str | None]]:
    """(workflow_id, version_id, contact_id, node, entered_at, started_at, due_at, slot, event_id, depth) each.

    Gives (id, contact_id, event_id, slot) of those that came in: whose slot is taken is left out, which is how the
    re-entry rule holds under any race.
    """
    if not rows:
        return []
    head = (
        "INSERT INTO engine_run (workflow_id, version_id, contact_id, node, entered_at, started_at, due_at, slot, event_id,"
        " depth, nth, status, lane, attempts, fence, outcome, error) "
    )
    tail = " ON CONFLICT DO NOTHING RETURNING id, contact_id, event_id, slot"
    constants = "1, 1, 1, 0, 0, '', ''"
    with connection.cursor() as cursor:
        if on_postgresql():
            cursor.execute(
                head + "SELECT u.*, " + constants + " FROM unnest(%s::int[], %s::int[], %s::bigint[], %s::text[],"
                " %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::smallint[]) u" + tail,
                arrays(rows),
            )
        else:
            picks = ", ".join(f"json_extract(value, '$[{i}]')" for i in range(10))
            cursor.execute(
                head + f"SELECT {picks}, {constants} FROM json_each(%s) WHERE true" + tail,
                [json.dumps(rows)],
            )
        return [tuple(row) for row in cursor.fetchall()]


def insert_visits(rows: Sequence[Row]) -> None:
    """(contact_id, run_id, nth, version_id, node, entered_at, left_at, port, result, why JSON text | None) each."""
    if not rows:
        return
    columns = "contact_id, run_id, nth, version_id, node, entered_at, left_at, port, result, why"
    with connection.cursor() as cursor:
        if on_postgresql():
            copy(cursor, "engine_visit", columns, rows)
        else:
            cursor.executemany(
                f"INSERT INTO engine_visit ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", rows
            )


def insert_subscriptions(rows: Sequence[Row]) -> None:
    """(contact_id, topic, run_id) each; known ones stay."""
    if rows:
        _write(
            "INSERT OR IGNORE INTO engine_subscription (contact_id, topic, run_id) VALUES (%s, %s, %s)",
            "INSERT INTO engine_subscription (contact_id, topic, run_id)"
            " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) ON CONFLICT DO NOTHING",
            rows,
        )


def delete_subscriptions(rows: Sequence[Row]) -> None:
    """(contact_id, run_id) each: nothing wakes these runs any more."""
    if rows:
        _write(
            "DELETE FROM engine_subscription WHERE contact_id = %s AND run_id = %s",
            "DELETE FROM engine_subscription s USING unnest(%s::bigint[], %s::bigint[]) AS u(c, r)"
            " WHERE s.contact_id = u.c AND s.run_id = u.r",
            rows,
        )


def wake(pairs: Sequence[tuple[int, str]], now: int) -> int:
    """Make due, in the fast lane, the runs that hear these (contact_id, topic); held ones stay in their lane.

    One look for each distinct topic, and one write if anybody listens: mostly nobody does.
    """
    topics: dict[str, list[int]] = {}
    for contact, topic in pairs:
        topics.setdefault(topic, []).append(contact)
    runs: set[int] = set()
    with connection.cursor() as cursor:
        for topic, contacts in topics.items():
            told, value = _among("contact_id", contacts)
            cursor.execute(f"SELECT run_id FROM engine_subscription WHERE {told} AND topic = %s", [value, topic])
            runs.update(row[0] for row in cursor.fetchall())
        if not runs:
            return 0
        told, value = _among("id", sorted(runs))
        cursor.execute(
            "UPDATE engine_run SET due_at = %s, lane = CASE WHEN lane = 2 THEN 2 ELSE 0 END"
            f" WHERE status = 1 AND {told}",
            [now, value],
        )
        return int(cursor.rowcount)


def settle_runs(rows: Sequence[Row]) -> None:
    """(due_at, result, id, nth) each: the outbox has its final answer, the run goes on."""
    if rows:
        _write(
            "UPDATE engine_run SET due_at = %s, result = %s WHERE id = %s AND nth = %s AND status = 1",
            "UPDATE engine_run r SET due_at = u.due, result = u.result"
            " FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::int[]) AS u(due, result, id, nth)"
            " WHERE r.id = u.id AND r.nth = u.nth AND r.status = 1",
            rows,
        )


def add_counts(counts: Mapping[tuple[int, str, str], int]) -> None:
    """Add to Counter rows. The last statement of its transaction, keys sorted: other orders deadlock."""
    _add("engine_counter", ("version_id", "node", "port"), ("int", "text", "text"), counts)


def add_daily(counts: Mapping[tuple[int, int, str], int]) -> None:
    _add("engine_daily", ("workflow_id", "day", "what"), ("int", "int", "text"), counts)


def add_failures(counts: Mapping[tuple[int, int, str], int]) -> None:
    """Add to Failure rows, before the counters; no statement when nobody failed."""
    _add("engine_failure", ("workflow_id", "minute", "node"), ("int", "int", "text"), counts)


def _add(table: str, keys: Iterable[str], types: Iterable[str], counts: Mapping[Any, int]) -> None:
    rows = [(*key, n) for key, n in sorted(counts.items()) if n]
    if rows:
        columns = ", ".join(keys)
        update = f" ON CONFLICT ({columns}) DO UPDATE SET n = {table}.n + excluded.n"
        given = ", ".join(f"%s::{kind}[]" for kind in (*types, "bigint"))
        _write(
            f"INSERT INTO {table} ({columns}, n) VALUES ({', '.join(['%s'] * (len(rows[0])))})" + update,
            f"INSERT INTO {table} ({columns}, n) SELECT * FROM unnest({given})" + update,
            rows,
        )


def claim_events(limit: int) -> list[Row]:
    """Unhandled events in the order received, contacts locked: (id, contact_id, name, properties JSON text, occurred_at,
    received_at, depth, workflow_id)."""
    lock = " FOR NO KEY UPDATE OF e, c SKIP LOCKED" if on_postgresql() else ""
    text = "::text" if on_postgresql() else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.id, e.contact_id, e.name, e.properties{text}, e.occurred_at, e.received_at, e.depth, e.workflow_id"
            " FROM contacts_event e JOIN contacts_contact c ON c.id = e.contact_id"
            f" WHERE NOT e.handled ORDER BY e.id LIMIT %s{lock}",
            [limit],
        )
        return [tuple(row) for row in cursor.fetchall()]


def events_wait() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM contacts_event WHERE NOT handled)")
        return bool(cursor.fetchone()[0])


def mark_handled(event_ids: Sequence[int]) -> None:
    if event_ids:
        told, value = _among("id", event_ids)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE contacts_event SET handled = %s WHERE {told}", [True, value])


def effects_wait(now: int) -> bool:
    """Might there be an effect to carry out? One probe; leases are looked at by whoever claims."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM engine_effect WHERE due_at IS NOT NULL AND due_at <= %s)", [now])
        return bool(cursor.fetchone()[0])


def paused_workflows() -> set[int]:
    """Workflows whose people keep their places."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM builder_workflow WHERE status = 'paused'")
        return {row[0] for row in cursor.fetchall()}


def still_paused(workflow_ids: Iterable[int]) -> set[int]:
    """Those of these that are paused, and stay so until this transaction ends: what is held meanwhile is found by the resume."""
    told, value = _among("id", sorted(workflow_ids))
    lock = " FOR SHARE" if on_postgresql() else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM builder_workflow WHERE status = 'paused' AND {told}{lock}", [value])
        return {row[0] for row in cursor.fetchall()}


def standing() -> list[tuple[str, int]]:
    """(status, live version) of every workflow that is live or paused, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, live_version_id FROM builder_workflow"
            " WHERE status IN ('live', 'paused') AND live_version_id IS NOT NULL ORDER BY id"
        )
        return [tuple(row) for row in cursor.fetchall()]
