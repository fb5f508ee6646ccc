"""The one door by which anything that happened to a contact enters. Once only by key."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from contacts import clock, faults, locks, sql
from contacts.models import Event

log = logging.getLogger("trellis.events")

# Names that the product records itself. From outside only those of OUTSIDE are taken; any other name is free.
RESERVED = frozenset(
    {
        "contact_added",
        "contact_merged",
        "field_changed",
        "tag_added",
        "tag_removed",
        "list_joined",
        "list_left",
        "segment_entered",
        "segment_left",
        "consent_changed",
        "message_sent",
        "message_delivered",
        "message_opened",
        "message_clicked",
        "message_opened_again",
        "message_clicked_again",
        "message_bounced",
        "message_replied",
        "message_complained",
        "message_unsubscribed",
        "survey_answered",
        "onsite_shown",
        "onsite_clicked",
        "onsite_dismissed",
        "chat_started",
        "score_changed",
    }
)
OUTSIDE = frozenset({"purchase", "page_visited", "app_installed", "form_submitted"})


@dataclass(frozen=True, slots=True)
class NewEvent:
    """`handled` true: the engine lets nobody into a workflow because of it; who waits for it is woken all the same."""

    contact_id: int
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None
    key: str | None = None
    depth: int = 0
    workflow_id: int | None = None
    run_id: int | None = None
    handled: bool = False


class Recorded(NamedTuple):
    id: int
    contact_id: int
    name: str
    properties: Mapping[str, Any]
    occurred_at: datetime
    depth: int = 0
    handled: bool = False


Hook = Callable[[list[Recorded]], None]
Bell = Callable[[], None]
_hooks: list[Hook] = []
_bells: list[Bell] = []

_COLUMNS = (
    "id",
    "contact_id",
    "name",
    "properties",
    "occurred_at",
    "received_at",
    "key",
    "depth",
    "workflow_id",
    "run_id",
    "handled",
)


def on_recorded(hook: Hook) -> Hook:
    """Call `hook` with what was recorded, inside the transaction: it commits with the events or not at all."""
    if hook not in _hooks:
        _hooks.append(hook)
    return hook


def on_committed(bell: Bell) -> Bell:
    """Call `bell` after the commit, once a transaction. Only a doorbell: it may be lost."""
    if bell not in _bells:
        _bells.append(bell)
    return bell


def record(
    contact_id: int,
    name: str,
    properties: Mapping[str, Any] | None = None,
    *,
    occurred_at: datetime | None = None,
    key: str | None = None,
    depth: int = 0,
    workflow_id: int | None = None,
    run_id: int | None = None,
) -> int | None:
    """Record one event and answer its id; None when its key is known already or the contact is gone."""
    new = NewEvent(contact_id, name, properties or {}, occurred_at, key, depth, workflow_id, run_id)
    recorded = record_many([new])
    return recorded[0].id if recorded else None


def record_many(rows: Sequence[NewEvent], *, lock: bool = True) -> list[Recorded]:
    """Record a batch in the order given; what was recorded before, by contact and key, is left out.

    Locks the contacts first and leaves out those that are gone (`lock=False`: the caller holds the locks). Calls every
    `on_recorded` hook in the transaction. At most four queries, whatever the number of rows.
    """
    if not rows:
        return []
    with transaction.atomic():
        if lock:
            existing = locks.lock_existing(row.contact_id for row in rows)
            rows = [row for row in rows if row.contact_id in existing]
        rows = _once(rows)
        if not rows:
            return []
        # The clock is read under the lock, so that a contact's receipts stand in the order of their ids.
        now = clock.now()
        ids = sql.reserve_ids(Event, len(rows))
        recorded, tuples = [], []
        received = clock.to_micros(now)
        for number, row in zip(ids, rows, strict=True):
            at = now if row.occurred_at is None or row.occurred_at > now else row.occurred_at
            recorded.append(Recorded(number, row.contact_id, row.name, row.properties, at, row.depth, row.handled))
            tuples.append(
                (
                    number,
                    row.contact_id,
                    row.name,
                    sql.dumps(row.properties),
                    received if at is now else clock.to_micros(at),
                    received,
                    row.key,
                    row.depth,
                    row.workflow_id,
                    row.run_id,
                    row.handled,
                )
            )
        sql.insert(Event, _COLUMNS, tuples)
        faults.point("events.recorded")
        for hook in _hooks:
            hook(recorded)
        ring_on_commit()
    return recorded


def ring_on_commit() -> None:
    """Ring the bells when this transaction commits, once however often it is asked."""
    # One that is due already is enough: a savepoint that takes it back encloses us too and takes us back as well.
    if not any(entry[1] is _ring for entry in connection.run_on_commit):
        transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    faults.point("events.committed")
    for bell in _bells:
        try:
            bell()
        except Exception:
            # The rows are committed and the pulse finds them; a broken bell must not look like a failed write.
            log.exception("A doorbell failed.")


def _once(rows: Sequence[NewEvent]) -> list[NewEvent]:
    """Without those whose (contact, key) is recorded already, and without doubles inside the batch.

    Nobody can record the same in between: the contacts are locked.
    """
    keyed = {(row.contact_id, row.key) for row in rows if row.key is not None}
    if not keyed:
        return list(rows)
    seen = set(
        Event.objects.filter(contact_id__in={contact for contact, _ in keyed}, key__in={key for _, key in keyed})
        .values_list("contact_id", "key")
        .iterator()
    )
    fresh = []
    for row in rows:
        if row.key is not None:
            if (row.contact_id, row.key) in seen:
                continue
            seen.add((row.contact_id, row.key))
        fresh.append(row)
    return fresh
