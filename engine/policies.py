"""What workflows say about the sending of their messages, told to messaging: read from the version, once a process."""

from __future__ import annotations

from datetime import time
from functools import lru_cache
from typing import Any

from builder.models import WorkflowVersion
from engine import sql
from engine.messaging import policy
from engine.messaging.policy import FREE, Policy
from engine.messaging.quiet import Quiet
from engine.messaging.workspace_rules import hashes_of
from engine.program import BrokenProgram, program


def of(version_id: int, node: str) -> Policy:
    try:
        return _of(version_id, node)
    except (WorkflowVersion.DoesNotExist, BrokenProgram):
        return FREE


@lru_cache(maxsize=4096)
def _of(version_id: int, node: str) -> Policy:
    prog = program(version_id)
    settings = prog.settings
    one = prog.nodes.get(node)
    return Policy(
        quiet=quiet_of(settings.get("quiet_hours")),
        in_quiet_hours=getattr(one and one.settings, "quiet_hours", "postpone"),
        capped=settings.get("frequency_cap", True) is not False,
        when_capped=getattr(one and one.settings, "cap", "postpone"),
        priority=int(settings.get("priority") or 0),
        test_only=hashes_of(settings.get("test_only")),
    )


def quiet_of(told: Any) -> Quiet | None:
    if not isinstance(told, dict):
        return None
    return Quiet(time.fromisoformat(told["from"]), time.fromisoformat(told["to"]), told.get("zone", "contact"))


def join() -> None:
    policy.provide(policies=of, paused=sql.paused_workflows)
