"""Where the steps of a drawing stand when nobody placed them: how deep, and in which lane."""

from __future__ import annotations

from dataclasses import dataclass

from builder.graph import Graph

# Two steps of one depth stand at least this far apart, in lanes. Slightly under 1 forgives halves of halves.
APART = 0.95
_NUDGE = 0.25


@dataclass(frozen=True)
class Place:
    """`depth`: the longest way from a start, in steps. `lane`: from 0, also between two lanes."""

    depth: int
    lane: float


def arrange(graph: Graph) -> dict[str, Place]:
    """Every node's place; O(nodes + edges) but for joins that have to make room.

    The drawing falls into blocks, each a tree: a block begins at a start and wherever ways join. Within a block each
    leaf gets the next lane and a parent stands in the middle of its children. A later block stands in the middle of
    the steps that lead to it, moved aside as little as needed.
    """
    depth = _depths(graph)
    order = [*graph.order, *(node for node in graph.nodes if node not in set(graph.order))]
    place = {node: rank for rank, node in enumerate(order)}
    sources = {node: [s for s, _ in graph.incoming(node) if place[s] < place[node]] for node in order}
    heads = [node for node in order if len(set(sources[node])) != 1]
    lanes: dict[str, float] = {}
    taken: dict[int, list[float]] = {}
    floor = 0.0
    for head in heads:
        block = _block(graph, head, set(heads), place)
        if sources[head]:
            led = [lanes[source] for source in sources[head]]
            shift = (min(led) + max(led)) / 2 - block[head]
            shift = _room(block, shift, depth, taken)
        else:
            shift = floor
        for node, lane in block.items():
            lanes[node] = lane + shift
            taken.setdefault(depth[node], []).append(lane + shift)
        floor = max(floor, max(lanes[node] for node in block) + 1)
    top = min(lanes.values(), default=0.0)
    return {node: Place(depth[node], lanes[node] - top) for node in graph.nodes}


def _depths(graph: Graph) -> dict[str, int]:
    depth = dict.fromkeys(graph.nodes, 0)
    for node in graph.order:
        for target in graph.ways(node).values():
            depth[target] = max(depth[target], depth[node] + 1)
    return depth


def _ordered_ways(graph: Graph, node: str) -> list[str]:
    """Targets in the order of the document's edges, each once: Yes before No, as drawn."""
    return list(dict.fromkeys(graph.ways(node).values()))


def _block(graph: Graph, head: str, heads: set[str], place: dict[str, int]) -> dict[str, float]:
    """Lanes of the tree that hangs on `head`, the head's children first; without recursion, drawings may be deep."""
    children: dict[str, list[str]] = {}
    walk, stack = [], [head]
    while stack:
        node = stack.pop()
        walk.append(node)
        children[node] = [t for t in _ordered_ways(graph, node) if t not in heads and place[t] > place[node]]
        stack.extend(reversed(children[node]))
    lanes: dict[str, float] = {}
    leaf = 0.0
    for node in walk:
        if not children[node]:
            lanes[node] = leaf
            leaf += 1
    for node in reversed(walk):
        if children[node]:
            under = [lanes[child] for child in children[node]]
            lanes[node] = (min(under) + max(under)) / 2
    return lanes


def _room(block: dict[str, float], shift: float, depth: dict[str, int], taken: dict[int, list[float]]) -> float:
    """The nearest shift at which no step stands on another."""
    for tries in range(400):
        move = (tries + 1) // 2 * _NUDGE * (-1 if tries % 2 else 1)
        if all(
            abs(lane + shift + move - other) >= APART
            for node, lane in block.items()
            for other in taken.get(depth[node], ())
        ):
            return shift + move
    return shift
