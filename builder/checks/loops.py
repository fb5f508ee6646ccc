"""Steps that send people elsewhere than their ways out lead: whoever comes round again must have rested in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from builder import catalogue
from builder.graph import Graph, Node
from builder.names import DocumentNames
from builder.problem import Problem

REST_S = 60


def problems(graph: Graph, names: DocumentNames) -> Iterator[Problem]:
    """Loops without a rest, and jumps to where people come in. O(nodes + edges), and nothing at all without a jump."""
    leaps = {node.id: found for node in graph.nodes.values() if (found := jumps(node))}
    if not leaps:
        return
    room = _rooms(graph, leaps)
    for node, targets in leaps.items():
        for target in targets:
            if target not in graph.nodes:
                continue  # the reference says so
            if graph.nodes[target] in graph.triggers:
                yield Problem(node, "target", "A trigger is where people come in. Choose a step behind it.")
            elif node in room and room.get(target) == room[node]:
                yield Problem(
                    node,
                    "target",
                    f"The way from “{names.node(target)}” back here has no wait. Put a Wait of at least a minute into it, "
                    "or people would go round without a pause.",
                )


def jumps(node: Node) -> set[str]:
    """Where this step sends people otherwise than through its ways out."""
    kind = catalogue.get(node.kind)
    if kind is None or not kind.may_jump:
        return set()
    try:
        return set(kind.jumps(kind.read(node.settings)))
    except ValidationError:  # its own problem; until then it leads nowhere
        return set()


def _rests(node: Node) -> bool:
    kind = catalogue.get(node.kind)
    if kind is None or not node.enabled:
        return False
    try:
        return kind.holds_s(kind.read(node.settings)) >= REST_S
    except ValidationError:  # a wait that is not filled in is its own problem, not one of the loop
        return True


def _rooms(graph: Graph, leaps: Mapping[str, set[str]]) -> dict[str, int]:
    """Node -> the set of nodes (a number) among which people can go round without a rest. Kosaraju's two walks."""
    awake = [node.id for node in graph.nodes.values() if not _rests(node)]
    ahead = {node: [*graph.ways(node).values(), *leaps.get(node, ())] for node in awake}
    ahead = {node: [target for target in targets if target in ahead] for node, targets in ahead.items()}
    back: dict[str, list[str]] = {node: [] for node in awake}
    for node, targets in ahead.items():
        for target in targets:
            back[target].append(node)
    done: list[str] = []
    seen: set[str] = set()
    for start in awake:
        stack = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                done.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack += [(target, False) for target in ahead[node]]
    room: dict[str, int] = {}
    for number, start in enumerate(reversed(done)):
        walk = [start]
        while walk:
            node = walk.pop()
            if node not in room:
                room[node] = number
                walk += back[node]
    return room
