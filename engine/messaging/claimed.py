"""A claimed message, what became of it, and what the run hears of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from contacts import clock
from contacts.normalise import storable
from engine.messaging import sql
from engine.messaging.library import Kind
from engine.messaging.models import Status


class Claimed(NamedTuple):
    """A message that is ours to hand over until its lease ends; columns as in `sql.CLAIMED_COLUMNS`."""

    id: int
    contact_id: int
    run_id: int
    nth: int
    version_id: int
    workflow_id: int
    node: str
    channel: str
    purpose: int
    content_version_id: int | None
    wording_id: int | None
    attempts: int
    fence: int
    planned_at: int
    is_demo: bool

    @property
    def kind(self) -> Kind:
        return Kind(self.content_version_id, self.wording_id, self.channel, self.purpose)


@dataclass(slots=True)
class Result:
    """What became of a claimed message. Status PLANNED with `retry_at` means: try again then."""

    message: Claimed
    status: Status
    at: datetime
    provider_id: str = ""
    error: str = ""
    reason: str = ""
    retry_at: datetime | None = None


class Settled(NamedTuple):
    """A message with its final answer for the run: which visit it belongs to, and how it ended."""

    run_id: int
    contact_id: int
    nth: int
    status: Status
    reason: str


_HANDED_OVER = (Status.ACCEPTED, Status.IN_DOUBT)


def row_of(result: Result) -> sql.Row:
    """As `sql.settle` takes it."""
    message, later = result.message, result.retry_at
    return (
        int(result.status),
        clock.to_micros(result.at) if result.status in _HANDED_OVER else None,
        clock.to_micros(later) if later else None,
        result.reason,
        # Providers' words: what cannot be stored would fail the whole batch, again and again.
        storable(result.provider_id),
        storable(result.error),
        message.id,
        message.fence,
    )
