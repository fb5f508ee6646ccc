"""Cutting the visits, by far the longest table, into parts by contact. PostgreSQL only; the code that reads and writes them stays.

A contact's path still lies in one part. Each part has indexes of its own that fit into memory, is vacuumed by itself, and can be
put on a disk of its own (tablespace).
"""

from __future__ import annotations

from django.db import connection, transaction


class NotPossible(Exception):
    """Only PostgreSQL can cut a table into parts."""


def parts() -> int:
    """In how many parts the visits lie; 0: in one whole table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'engine_visit'::regclass")
        return int(cursor.fetchone()[0])


def cut(into: int) -> int:
    """Copy the visits into `into` parts (0: into one whole table again), in one transaction; answers how many rows there are.

    Nobody reads or writes visits meanwhile: 6 s for a million rows. Stop the workers, or let them wait for the lock.
    """
    if connection.vendor != "postgresql":
        raise NotPossible(NotPossible.__doc__)
    how = " PARTITION BY HASH (contact_id)" if into else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE engine_visit IN ACCESS EXCLUSIVE MODE")
        cursor.execute("ALTER TABLE engine_visit RENAME TO engine_visit_before")
        cursor.execute(
            f"CREATE TABLE engine_visit (LIKE engine_visit_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS){how}"
        )
        for part in range(into):
            cursor.execute(
                f"CREATE TABLE engine_visit_{part} PARTITION OF engine_visit"
                f" FOR VALUES WITH (MODULUS {int(into)}, REMAINDER {part})"
            )
        cursor.execute("INSERT INTO engine_visit SELECT * FROM engine_visit_before")
        rows = int(cursor.rowcount)
        cursor.execute("DROP TABLE engine_visit_before")
        cursor.execute(
            "ALTER TABLE engine_visit ADD CONSTRAINT engine_visit_pkey PRIMARY KEY (contact_id, run_id, nth)"
        )
        cursor.execute("CREATE INDEX visit_here ON engine_visit (version_id, node)")
    return rows
