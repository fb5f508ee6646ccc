"""What the pictures share: how a step looks, what a run's path covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from builder import catalogue
from builder.graph import Graph, Node
from builder.nodes import GROUPS


@dataclass(frozen=True)
class Path:
    """The part of a drawing that one run went: its nodes, its edges, and where it stopped by a failure."""

    nodes: frozenset[str] = frozenset()
    edges: frozenset[tuple[str, str]] = frozenset()
    failed: str = ""

    @classmethod
    def of(cls, visits: Iterable[Mapping[str, Any]], graph: Graph, failed: str = "") -> Path:
        """`visits` in order, each with "node" and "port" (None while it is open)."""
        walked = list(visits)
        edges = {(visit["node"], visit["port"]) for visit in walked[:-1] if visit.get("port")}
        return cls(frozenset(visit["node"] for visit in walked), frozenset(edges), failed)


def looks(node: Node) -> tuple[str, str, str]:
    """Group, icon and name of a step; a kind that this release does not know is grey and dashed."""
    kind = catalogue.get(node.kind)
    if kind is None or kind.group not in GROUPS:
        return "end", "circle-dashed", node.label or node.kind
    return kind.group, kind.icon, node.label or kind.label


def ports(node: Node) -> list[str]:
    """The names of a step's ways out, left to right as on the canvas."""
    kind = catalogue.get(node.kind)
    return [port.name for port in kind.ports_of(node.settings)] if kind else []


def glyph(icon: str, x: float, y: float, size: float) -> SafeString:
    """An icon centred on (x, y)."""
    return format_html(
        '<use class="wp-i" href="{}#{}" x="{}" y="{}" width="{}" height="{}"></use>',
        static("icons.svg"),
        icon,
        short(x - size / 2),
        short(y - size / 2),
        short(size),
        short(size),
    )


def short(value: float) -> str:
    """A coordinate with at most two decimals: pictures are sent many to a page."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
