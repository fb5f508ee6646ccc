"""A step: what a node kind does to a batch of contacts. One file a kind, registered by `engine.steps.load`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from builder.nodes import Names, NodeKind, Port

if TYPE_CHECKING:
    from datetime import tzinfo

    from engine.batch import Batch


class Step(NodeKind):
    """A node kind with its behaviour.

    `run` gets every visit of one node that is due and decides each by `batch.go`, `batch.park`, `batch.exit` or
    `batch.fail`. It works for the batch: one query for a condition, one statement for a write, no network ever.
    """

    NEXT: ClassVar[Port] = Port("next", "Next", "next")

    # Parks with topics: what it hears must be forgotten when it leaves.
    listens: ClassVar[bool] = False
    # Sends messages: "since this node" then means the hand-off.
    channel: ClassVar[str | None] = None

    @classmethod
    def run(cls, batch: Batch) -> None:
        raise NotImplementedError(cls)

    @classmethod
    def pulls(cls, settings: Any) -> bool:
        """Does it take in whoever is upstream and meets its `when`?"""
        return False

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        """One entry of a visit's why as a plain sentence; None: not one of mine."""
        return None
