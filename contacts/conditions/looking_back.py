"""How far a wait looks back: behaviour that names no window of its own counts from where the wait says."""

from __future__ import annotations

from typing import Any

from contacts.conditions import registry
from contacts.conditions.fact import Fact
from contacts.conditions.segments import expand
from contacts.conditions.tree import GROUP_NAMES, leaves, walk

# The moment at which a run came to the node that asks. No step of a drawing can be called so.
ARRIVAL = "@arrival"
RUN = "run"


def looking_back(tree: Any, to: str = "") -> Any:
    """The tree with a window for each behaviour that has none. `to` is ARRIVAL, RUN or a step; "" is the usual one.

    Usually a message of a step counts since that step, and everything beside it does too; without such a step, from the arrival.
    What a segment asks is its own affair, and what a contact has (a tag, a field) has no window.
    """
    named = next((leaf["node"] for leaf in leaves(tree) if _looks_back(leaf) and isinstance(leaf.get("node"), str)), "")
    return _rewritten(tree, to, named or ARRIVAL)


def _rewritten(tree: Any, to: str, usual: str) -> Any:
    if not isinstance(tree, dict):
        return tree
    if "fact" in tree:
        if not _looks_back(tree) or tree.get("since") or tree.get("within"):
            return tree
        return {**tree, "since": to or tree.get("node") or usual}
    return {
        key: [_rewritten(part, to, usual) for part in value]
        if key in GROUP_NAMES and isinstance(value, list)
        else value
        for key, value in tree.items()
    }


def _looks_back(leaf: dict[str, Any]) -> bool:
    name = leaf.get("fact")
    fact: Fact | None = registry.get(name) if isinstance(name, str) else None
    return fact is not None and fact.looks_back


def by_clock(tree: Any) -> bool:
    """Can the answer change by time alone? Raises `BadCondition`; queries only if the tree names segments."""
    return any(leaf.fact.by_clock(leaf.settings) for leaf in walk(expand(tree)))
