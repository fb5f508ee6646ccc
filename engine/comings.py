"""Comings and goings that other conditions ask about ("is inside that workflow"): rung like events, but only where somebody asks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from engine import sql, wake
from engine.facts import topic
from engine.program import BrokenProgram, program


def tell(pairs: Iterable[tuple[int, int]]) -> None:
    """Of these (contact_id, workflow_id), somebody came in or left: wake who waits for that. In the transaction that did it."""
    pairs = set(pairs)
    if not pairs:
        return
    asked = asked_about()
    wake.tell({(contact_id, topic(workflow_id)) for contact_id, workflow_id in pairs if workflow_id in asked})


def asked_about() -> frozenset[int]:
    """The workflows that the running versions ask about. One query; the rest is cached by what it says."""
    return _asked_about(tuple(sql.standing()))


@lru_cache(maxsize=4)
def _asked_about(standing: tuple[tuple[str, int], ...]) -> frozenset[int]:
    found: set[int] = set()
    for _, version_id in standing:
        try:
            found |= program(version_id).asks_about
        except BrokenProgram:
            continue
    return frozenset(found)
