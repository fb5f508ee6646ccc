"""The contact row is the lock for its events, tags, consents, entries and runs."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from contacts import sql
from contacts.models import Contact


def lock(contact_ids: Iterable[int]) -> None:
    """Lock these contacts until the transaction ends, in the order of their ids so that two batches never deadlock.

    PostgreSQL: one `SELECT ... ORDER BY id FOR NO KEY UPDATE`. SQLite: nothing, its transaction is the lock.
    """
    if connection.features.has_select_for_update:
        lock_existing(contact_ids)
    elif not connection.in_atomic_block:
        raise RuntimeError("A lock needs a transaction.")


def lock_existing(contact_ids: Iterable[int]) -> set[int]:
    """The same, and says which of these contacts exist. One query on every database."""
    wanted = sorted(set(contact_ids))
    if not wanted:
        return set()
    if not connection.in_atomic_block:
        raise RuntimeError("A lock needs a transaction.")
    return sql.existing(Contact, wanted)
