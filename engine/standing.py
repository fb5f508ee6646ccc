"""How workflows stand: which are live, and what lets people into them. Asked once a transaction, never once a contact."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Any

from builder.models import Workflow
from contacts.models import Workspace
from engine import sql
from engine.program import BrokenProgram, Node, Program, program

log = logging.getLogger("trellis.engine")

_REMEMBER_S = 2.0
_home: tuple[float, tzinfo] = (-_REMEMBER_S, UTC)


@dataclass(frozen=True)
class Door:
    """One trigger of one live (or paused) workflow."""

    program: Program
    node: Node
    paused: bool

    def hears(self, properties: Mapping[str, Any]) -> bool:
        """Does an event of the right name, with these properties from outside, fit the trigger's options? Never raises."""
        try:
            return bool(self.node.step.hears(self.node.settings, properties))  # type: ignore[attr-defined]
        except Exception:
            # One event that nobody foresaw must not keep all others from being handled.
            log.exception("Trigger %s of workflow %s cannot read an event.", self.node.id, self.program.workflow_id)
            return False


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
        try:
            prog = program(version_id)
        except BrokenProgram as error:
            log.error("%s Nobody enters it.", error)
            continue
        for node in prog.triggers():
            name = node.step.event_name(node.settings)  # type: ignore[attr-defined]
            if name and node.enabled:
                found[name].append(Door(program=prog, node=node, paused=status == Workflow.Status.PAUSED))
    return found
