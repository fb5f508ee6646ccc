"""One query for a batch of rows, folded into a verdict each."""

from __future__ import annotations

from typing import Any

from contacts.clock import from_micros
from contacts.conditions import segments, verdict
from contacts.conditions.columns import Columns
from contacts.conditions.scope import Scope
from contacts.conditions.tree import Leaf, Node
from contacts.conditions.verdict import Folder, Verdict


def decide(tree: Any, scope: Scope) -> dict[int, Verdict]:
    """The condition for every row of `scope`, by the row's id. Exactly one query, however many leaves.

    One more reads the segments' conditions if the tree names segments, and one the workspace's zone if days are counted
    and `scope.zone` is not given. Raises `BadCondition` for a tree that `problems` would not let pass.
    """
    root = segments.expand(tree)
    columns = Columns(scope)
    if isinstance(root, Leaf):
        # Most conditions ask one thing, and a batch asks it a thousand times.
        name, read = root.fact.fact, root.fact.reader(root.settings, columns)
        found = {}
        for row in columns.rows():
            value, seen, at = read(row)
            found[row[0]] = Verdict(value, [[name, value, seen]], from_micros(at) if value and at is not None else None)
        return found
    fold = _folder(root, columns)
    finish = verdict.verdict
    return {row[0]: finish(fold(row)) for row in columns.rows()}


def _folder(node: Node, columns: Columns) -> Folder:
    if isinstance(node, Leaf):
        return verdict.leaf(node.fact.fact, node.fact.reader(node.settings, columns))
    if not node.parts:
        return verdict.group(node.kind, ())
    return verdict.group(node.kind, [_folder(part, columns) for part in node.parts])
