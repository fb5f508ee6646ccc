"""A document as values: read tolerantly from any JSON, asked in O(nodes + edges).

`parse` never fails: what has the wrong type becomes a problem and the nearest sane value, what is unknown stays
untouched in `Graph.document`. What is too large to look at is refused before, in `builder.documents`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from builder import upgrades
from builder.problem import Problem

MAX_NODES = 1_000
MAX_EDGES = 3_000


@dataclass(frozen=True)
class Node:
    """One step. `settings` is raw JSON, upgraded to this release; validate with `NodeKind.read`."""

    id: str
    kind: str
    label: str = ""
    note: str = ""
    x: float = 0
    y: float = 0
    enabled: bool = True
    # "continue", "stop", or "" for the kind's own policy.
    on_error: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    settings_version: int = 1


@dataclass(frozen=True)
class Edge:
    id: str
    source: str
    port: str
    target: str


@dataclass(frozen=True)
class Graph:
    """The drawing. Of two nodes with one id, of two edges from one port the first counts; `problems` says so."""

    nodes: dict[str, Node]
    edges: tuple[Edge, ...]
    settings: Mapping[str, Any]
    document: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()

    # --- neighbours ----------------------------------------------------------------------------

    @cached_property
    def _ways(self) -> dict[str, dict[str, str]]:
        ways: dict[str, dict[str, str]] = {node: {} for node in self.nodes}
        for edge in self.edges:
            if edge.source in ways and edge.target in self.nodes:
                ways[edge.source].setdefault(edge.port, edge.target)
        return ways

    @cached_property
    def _incoming(self) -> dict[str, list[tuple[str, str]]]:
        incoming: dict[str, list[tuple[str, str]]] = {node: [] for node in self.nodes}
        for source, ports in self._ways.items():
            for port, target in ports.items():
                incoming[target].append((source, port))
        return incoming

    def out(self, node: str, port: str) -> str | None:
        """Where this port leads; None if the run ends there."""
        return self._ways.get(node, {}).get(port)

    def ways(self, node: str) -> Mapping[str, str]:
        """All wired ports of a node: {port: target}."""
        return self._ways.get(node, {})

    def incoming(self, node: str) -> list[tuple[str, str]]:
        """Who leads here: [(source, port)]."""
        return self._incoming.get(node, [])

    def of_kind(self, kind: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.kind == kind]

    @cached_property
    def triggers(self) -> list[Node]:
        """Where people come in, in the order of the document."""
        return self.of_kind("trigger")

    # --- order and cycles ----------------------------------------------------------------------

    @cached_property
    def _sorted(self) -> tuple[list[str], list[str]]:
        waiting = {node: len(self.incoming(node)) for node in self.nodes}
        ready = deque(node for node, count in waiting.items() if count == 0)
        order: list[str] = []
        while ready:
            node = ready.popleft()
            order.append(node)
            for target in self._ways[node].values():
                waiting[target] -= 1
                if waiting[target] == 0:
                    ready.append(target)
        return order, [node for node, count in waiting.items() if count > 0]

    @property
    def order(self) -> list[str]:
        """Topological order. Nodes on a cycle, and all behind one, are missing."""
        return self._sorted[0]

    @cached_property
    def cycles(self) -> list[list[str]]:
        """Cycles, each as its nodes in walking order, no node in two of them; at most 20, which is enough to mend."""
        stuck = dict.fromkeys(self._sorted[1])
        found: list[list[str]] = []
        while stuck and len(found) < 20:
            # Everything stuck has a stuck predecessor: walk back until a node comes twice.
            at = next(iter(stuck))
            seen: dict[str, int] = {}
            walk: list[str] = []
            while at not in seen:
                seen[at] = len(walk)
                walk.append(at)
                at = next(source for source, _ in self.incoming(at) if source in stuck)
            found.append(walk[seen[at] :][::-1])
            self._release(stuck, found[-1])
        return found

    def _release(self, stuck: dict[str, None], nodes: list[str]) -> None:
        """Take nodes out of `stuck`, and whatever has no stuck predecessor left."""
        for node in nodes:
            stuck.pop(node, None)
        leave = [node for node in stuck if not any(source in stuck for source, _ in self.incoming(node))]
        while leave:
            node = leave.pop()
            if stuck.pop(node, self) is self:
                continue
            for target in self._ways[node].values():
                if target in stuck and not any(source in stuck for source, _ in self.incoming(target)):
                    leave.append(target)

    # --- reach ---------------------------------------------------------------------------------

    def downstream(self, *starts: str) -> set[str]:
        """All nodes that can be reached from these, themselves included."""
        return self._walk(starts, lambda node: self._ways[node].values())

    def upstream(self, *starts: str) -> set[str]:
        """All nodes from which one of these can be reached, themselves included."""
        return self._walk(starts, lambda node: (source for source, _ in self._incoming[node]))

    def _walk(self, starts: Iterable[str], further: Callable[[str], Iterable[str]]) -> set[str]:
        seen = {start for start in starts if start in self.nodes}
        stack = list(seen)
        while stack:
            for node in further(stack.pop()):
                if node not in seen:
                    seen.add(node)
                    stack.append(node)
        return seen

    @cached_property
    def reachable(self) -> set[str]:
        """All nodes that people can come to."""
        return self.downstream(*(node.id for node in self.triggers))

    @cached_property
    def _bit(self) -> dict[str, int]:
        return {node: 1 << n for n, node in enumerate(self.nodes)}

    @cached_property
    def _before(self) -> dict[str, int]:
        """Per node, as a bit set: what lies before it on some path. 1,000 bits and 3,000 ORs at the very most."""
        before: dict[str, int] = {}
        for node in self.order:
            before[node] = 0
            for source, _ in self.incoming(node):
                before[node] |= before[source] | self._bit[source]
        return before

    @cached_property
    def _always_before(self) -> dict[str, int]:
        """Per reachable node, as a bit set: what lies before it on every path (its dominators)."""
        always: dict[str, int] = {}
        for node in self.order:
            if node not in self.reachable:
                continue
            sources = [source for source, _ in self.incoming(node) if source in always]
            if self.nodes[node].kind == "trigger" or not sources:
                always[node] = 0
                continue
            common = always[sources[0]] | self._bit[sources[0]]
            for source in sources[1:]:
                common &= always[source] | self._bit[source]
            always[node] = common
        return always

    def is_before(self, earlier: str, node: str) -> bool:
        """Does some path lead from `earlier` to `node`? With cycles only the part before them answers yes."""
        return bool(self._before.get(node, 0) & self._bit.get(earlier, 0))

    def is_always_before(self, earlier: str, node: str) -> bool:
        """Does every path from a trigger to `node` pass `earlier`? No for nodes that nobody reaches."""
        return bool(self._always_before.get(node, 0) & self._bit.get(earlier, 0))

    def count_paths(self, loose_ends: Callable[[Node], int] = lambda node: 0) -> int:
        """How many different ways lead from a trigger to an end. Counted, not walked: any number comes at once.

        `loose_ends` says how many ports of a node end there without an edge. 0 if the drawing has a cycle.
        """
        if self.cycles:
            return 0
        ways: dict[str, int] = {}
        for node in reversed(self.order):
            targets = self._ways[node].values()
            ways[node] = (sum(ways[target] for target in targets) + loose_ends(self.nodes[node])) or 1
        return sum(ways[trigger.id] for trigger in self.triggers)


def parse(document: Any) -> Graph:
    """Read a document, however wrong; older formats and settings are upgraded on the way. Never raises."""
    found: list[Problem] = []
    whole = document if isinstance(document, dict) else {}
    if not isinstance(document, dict):
        found.append(Problem("", "", "A workflow is a JSON object with nodes and edges."))
    whole = upgrades.document(whole, found)
    nodes = _nodes(whole, found)
    edges = _edges(whole, nodes, found)
    settings = whole.get("settings", {})
    if not isinstance(settings, dict):
        found.append(Problem("", "settings", "The workflow's settings are not an object."))
        settings = {}
    if not isinstance(whole.get("notes", []), list):
        found.append(Problem("", "notes", "The notes are not a list."))
    return Graph(nodes=nodes, edges=tuple(edges), settings=settings, document=whole, problems=tuple(found))


def _items(
    document: Mapping[str, Any], key: str, most: int, found: list[Problem]
) -> Iterator[tuple[int, dict[str, Any]]]:
    items = document.get(key, [])
    if not isinstance(items, list):
        found.append(Problem("", key, f"“{key}” is not a list."))
        return
    if len(items) > most:
        found.append(Problem("", key, f"A workflow may have at most {most:,} {key}; this one has {len(items):,}."))
    for place, item in enumerate(items[:most]):
        if isinstance(item, dict):
            yield place, item
        else:
            found.append(Problem("", f"{key}.{place}", f"Entry {place + 1} of “{key}” is not an object."))


def _nodes(document: Mapping[str, Any], found: list[Problem]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    twice: Counter[str] = Counter()
    for place, item in _items(document, "nodes", MAX_NODES, found):
        name, kind = item.get("id"), item.get("kind")
        if not isinstance(name, str) or not name or len(name) > 64 or "\0" in name:
            found.append(Problem("", f"nodes.{place}.id", f"Step {place + 1} has no valid id."))
            continue
        if name in nodes:
            twice[name] += 1
            continue
        if not isinstance(kind, str) or not kind:
            found.append(Problem(name, "kind", "This step does not say what kind it is."))
            kind = ""
        nodes[name] = upgrades.node(_node(name, kind, item, found), found)
    for name in twice:
        found.append(Problem(name, "id", f"Several steps have the id “{name}”. Copy the step anew to give it its own."))
    return nodes


def _node(name: str, kind: str, item: Mapping[str, Any], found: list[Problem]) -> Node:
    def read(key: str, kinds: type | tuple[type, ...], default: Any, words: str) -> Any:
        value = item.get(key, default)
        if isinstance(value, kinds) and not (isinstance(value, bool) and kinds is not bool):
            return value
        found.append(Problem(name, key, f"“{key}” should be {words}."))
        return default

    position = read("position", dict, {}, "an object with x and y")
    x, y = position.get("x", 0), position.get("y", 0)
    if not all(isinstance(part, int | float) and not isinstance(part, bool) for part in (x, y)):
        found.append(Problem(name, "position", "The place on the canvas should be two numbers."))
        x = y = 0
    on_error = read("on_error", str, "", "“continue” or “stop”")
    if on_error not in ("", "continue", "stop"):
        found.append(
            Problem(name, "on_error", "After an error people either go on (“continue”) or stop here (“stop”).")
        )
        on_error = ""
    return Node(
        id=name,
        kind=kind,
        label=read("label", str, "", "text"),
        note=read("note", str, "", "text"),
        x=x,
        y=y,
        enabled=read("enabled", bool, True, "true or false"),
        on_error=on_error,
        settings=read("settings", dict, {}, "an object"),
        settings_version=max(1, read("settings_version", int, 1, "a whole number")),
    )


def _edges(document: Mapping[str, Any], nodes: Mapping[str, Node], found: list[Problem]) -> list[Edge]:
    edges: list[Edge] = []
    names: set[str] = set()
    ports: set[tuple[str, str]] = set()
    for place, item in _items(document, "edges", MAX_EDGES, found):
        name = item.get("id")
        if not isinstance(name, str) or not name:
            name = f"edges.{place}"
            found.append(Problem("", f"edges.{place}.id", f"Connection {place + 1} has no valid id."))
        elif name in names:
            found.append(Problem("", f"edges.{name}", f"Several connections have the id “{name}”."))
            continue
        names.add(name)
        ends = [item.get(key) for key in ("source", "port", "target")]
        if not all(isinstance(end, str) and end for end in ends):
            found.append(
                Problem("", f"edges.{name}", f"The connection “{name}” does not say where it begins and ends.")
            )
            continue
        source, port, target = (str(end) for end in ends)
        if source not in nodes or target not in nodes:
            missing = source if source not in nodes else target
            at = target if source not in nodes else source
            found.append(
                Problem(
                    at if at in nodes else "",
                    f"edges.{name}",
                    f"A connection names the step “{missing}”, which does not exist.",
                )
            )
            continue
        if (source, port) in ports:
            found.append(
                Problem(
                    source, f"ports.{port}", f"Two connections leave by “{port}”. Each way out leads to one step only."
                )
            )
            continue
        ports.add((source, port))
        edges.append(Edge(name, source, port, target))
    return edges
