"""Small pictures, left to right: squares in the colours of their groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from builder.graph import Graph, parse
from builder.picture.arrange import Place, arrange
from builder.picture.look import Path, glyph, looks, short


@dataclass(frozen=True)
class Frame:
    """How much room there is: the picture's size, the most that steps may take of it, the largest step and pitch."""

    width: float
    height: float
    inner_width: float
    inner_height: float
    most_pitch: float
    most_size: float
    icons: bool


STROKE = 1.35
THUMBNAIL = Frame(134, 54, 118.5, 40, 20, 10, icons=False)
CARD = Frame(380, 87, 353, 70, 34, 22, icons=True)
STRIP = Frame(372, 84, 340, 68, 34, 22, icons=True)


def thumbnail(document: Any) -> SafeString:
    """For a row of a list: 134 x 54."""
    return _draw(parse(document), THUMBNAIL, None)


def card(document: Any) -> SafeString:
    """For a card of the library: 380 x 87, with icons."""
    return _draw(parse(document), CARD, None)


def strip(document: Any, visits: Iterable[Mapping[str, Any]], failed: str = "") -> SafeString:
    """372 x 84 with one run's path; the rest is dimmed. `failed` names the node at which the run failed."""
    graph = parse(document)
    return _draw(graph, STRIP, Path.of(visits, graph, failed))


def _draw(graph: Graph, frame: Frame, path: Path | None) -> SafeString:
    places = arrange(graph)
    if not places:
        return _svg(frame, "An empty drawing", [])
    columns = max(place.depth for place in places.values())
    lanes = max(place.lane for place in places.values())
    lane_pitch = frame.inner_height / (lanes + 1)
    size = min(frame.most_size, 0.7 * lane_pitch)
    pitch = 0.0
    if columns:
        size = min(size, 0.62 * (frame.inner_width - size) / columns)
        pitch = min(frame.most_pitch, (frame.inner_width - size - STROKE) / columns)
        if not frame.icons and pitch > 2:
            pitch = int(pitch)  # whole pixels keep thin squares sharp
        size = max(2.0, size)
    left = (frame.width - columns * pitch) / 2
    top = (frame.height - lanes * lane_pitch) / 2

    def at(place: Place) -> tuple[float, float]:
        return left + place.depth * pitch, top + place.lane * lane_pitch

    parts = [
        _edge(at(places[edge.source]), at(places[edge.target]), size, pitch, _tone((edge.source, edge.port), path))
        for edge in sorted(graph.edges, key=lambda edge: _tone((edge.source, edge.port), path) == "on")
    ]
    for node in graph.nodes.values():
        group, icon, _ = looks(node)
        x, y = at(places[node.id])
        dim = " wp-dim" if path is not None and node.id not in path.nodes else ""
        if path is not None and path.failed == node.id:
            ring = size + 6
            parts.append(
                format_html(
                    '<rect class="wp-failed" x="{}" y="{}" width="{}" height="{}" rx="{}"></rect>',
                    short(x - ring / 2),
                    short(y - ring / 2),
                    short(ring),
                    short(ring),
                    short(ring * 0.28),
                )
            )
        parts.append(
            format_html(
                '<g class="wp-n g-{}{}"><rect x="{}" y="{}" width="{}" height="{}" rx="{}"></rect>{}</g>',
                group,
                dim,
                short(x - size / 2),
                short(y - size / 2),
                short(size),
                short(size),
                short(max(1.2, size * 0.25)),
                glyph(icon, x, y, size * 0.6) if frame.icons else "",
            )
        )
    count = len(graph.nodes)
    return _svg(frame, f"Drawing with {count} step{'s' * (count != 1)}", parts)


def _tone(edge: tuple[str, str], path: Path | None) -> str:
    if path is None:
        return ""
    return "on" if edge in path.edges else "off"


def _edge(start: tuple[float, float], end: tuple[float, float], size: float, pitch: float, tone: str) -> SafeString:
    """Straight on while nothing turns; the bend lies in the last gap before the target, so that joins merge."""
    x1, y1, x2, y2 = start[0] + size / 2, start[1], end[0] - size / 2, end[1]
    if abs(y1 - y2) < 0.1:
        line = f"M{short(x1)} {short(y1)}H{short(x2)}"
    else:
        bend = max(x1, end[0] - pitch + size / 2)
        middle = (bend + x2) / 2
        line = (
            f"M{short(x1)} {short(y1)}H{short(bend)}"
            f"C{short(middle)} {short(y1)} {short(middle)} {short(y2)} {short(x2)} {short(y2)}"
        )
    return format_html('<path class="wp-e{}" d="{}"></path>', f" wp-{tone}" if tone else "", line)


def _svg(frame: Frame, words: str, parts: list[SafeString]) -> SafeString:
    return format_html(
        '<svg class="wp wp-{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>',
        "card" if frame.icons else "thumb",
        short(frame.width),
        short(frame.height),
        short(frame.width),
        short(frame.height),
        words,
        mark_safe("".join(parts)),  # noqa: S308  # every part was escaped by format_html
    )
