"""The outbox's hand-written SQL, all of it: what runs once per batch for every message. Values are always bound.

SQLite takes rows by executemany (a prepared statement, 2 us a row); PostgreSQL takes columns as arrays and unnests them, one
statement a batch. Moments are microseconds since the epoch (see `contacts.clock`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from contacts.sql import array, arrays

Row = tuple[Any, ...]

CLAIMED_COLUMNS = (
    "id, contact_id, run_id, nth, version_id, workflow_id, node, channel, purpose, content_version_id, wording_id, attempts,"
    " fence, planned_at, is_demo"
)
# The partial index `message_open` says IN (0, 2): SQLite uses it only where a query says the same, literally.
_OPEN = "status IN (0, 2) AND "


def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def _in(column: str, values: Sequence[Any], kind: str) -> tuple[str, list[Any]]:
    """`column` is one of these values, as a condition and its parameters, without a limit on their number."""
    if on_postgresql():
        return f"{column} = ANY(%s::{kind}[])", [array(values)]
    return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(list(values))]  # noqa: S608 (no value inside)


def insert_messages(rows: Sequence[Row]) -> int:
    """(contact_id, run_id, version_id, workflow_id, content_version_id, wording_id, planned_at, not_before, nth, status,
    purpose, is_demo, channel, node, reason) each; a visit that has its message keeps it. How many were new."""
    columns = (
        "(contact_id, run_id, version_id, workflow_id, content_version_id, wording_id, planned_at, not_before, nth, status,"
        " purpose, is_demo, channel, node, reason, fence, attempts, machine_opens, provider_id, error)"
    )
    once = " ON CONFLICT (contact_id, run_id, nth) DO NOTHING"
    with connection.cursor() as cursor:
        if on_postgresql():
            cursor.execute(
                f"INSERT INTO messaging_message {columns} SELECT u.*, 0, 0, 0, '', ''"  # noqa: S608 (no value inside)
                " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],"
                " %s::bigint[], %s::bigint[], %s::int[], %s::smallint[], %s::smallint[], %s::boolean[], %s::text[],"
                " %s::text[], %s::text[]) u" + once,
                arrays(rows),
            )
        else:
            cursor.executemany(
                f"INSERT INTO messaging_message {columns} VALUES"  # noqa: S608 (no value inside)
                " (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0, '', '')" + once,
                rows,
            )
        return int(cursor.rowcount)


def claim(*, now: int, limit: int, lease_until: int) -> list[Row]:
    """Take up to `limit` planned messages due at `now`, oldest first: CLAIMED_COLUMNS, with the fence raised.

    PostgreSQL: several workers take different ones (SKIP LOCKED). SQLite: its writer is alone.
    """
    lock = " FOR UPDATE SKIP LOCKED" if on_postgresql() else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET status = 2, fence = fence + 1, attempts = attempts + 1, lease_until = %s"  # noqa: S608
            f" WHERE id IN (SELECT id FROM messaging_message WHERE {_OPEN}status = 0 AND not_before <= %s"
            f" ORDER BY not_before LIMIT %s{lock}) RETURNING {CLAIMED_COLUMNS}",
            [lease_until, now, limit],
        )
        return list(cursor.fetchall())


def something_planned(now: int) -> bool:
    """Is there a message to claim? One probe of the claim's index."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT 1 FROM messaging_message WHERE {_OPEN}status = 0 AND not_before <= %s)",  # noqa: S608
            [now],
        )
        return bool(cursor.fetchone()[0])


def something_expired(wall: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT 1 FROM messaging_message WHERE {_OPEN}status = 2 AND lease_until < %s)",  # noqa: S608
            [wall],
        )
        return bool(cursor.fetchone()[0])


def next_planned(after: int) -> int | None:
    """The earliest `not_before` later than `after` among planned messages, or None."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT MIN(not_before) FROM messaging_message WHERE {_OPEN}status = 0 AND not_before > %s",  # noqa: S608
            [after],
        )
        found = cursor.fetchone()[0]
        return None if found is None else int(found)


def due_again(now: int, latest: int) -> None:
    """Messages that were due at `latest` are due `now`, which is earlier: the clock was set back."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE messaging_message SET not_before = %s WHERE {_OPEN}status = 0 AND not_before > %s AND not_before <= %s",  # noqa: S608
            [now, now, latest],
        )


def set_right(now: int, longest_lease: int) -> None:
    """Messages that were planned in the future, by a clock that was wrong, may go now; the gate asks again what holds them. No
    lease lasts longer than one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE messaging_message SET not_before = %s WHERE {_OPEN}status = 0 AND not_before > %s AND planned_at > %s",  # noqa: S608
            [now, now, now],
        )
        cursor.execute(
            f"UPDATE messaging_message SET lease_until = %s WHERE {_OPEN}status = 2 AND lease_until > %s",  # noqa: S608
            [longest_lease, longest_lease],
        )


def expired(wall: int) -> list[Row]:
    """Claimed messages whose lease ran out: CLAIMED_COLUMNS, then reason, accepted_at, not_before, provider_id, error. Locks them."""
    lock = " FOR UPDATE SKIP LOCKED" if on_postgresql() else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {CLAIMED_COLUMNS}, reason, accepted_at, not_before, provider_id, error"  # noqa: S608
            f" FROM messaging_message WHERE {_OPEN}status = 2 AND lease_until < %s{lock}",
            [wall],
        )
        return list(cursor.fetchall())


def settle(rows: Sequence[Row]) -> set[int]:
    """(status, accepted_at, not_before | None, reason, provider_id, error, id, fence) each, for messages still claimed under
    that fence. The ids that were written; a late answer writes nothing. One statement."""
    if on_postgresql():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE messaging_message m SET status = u.status, accepted_at = u.accepted, lease_until = NULL,"
                " not_before = COALESCE(u.later, m.not_before), reason = u.reason, provider_id = u.provider, error = u.error"
                " FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[],"
                " %s::int[]) AS u(status, accepted, later, reason, provider, error, id, fence)"
                " WHERE m.id = u.id AND m.fence = u.fence AND m.status = 2 RETURNING m.id",
                arrays(rows),
            )
            return {row[0] for row in cursor.fetchall()}
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE messaging_message SET status = %s, accepted_at = %s, lease_until = NULL,"
            " not_before = COALESCE(%s, not_before), reason = %s, provider_id = %s, error = %s"
            " WHERE id = %s AND fence = %s AND status = 2",
            rows,
        )
        if cursor.rowcount == len(rows):
            return {row[6] for row in rows}
        # Rare: some came late. Written are those that now show our fence and our status.
        where, values = _in("id", [row[6] for row in rows], "bigint")
        cursor.execute(f"SELECT id, fence, status, lease_until FROM messaging_message WHERE {where}", values)  # noqa: S608
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    return {row[6] for row in rows if found.get(row[6]) == (row[7], row[0], None)}


def give_back_tries(message_ids: Sequence[int]) -> None:
    """What was claimed and not handed over keeps its tries."""
    if message_ids:
        where, values = _in("id", message_ids, "bigint")
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE messaging_message SET attempts = attempts - 1 WHERE {where}", values)  # noqa: S608


def begin_call(message_id: int, fence: int, lease_until: int) -> bool:
    """Mark that the call for this message begins; False: it is no longer ours. What is marked and never answered is in doubt."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET reason = 'calling', lease_until = %s WHERE id = %s AND fence = %s AND status = 2",
            [lease_until, message_id, fence],
        )
        return bool(cursor.rowcount)


def keep_answer(row: Row) -> None:
    """(answer, accepted_at | None, not_before | None, provider_id, error, id, fence): what the provider said, before the run hears."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET reason = %s, accepted_at = %s, not_before = COALESCE(%s, not_before), provider_id = %s,"
            " error = %s WHERE id = %s AND fence = %s AND status = 2",
            row,
        )


def renew(pairs: Sequence[tuple[int, int]], lease_until: int) -> None:
    """(id, fence) each: we are still at it."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE messaging_message SET lease_until = %s WHERE id = %s AND fence = %s AND status = 2",
            [(lease_until, *pair) for pair in pairs],
        )


def reclaimable(pairs: Sequence[tuple[int, int]], wall: int) -> None:
    """(id, fence) each: the lease is void, the message may be claimed again."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE messaging_message SET status = 0, lease_until = NULL, attempts = attempts - 1, reason = ''"
            " WHERE id = %s AND fence = %s AND status = 2 AND lease_until < %s",
            [(*pair, wall) for pair in pairs],
        )


def cancel(run_ids: Sequence[int], contact_ids: Sequence[int] | None) -> int:
    """Cancel what these runs have planned or held. With the contacts known it is one index range each."""
    where, values = _in("run_id", run_ids, "bigint")
    if contact_ids is not None:
        whose, whom = _in("contact_id", contact_ids, "bigint")
        where, values = f"{whose} AND {where}", [*whom, *values]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE messaging_message SET status = 10 WHERE {where} AND status IN (0, 1)",  # noqa: S608
            values,
        )
        return int(cursor.rowcount)


# As the partial index `message_waiting` says it, literally.
_WAITS = "status = 1 AND reason IN ('quiet_hours', 'capped')"


def something_waits(now: int) -> bool:
    """Is there a message whose hour or place may have come? One probe of an index of such messages alone."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM messaging_message WHERE {_WAITS} AND not_before <= %s)", [now])  # noqa: S608
        return bool(cursor.fetchone()[0])


def next_waiting(after: int) -> int | None:
    """The earliest moment later than `after` at which a waiting message is looked at, or None."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MIN(not_before) FROM messaging_message WHERE {_WAITS} AND not_before > %s", [after])  # noqa: S608
        found = cursor.fetchone()[0]
        return None if found is None else int(found)


def places(contact_ids: Sequence[int], since: int) -> list[Row]:
    """Marketing messages of these contacts that are open or were handed over since: columns as `cap.Taken` has them. One query."""
    where, values = _in("contact_id", contact_ids, "bigint")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, contact_id, version_id, node, channel, status, reason, planned_at, not_before, accepted_at"  # noqa: S608
            f" FROM messaging_message WHERE {where} AND purpose = 0 AND (status IN (0, 1, 2) OR accepted_at > %s)",
            [*values, since],
        )
        return list(cursor.fetchall())


def place_held(rows: Sequence[Row]) -> None:
    """(status, not_before, reason, id) each, for messages that are held still. One statement."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if on_postgresql():
            cursor.execute(
                "UPDATE messaging_message m SET status = u.status, not_before = u.later, reason = u.reason"
                " FROM unnest(%s::smallint[], %s::bigint[], %s::text[], %s::bigint[]) AS u(status, later, reason, id)"
                " WHERE m.id = u.id AND m.status = 1",
                arrays(rows),
            )
        else:
            cursor.executemany(
                "UPDATE messaging_message SET status = %s, not_before = %s, reason = %s WHERE id = %s AND status = 1",
                rows,
            )


PERSON_COLUMNS = (
    "c.id, c.email, c.phone, c.external_id, c.first_name, c.last_name, c.language, c.time_zone, c.score, c.is_demo"
)


def people(contact_ids: Iterable[int], channel: str, topic: str, *, fields: bool) -> list[Row]:
    """PERSON_COLUMNS, fields as JSON text (or '{}'), state and since of the channel, state of the topic. One query."""
    where, values = _in("c.id", sorted(set(contact_ids)), "bigint")
    told = ("c.fields::text" if on_postgresql() else "c.fields") if fields else "'{}'"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {PERSON_COLUMNS}, {told}, ch.state, ch.since, tp.state FROM contacts_contact c"  # noqa: S608
            " LEFT JOIN contacts_consentstate ch ON ch.contact_id = c.id AND ch.subject = %s"
            " LEFT JOIN contacts_consentstate tp ON tp.contact_id = c.id AND tp.subject = %s"
            f" WHERE {where}",
            [channel, topic, *values],
        )
        return list(cursor.fetchall())


def suppressions(channel: str, hashes: Sequence[str]) -> list[Row]:
    """(address_hash, reason, at) of those that are suppressed. One query."""
    where, values = _in("address_hash", hashes, "text")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT address_hash, reason, at FROM contacts_suppression WHERE channel = %s AND {where}",  # noqa: S608
            [channel, *values],
        )
        return list(cursor.fetchall())


def insert_links(rows: Sequence[Row]) -> None:
    """(id, url, message_id | None) each; known ones stay."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO messaging_link (id, url, message_id) VALUES (%s, %s, %s) ON CONFLICT (id) DO NOTHING", rows
        )


def insert_wordings(rows: Sequence[Row]) -> None:
    """(id, body as JSON text) each; known ones stay."""
    cast = "::jsonb" if on_postgresql() else ""
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO messaging_wording (id, body) VALUES (%s, %s{cast}) ON CONFLICT (id) DO NOTHING",  # noqa: S608
            sorted(rows),
        )
