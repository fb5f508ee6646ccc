"""Comings and goings that other conditions ask about ("is inside that workflow"): rung like events, but only where somebody asks."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import lru_cache

from builder.models import WorkflowVersion
from contacts import clock, conditions
from contacts.models import Segment
from engine import sql, wake
from engine.facts import topic
from engine.program import BrokenProgram, program

_REMEMBER_S = 5.0
_segments: tuple[float, frozenset[int]] = (-_REMEMBER_S, frozenset())
_older: tuple[float, frozenset[int]] = (-_REMEMBER_S, frozenset())
# Versions never change: what each asks about, for good.
_of_version: dict[int, frozenset[int]] = {}


def tell(pairs: Iterable[tuple[int, int]]) -> None:
    """Of these (contact_id, workflow_id), somebody came in or left: wake who waits for that. In the transaction that did it."""
    pairs = set(pairs)
    if not pairs:
        return
    asked = asked_about()
    wake.tell({(contact_id, topic(workflow_id)) for contact_id, workflow_id in pairs if workflow_id in asked})


def asked_about() -> frozenset[int]:
    """The workflows that versions with people inside may ask about, or segments do. One query, and two more every few seconds."""
    return _asked_about(tuple(sql.standing())) | _by_segments() | _by_older_versions()


def forget() -> None:
    """For tests, whose rows come and go under the same numbers."""
    global _segments, _older
    _segments = _older = (-_REMEMBER_S, frozenset())
    _asked_about.cache_clear()
    _of_version.clear()


def _by_older_versions() -> frozenset[int]:
    """Who came in by an older version finishes it, also when its workflow is over: each is read once, the list every few seconds."""
    global _older
    if clock.is_simulated():  # it has versions of its own, none of them older
        return frozenset()
    if time.monotonic() - _older[0] > _REMEMBER_S:
        ids = WorkflowVersion.objects.values_list("pk", flat=True)
        _older = (time.monotonic(), frozenset().union(*(_asked_by(pk) for pk in ids)))
    return _older[1]


def _asked_by(version_id: int) -> frozenset[int]:
    if version_id not in _of_version:
        try:
            _of_version[version_id] = program(version_id).asks_about
        except BrokenProgram:
            _of_version[version_id] = frozenset()
    return _of_version[version_id]


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
