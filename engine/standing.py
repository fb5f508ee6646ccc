"""How workflows stand: which are live, and what lets people into them. Asked once a transaction, never once a contact."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache

from builder.models import Workflow
from contacts.models import Workspace
from engine import sql
from engine.program import Node, Program, program

_REMEMBER_S = 2.0
_home: tuple[float, tzinfo] = (-_REMEMBER_S, UTC)


@dataclass(frozen=True)
class Door:
    """One trigger of one live (or paused) workflow."""

    program: Program
    node: Node
    paused: bool


def home_zone() -> tzinfo:
    """The workspace's zone; read again every other second, a process at a time."""
    global _home
    if time.monotonic() - _home[0] > _REMEMBER_S:
        _home = (time.monotonic(), Workspace.current().zone)
    return _home[1]


def doors() -> Mapping[str, Sequence[Door]]:
    """Event name -> the triggers that hear it. One query; the rest is cached by what it says."""
    return _doors(tuple(sql.standing()))


@lru_cache(maxsize=4)
def _doors(standing: tuple[tuple[str, int], ...]) -> Mapping[str, Sequence[Door]]:
    found: dict[str, list[Door]] = defaultdict(list)
    for status, version_id in standing:
        prog = program(version_id)
        for node in prog.triggers():
            name = node.step.event_name(node.settings)  # type: ignore[attr-defined]
            if name and node.enabled:
                found[name].append(Door(program=prog, node=node, paused=status == Workflow.Status.PAUSED))
    return found
