"""One sentence per node that says what its settings mean: "Wait 3 days", "Opened Introduction?"."""

from __future__ import annotations

from pydantic import ValidationError

from builder import catalogue
from builder.graph import Graph, Node
from builder.names import DocumentNames


def sentences(graph: Graph, names: DocumentNames | None = None) -> dict[str, str]:
    """{node: sentence}; "" where the settings are not valid yet or the kind is unknown. Queries: those of the names."""
    names = names or DocumentNames(graph)
    return {node.id: sentence(node, names) for node in graph.nodes.values()}


def sentence(node: Node, names: DocumentNames) -> str:
    """The sentence of one node."""
    kind = catalogue.get(node.kind)
    if kind is None:
        return ""
    try:
        return kind.summary(kind.read(node.settings), names)
    except ValidationError:  # its problems stand in the sentence's place
        return ""
