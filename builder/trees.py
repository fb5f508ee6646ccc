"""Conditions as they stand in a drawing: which steps they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GROUPS = ("all", "any", "none")
# Anchors of a window that are no step.
MOMENTS = ("run",)


@dataclass(frozen=True)
class Mention:
    """A step that a leaf names: as what happened there ("node") or as the beginning of a window ("since")."""

    path: str
    key: str
    node: str
    leaf: Mapping[str, Any]


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All leaves with their paths, however wrong the tree; without recursion, since a draft may be nested deeply."""
    stack = [(path, tree)]
    while stack:
        place, part = stack.pop()
        if not isinstance(part, dict):
            continue
        groups = [key for key in GROUPS if key in part]
        if not groups:
            yield place, part
        for key in reversed(groups):
            items = part[key] if isinstance(part[key], list) else []
            stack += [(_join(place, f"{key}.{n}"), item) for n, item in reversed(list(enumerate(items)))]


def mentions(tree: Any, path: str = "") -> Iterator[Mention]:
    """Every step that the condition names."""
    for place, leaf in leaves(tree, path):
        for key in ("node", "since"):
            node = leaf.get(key)
            if isinstance(node, str) and not (key == "since" and node in MOMENTS):
                yield Mention(_join(place, key), key, node, leaf)


def contents(tree: Any) -> Iterator[int]:
    """Every content that the condition names."""
    for _, leaf in leaves(tree):
        content = leaf.get("content")
        if isinstance(content, int) and not isinstance(content, bool):
            yield content


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
