"""Doorbells for whoever lends imports a worker (the engine's queue). Rows are the truth: `pending` finds them all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from django.db import transaction

from contacts.models import Import

log = logging.getLogger("trellis.imports")

Ring = Callable[[int], None]
_rings: list[Ring] = []


def on_work(ring: Ring) -> Ring:
    """Call `ring(import_id)` after a commit that leaves work: answer with `work(import_id)` until that is True."""
    if ring not in _rings:
        _rings.append(ring)
    return ring


def pending() -> list[int]:
    """Imports that are under way, also those whose worker was killed."""
    return list(Import.objects.filter(status="running").order_by("pk").values_list("pk", flat=True))


def ring_on_commit(import_id: int) -> None:
    transaction.on_commit(partial(_ring, import_id), robust=True)


def _ring(import_id: int) -> None:
    for ring in _rings:
        try:
            ring(import_id)
        except Exception:
            # The row says "running", and the sweep finds it.
            log.exception("The doorbell for import %s failed.", import_id)
