"""The hand-written SQL of the watches (see `engine.watching`). Values are always bound; moments are microseconds since the epoch."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from django.db import connection

from contacts.sql import array, arrays
from engine.sql import Row, on_postgresql
from engine.sql import _write as write


def watched(topics: Collection[str]) -> set[str]:
    """Those of these topics that some version watches. One probe of an index each."""
    if not topics:
        return set()
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(topics))
        cursor.execute(f"SELECT DISTINCT topic FROM engine_watch WHERE topic IN ({places})", sorted(topics))  # noqa: S608
        return {row[0] for row in cursor.fetchall()}


def mark_runs(pairs: Sequence[tuple[int, str]], now: int, but: Sequence[int] = ()) -> int:
    """Mark the runs of these (contact_id, topic) whose versions watch the topic, and make them due in the fast lane.

    Those who are held out and have not reached the goal are marked too; `engine.measuring` looks at them.
    """
    if not pairs:
        return 0
    change = (
        "UPDATE engine_run SET heard_at = COALESCE(heard_at, {now}), due_at = CASE WHEN status = 1 THEN {now} ELSE due_at END,"
        " lane = CASE WHEN lane = 2 THEN 2 ELSE 0 END"
        " WHERE (status = 1 OR (status = 4 AND outcome = 'holdout' AND goal_at IS NULL)) AND {which}"
    )
    if on_postgresql():
        which = (
            "id <> ALL(%s::bigint[]) AND (contact_id, version_id) IN (SELECT u.c, w.version_id"
            " FROM unnest(%s::bigint[], %s::text[]) AS u(c, t) JOIN engine_watch w ON w.topic = u.t)"
        )
        with connection.cursor() as cursor:
            cursor.execute(change.format(now="%s::bigint", which=which), [now, now, array(but), *arrays(pairs)])
            return int(cursor.rowcount)
    which = (
        "contact_id = %s AND version_id IN (SELECT version_id FROM engine_watch WHERE topic = %s)"
        " AND id NOT IN (SELECT value FROM json_each(%s))"
    )
    spared = json.dumps(list(but))
    return write(
        change.format(now="%s", which=which), "", [(now, now, contact, topic, spared) for contact, topic in pairs]
    )


def unmark_runs(run_ids: Sequence[int]) -> None:
    """They have been looked at."""
    if run_ids:
        write(
            "UPDATE engine_run SET heard_at = NULL WHERE id = %s",
            "UPDATE engine_run SET heard_at = NULL WHERE id = ANY(%s::bigint[])",
            [(run_id,) for run_id in run_ids],
        )


def note_callers(rows: Sequence[Row]) -> None:
    """(caller, called run) each."""
    if rows:
        write(
            "UPDATE engine_run SET called_by = %s WHERE id = %s",
            "UPDATE engine_run r SET called_by = u.by FROM unnest(%s::bigint[], %s::bigint[]) AS u(by, id) WHERE r.id = u.id",
            rows,
        )


def forget_callers(rows: Sequence[Row]) -> None:
    """(contact, caller) each: what the caller has called is its own from here on."""
    if rows:
        write(
            "UPDATE engine_run SET called_by = NULL WHERE contact_id = %s AND called_by = %s",
            "UPDATE engine_run r SET called_by = NULL FROM unnest(%s::bigint[], %s::bigint[]) AS u(c, by)"
            " WHERE r.contact_id = u.c AND r.called_by = u.by",
            rows,
        )


def wake_callers(run_ids: Sequence[int], now: int) -> None:
    """These runs have ended: whoever called one of them is due, in the fast lane."""
    if run_ids:
        write(
            "UPDATE engine_run SET due_at = %s, lane = CASE WHEN lane = 2 THEN 2 ELSE 0 END WHERE status = 1"
            " AND id = (SELECT called_by FROM engine_run WHERE id = %s)",
            "UPDATE engine_run r SET due_at = u.at, lane = CASE WHEN r.lane = 2 THEN 2 ELSE 0 END"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS u(at, id) JOIN engine_run child ON child.id = u.id"
            " WHERE r.id = child.called_by AND r.status = 1",
            [(now, run_id) for run_id in run_ids],
        )


def note_goals(rows: Sequence[Row]) -> None:
    """(reached at, run id) each."""
    if rows:
        write(
            "UPDATE engine_run SET goal_at = %s WHERE id = %s",
            "UPDATE engine_run r SET goal_at = u.at FROM unnest(%s::bigint[], %s::bigint[]) AS u(at, id) WHERE r.id = u.id",
            rows,
        )
