"""Comings and goings that other conditions ask about ("is inside that workflow"): rung like events, but only where somebody asks."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import lru_cache

from contacts import conditions
from contacts.models import Segment
from engine import sql, wake
from engine.facts import topic
from engine.program import BrokenProgram, program

_REMEMBER_S = 5.0
_segments: tuple[float, frozenset[int]] = (-_REMEMBER_S, frozenset())


def tell(pairs: Iterable[tuple[int, int]]) -> None:
    """Of these (contact_id, workflow_id), somebody came in or left: wake who waits for that. In the transaction that did it."""
    pairs = set(pairs)
    if not pairs:
        return
    asked = asked_about()
    wake.tell({(contact_id, topic(workflow_id)) for contact_id, workflow_id in pairs if workflow_id in asked})


def asked_about() -> frozenset[int]:
    """The workflows that the running versions ask about, or segments do. One query, and one more every few seconds."""
    return _asked_about(tuple(sql.standing())) | _by_segments()


def forget() -> None:
    """For tests, whose rows come and go under the same numbers."""
    global _segments
    _segments = (-_REMEMBER_S, frozenset())
    _asked_about.cache_clear()


def _by_segments() -> frozenset[int]:
    """Segments are few and seldom changed: read again every few seconds, a process at a time."""
    global _segments
    if time.monotonic() - _segments[0] > _REMEMBER_S:
        asked = {
            leaf["is"]
            for tree in Segment.objects.values_list("condition", flat=True)
            for leaf in conditions.leaves(tree)
            if leaf.get("fact") == "workflow" and isinstance(leaf.get("is"), int)
        }
        _segments = (time.monotonic(), frozenset(asked))
    return _segments[1]


@lru_cache(maxsize=4)
def _asked_about(standing: tuple[tuple[str, int], ...]) -> frozenset[int]:
    found: set[int] = set()
    for _, version_id in standing:
        try:
            found |= program(version_id).asks_about
        except BrokenProgram:
            continue
    return frozenset(found)
