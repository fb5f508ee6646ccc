"""A run's path on its drawing, top-down as on the canvas but small: no words, the way that was not taken dimmed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from builder.graph import Graph, Node, parse
from builder.picture.arrange import arrange
from builder.picture.look import Path, glyph, looks, ports, short

# The canvas' own measures at zoom 1.
WIDE, LOW, HIGH, TABS = 240, 64, 76, 12
COLUMN, GAP = 264, 40
RADIUS, CROSSING = 14, 22
# One unit of the picture is one pixel of the page at this zoom; strokes and icons are sized in such pixels.
MOST_ZOOM = 0.36


def path_picture(
    document: Any, visits: Iterable[Mapping[str, Any]], *, width: float = 317, height: float = 298, failed: str = ""
) -> SafeString:
    """The drawing in `width` x `height` pixels, with the run's path painted on it."""
    graph = parse(document)
    path = Path.of(visits, graph, failed)
    corners = positions(graph)
    if not corners:
        return format_html('<svg class="wp wp-path" viewBox="0 0 {} {}"></svg>', short(width), short(height))
    low_x, low_y = min(x for x, _ in corners.values()), min(y for _, y in corners.values())
    wide = max(x for x, _ in corners.values()) - low_x + WIDE
    tall = max(y + _height(graph, node) for node, (_, y) in corners.items()) - low_y
    zoom = min((width - 32) / wide, (height - 28) / tall, MOST_ZOOM)
    left, top = (width - wide * zoom) / 2 - low_x * zoom, (height - tall * zoom) / 2 - low_y * zoom
    placed = {node: (left + x * zoom, top + y * zoom) for node, (x, y) in corners.items()}
    edges = sorted(graph.edges, key=lambda edge: (edge.source, edge.port) in path.edges)
    parts = [_edge(graph, edge.source, edge.port, edge.target, placed, zoom, path) for edge in edges]
    parts += [_node(node, placed[node.id], _height(graph, node.id) * zoom, zoom, path) for node in graph.nodes.values()]
    return format_html(
        '<svg class="wp wp-path" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        short(width),
        short(height),
        f"The way through the workflow: {len(path.nodes)} of {len(graph.nodes)} steps",
        mark_safe("".join(parts)),  # noqa: S308  # every part was escaped by format_html
    )


def positions(graph: Graph) -> dict[str, tuple[float, float]]:
    """The marketer's own places; a tidy tree where steps lie on each other, as in a document that nobody laid out."""
    own = {node.id: (float(node.x), float(node.y)) for node in graph.nodes.values()}
    if len(set(own.values())) == len(own):
        return own
    places = arrange(graph)
    rows: dict[int, float] = {}
    for node, place in places.items():
        rows[place.depth] = max(rows.get(place.depth, 0), _height(graph, node, tabs=True))
    tops: dict[int, float] = {}
    y = 0.0
    for depth in sorted(rows):
        tops[depth] = y
        y += rows[depth] + GAP
    return {node: (place.lane * COLUMN, tops[place.depth]) for node, place in places.items()}


def _height(graph: Graph, node: str, *, tabs: bool = False) -> float:
    if len(_shown_ports(graph, node)) > 1:
        return HIGH + (TABS if tabs else 0)
    return LOW


def _shown_ports(graph: Graph, node: str) -> list[str]:
    """Ports as tabs: `skipped` and `failed` show on the canvas only where they are wired."""
    ways = graph.ways(node)
    known = [port for port in ports(graph.nodes[node]) if port in ways or port not in ("skipped", "failed")]
    return known or list(ways)


def _edge(
    graph: Graph,
    source: str,
    port: str,
    target: str,
    placed: Mapping[str, tuple[float, float]],
    zoom: float,
    path: Path,
) -> SafeString:
    """Down, across 22 above the target, down; corners of 14, less where there is no room."""
    shown = _shown_ports(graph, source)
    several = len(shown) > 1
    share = (2 * shown.index(port) + 1) / (2 * len(shown)) if port in shown else 0.5
    x1 = placed[source][0] + WIDE * zoom * share
    y1 = placed[source][1] + ((HIGH + TABS) if several else LOW) * zoom
    x2, y2 = placed[target][0] + WIDE * zoom / 2, placed[target][1]
    if abs(x1 - x2) < 0.5:
        line = f"M{short(x1)} {short(y1)}V{short(y2)}"
    else:
        middle = y2 - CROSSING * zoom
        side = 1 if x2 > x1 else -1
        r = max(0.0, min(RADIUS * zoom, abs(x2 - x1) / 2, abs(middle - y1), abs(y2 - middle)))
        line = (
            f"M{short(x1)} {short(y1)}V{short(middle - r)}"
            f"Q{short(x1)} {short(middle)} {short(x1 + side * r)} {short(middle)}"
            f"H{short(x2 - side * r)}Q{short(x2)} {short(middle)} {short(x2)} {short(middle + r)}V{short(y2)}"
        )
    return format_html('<path class="wp-e wp-{}" d="{}"></path>', "on" if (source, port) in path.edges else "off", line)


def _node(node: Node, corner: tuple[float, float], high: float, zoom: float, path: Path) -> SafeString:
    group, icon, name = looks(node)
    x, y = corner
    failed = " wp-wrong" if path.failed == node.id else ""
    return format_html(
        '<g class="wp-n g-{}{}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="{}"></rect>{}</g>',
        group,
        failed if node.id in path.nodes else " wp-dim",
        name,
        short(x),
        short(y),
        short(WIDE * zoom),
        short(high),
        short(min(12 * zoom, 4)),
        glyph(icon, x + WIDE * zoom / 2, y + high / 2, min(12.0, 44 * zoom)),
    )
