"""One contact, in plain Python: slower than a batch, and the yardstick for it."""

from __future__ import annotations

from typing import Any

from contacts.conditions import segments, verdict
from contacts.conditions.scope import Subject
from contacts.conditions.tree import Leaf, Node
from contacts.conditions.verdict import Folded, Verdict


def explain(tree: Any, subject: Subject) -> Verdict:
    """The condition for one contact. A query or two for each leaf. Raises `BadCondition` like `decide`."""
    return verdict.verdict(_ask(segments.expand(tree), subject))


def _ask(node: Node, subject: Subject) -> Folded:
    if isinstance(node, Leaf):
        value, seen, at = node.fact.ask(node.settings, subject)
        return Folded(value, [[node.fact.fact, value, seen]], at if value else None)
    return verdict.combine(node.kind, [_ask(part, subject) for part in node.parts])
