"""What a message's workflow and step say about its sending, asked of the engine, which knows workflows.

Messaging imports nothing of the engine: it registers here who answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from engine.messaging.quiet import Quiet

Choice = Literal["postpone", "skip"]


class Policy(NamedTuple):
    """How a step's messages are held back. The same for all messages of a (version, node), and never changing."""

    quiet: Quiet | None = None
    in_quiet_hours: Choice = "postpone"
    capped: bool = True
    when_capped: Choice = "postpone"
    priority: int = 0
    # Hashes of the only addresses that get anything, by channel and address (`contacts.normalise.address_hash`).
    test_only: frozenset[str] = frozenset()


FREE = Policy(capped=False)

Policies = Callable[[int, str], Policy]
Paused = Callable[[], set[int]]
_policies: list[Policies] = []
_paused: list[Paused] = []


def provide(*, policies: Policies, paused: Paused) -> None:
    """Say who answers. The last one registered does."""
    _policies[:] = [policies]
    _paused[:] = [paused]


def of(version_id: int, node: str) -> Policy:
    """The policy of this step; no query for a version that this process has met before."""
    return _policies[0](version_id, node) if _policies else FREE


def paused_workflows() -> set[int]:
    """Workflows that hold what they have planned. One query."""
    return _paused[0]() if _paused else set()
