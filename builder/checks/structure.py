"""What can be wrong with the lines of a drawing: no way in, loops, dead ends, ways out that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from builder import catalogue
from builder.checks.loops import jumps
from builder.graph import Graph, Node
from builder.names import DocumentNames
from builder.nodes import Port
from builder.problem import Problem

# A way out of these tones that leads nowhere is worth a word; the others end or go on by themselves.
_SHOULD_LEAD_ON = ("yes", "no", "timeout", "branch")


def problems(graph: Graph, names: DocumentNames) -> Iterator[Problem]:
    yield from _way_in(graph)
    yield from _cycles(graph, names)
    yield from _unreachable(graph, names)
    for node in graph.nodes.values():
        yield from _ports(node, graph, names)


def _way_in(graph: Graph) -> Iterator[Problem]:
    if not graph.triggers:
        yield Problem("", "nodes", "Nobody can come in yet: add a Trigger.")
    for node in graph.triggers:
        if graph.incoming(node.id):
            yield Problem(node.id, "", "A trigger is where people come in. Nothing can lead back to it.")
        if not graph.ways(node.id):
            yield Problem(node.id, "ports.next", "Nothing follows: people would come in and leave at once.", "warning")
        if not node.enabled:
            yield Problem(node.id, "enabled", "A trigger cannot be switched off. Delete it, or pause the workflow.")


def _cycles(graph: Graph, names: DocumentNames) -> Iterator[Problem]:
    for cycle in graph.cycles:
        shown = [f"“{names.node(node)}”" for node in cycle]
        if len(shown) > 8:
            shown = [*shown[:4], f"{len(shown) - 5} more steps", shown[-1]]
        way = " → ".join([*shown, shown[0]])
        message = f"These steps lead in a circle: {way}. Only “Go to” makes loops, with a limit."
        if len(cycle) == 1:
            message = f"“{names.node(cycle[0])}” leads back to itself. Only “Go to” makes loops, with a limit."
        yield Problem(cycle[-1], "", message)


def _unreachable(graph: Graph, names: DocumentNames) -> Iterator[Problem]:
    if not graph.triggers:
        return
    reached = set(graph.reachable)
    while True:
        leaps = {target for node in reached for target in jumps(graph.nodes[node])} | _goal(graph)
        more = graph.downstream(*(leaps - reached)) - reached
        if not more:
            break
        reached |= more
    for node in graph.nodes:
        if node not in reached:
            yield Problem(node, "", "Nobody gets here: no way leads from a trigger to this step.", "warning")


def _goal(graph: Graph) -> set[str]:
    goal = graph.settings.get("goal")
    target = goal.get("node") if isinstance(goal, dict) and goal.get("on") == "jump" else None
    return {target} if isinstance(target, str) else set()


def _ports(node: Node, graph: Graph, names: DocumentNames) -> Iterator[Problem]:
    kind = catalogue.get(node.kind)
    if kind is None:
        return
    ports: dict[str, Port] = {}
    for port in kind.ports_of(node.settings):
        if port.name in ports and kind.branch_field:
            message = f"Two ways out are the same, “{port.name}”. Remove one, and add it anew."
            yield Problem(node.id, kind.branch_field, message)
        ports.setdefault(port.name, port)
    for name in graph.ways(node.id):
        if name not in ports:
            known = ", ".join(f"“{port.label}”" for port in ports.values()) or "none"
            message = f"A connection leaves by “{name}”, which this step does not have. Its ways out: {known}."
            yield Problem(node.id, f"ports.{name}", message)
    for name, port in ports.items():
        if port.tone in _SHOULD_LEAD_ON and graph.out(node.id, name) is None:
            message = f"“{port.label}” leads nowhere: whoever goes that way leaves the workflow."
            yield Problem(node.id, f"ports.{name}", message, "warning")
    if not node.enabled and not kind.may_be_disabled() and kind.kind != "trigger":
        yield Problem(
            node.id, "enabled", "This step cannot be switched off: there is no one way on for people to take."
        )


def steps_and_paths(graph: Graph) -> tuple[int, int]:
    """How many steps there are, and how many different ways lead through them."""

    def loose_ends(node: Node) -> int:
        kind = catalogue.get(node.kind)
        ports = kind.ports_of(node.settings) if kind else ()
        return sum(port.tone in _SHOULD_LEAD_ON and graph.out(node.id, port.name) is None for port in ports)

    return len(graph.nodes), graph.count_paths(loose_ends)
