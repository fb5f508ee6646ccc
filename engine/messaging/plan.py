"""Planning messages: rows for the outbox, written in bulk in the transaction that moves the run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from contacts import clock
from engine.messaging import sql, waiting
from engine.messaging.models import Message, Purpose, Status

_PURPOSES = {purpose.label: int(purpose) for purpose in Purpose}
_known_wordings: set[int] = set()


class NewMessage(NamedTuple):
    """A message to be. What the gate refused at once is planned with status SKIPPED and its reason, so that it shows.

    `body` is what the node says beside or instead of the content: subject, preheader, from_name, from_email, text (of an
    SMS), track (false: no pixel, no rewritten links).
    """

    contact_id: int
    run_id: int
    nth: int
    version_id: int
    workflow_id: int
    node: str
    channel: str
    purpose: str = "marketing"
    content_version_id: int | None = None
    body: dict[str, Any] | None = None
    not_before: datetime | None = None
    is_demo: bool = False
    status: Status = Status.PLANNED
    reason: str = ""


def plan(rows: Sequence[NewMessage]) -> int:
    """Write them in one statement; a (contact, run, nth) that has its message keeps it. Returns how many were new.

    Raises KeyError for an unknown purpose. One more statement when a wording is seen for the first time in this process.
    """
    if not rows:
        return 0
    now = clock.to_micros(clock.now())
    # The rows of one batch mostly share one body object: its id is looked up once, not hashed a thousand times.
    wordings: dict[int, tuple[int, str]] = {}
    for row in rows:
        if row.body and id(row.body) not in wordings:
            wordings[id(row.body)] = wording_of(row.body)
    if wordings:
        _keep_wordings(wordings.values())
    return sql.insert_messages(
        [
            (
                contact,
                run,
                version,
                workflow,
                content,
                wordings[id(body)][0] if body else None,
                now,
                clock.to_micros(not_before) if not_before else now,
                nth,
                int(status),
                _PURPOSES[purpose],
                is_demo,
                channel,
                node,
                reason,
            )
            for contact, run, nth, version, workflow, node, channel, purpose, content, body, not_before, is_demo, status, reason in rows
        ]
    )


def cancel(runs: Iterable[tuple[int, int]]) -> int:
    """Cancel what these runs, as (contact_id, run_id), have planned or held and nobody has claimed. Returns how many.

    Call inside the transaction that ends them.
    """
    pairs = list(runs)
    if not pairs:
        return 0
    contacts = sorted({contact for contact, _ in pairs})
    done = sql.cancel([run for _, run in pairs], contacts)
    if done:
        waiting.look_again(contacts, clock.now())
    return done


def hold(workflow_id: int, reason: str = "paused") -> int:
    """Keep back what a workflow has planned, until it is released. Returns how many."""
    # Both statuses of the partial index `message_open`, or SQLite would not use it.
    planned = Message.objects.filter(status__in=(0, 2), workflow_id=workflow_id).filter(status=Status.PLANNED)
    return planned.update(status=Status.HELD, reason=reason)


def release(workflow_id: int, reason: str = "paused") -> int:
    """Let go what was held for this reason. Returns how many."""
    held = Message.objects.filter(status=Status.HELD, workflow_id=workflow_id, reason=reason)
    return held.update(status=Status.PLANNED, reason="")


def hold_some(reason: str, limit: int) -> int:
    """Keep back up to `limit` planned messages of any workflow. Returns how many; 0: nothing is planned any more."""
    some = list(
        Message.objects.filter(status__in=(0, 2)).filter(status=Status.PLANNED).values_list("pk", flat=True)[:limit]
    )
    planned = Message.objects.filter(pk__in=some, status=Status.PLANNED)
    return planned.update(status=Status.HELD, reason=reason) if some else 0


def release_some(reason: str, limit: int) -> int:
    """Let go up to `limit` messages that were held for this reason. Returns how many."""
    some = list(Message.objects.filter(status=Status.HELD, reason=reason).values_list("pk", flat=True)[:limit])
    held = Message.objects.filter(pk__in=some, status=Status.HELD)
    return held.update(status=Status.PLANNED, reason="") if some else 0


def resend(message_ids: Iterable[int]) -> int:
    """Plan messages in doubt or rejected once more, by hand. Returns how many; others are left alone."""
    wanted = Message.objects.filter(pk__in=list(message_ids), status__in=(Status.IN_DOUBT, Status.REJECTED))
    return wanted.update(status=Status.PLANNED, attempts=0, reason="", error="", not_before=clock.now())


def wording_of(body: dict[str, Any]) -> tuple[int, str]:
    """The id of a wording (63 bits of its SHA-256) and its JSON."""
    told = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return int.from_bytes(hashlib.sha256(told.encode("utf-8", "replace")).digest()[:8], "big") >> 1, told


def _keep_wordings(wordings: Iterable[tuple[int, str]]) -> None:
    # A simulation has a database of its own, which knows none.
    known = set() if clock.is_simulated() else _known_wordings
    new = {number: told for number, told in wordings if number not in known}
    if new:
        sql.insert_wordings(list(new.items()))
        # Known only once committed: a transaction that is rolled back takes its wordings with it.
        transaction.on_commit(lambda: _remember(new))


def _remember(new: Iterable[int]) -> None:
    if len(_known_wordings) > 50_000:
        _known_wordings.clear()
    _known_wordings.update(new)
