"""A head start: whoever records an event for a few contacts takes their first step at once, in its own process.

The worker would do the same within a quarter of a second; this makes it twenty milliseconds. Nothing depends on it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import DatabaseError, transaction

from engine import queue

log = logging.getLogger("trellis.engine")

FEW = 20
_held: ContextVar[bool] = ContextVar("held", default=False)


def after_commit(contact_ids: Sequence[int]) -> None:
    """Advance these contacts' woken runs once the current transaction is committed; too many are left to the workers."""
    if 0 < len(contact_ids) <= FEW and not _held.get():
        transaction.on_commit(lambda: _advance(contact_ids), robust=True)


@contextmanager
def held() -> Iterator[None]:
    """No head starts meanwhile: for whoever works off many at once, right afterwards."""
    token = _held.set(True)
    try:
        yield
    finally:
        _held.reset(token)


def _advance(contact_ids: Sequence[int]) -> None:
    from engine.runner import advance  # here: the runner's own steps record events, and so call for this file

    try:
        advance(FEW, contact_ids=contact_ids)
    except DatabaseError as error:
        log.info("No head start for %s: %s", contact_ids, error)


def ring() -> None:
    """The bell of `contacts.events`: something was committed that triggers may hear."""
    from engine import work

    queue.ring(work.ENGINE)
