"""Conditions that look back at a step: does it exist, and does everybody who asks come past it?"""

from __future__ import annotations

from collections.abc import Iterator

from builder import catalogue, schemas, trees
from builder.graph import Graph, Node
from builder.names import DocumentNames
from builder.nodes import Names, NodeKind
from builder.problem import Problem


def problems(node: Node, kind: type[NodeKind], graph: Graph, names: DocumentNames) -> Iterator[Problem]:
    """Steps named in this node's conditions."""
    warned: set[str] = set()
    for value in schemas.walk(catalogue.schema(kind), node.settings):
        if value.widget != "condition":
            continue
        for mention in trees.mentions(value.value, value.path):
            wrong = _wrong(mention, graph, names)
            if wrong:
                yield Problem(node.id, mention.path, wrong)
            elif mention.node not in warned and (doubt := doubts(mention.node, node, graph, names)):
                warned.add(mention.node)
                yield Problem(node.id, mention.path, doubt, "warning")


def of_workflow(schema: dict[str, object], graph: Graph, names: DocumentNames) -> Iterator[Problem]:
    """Steps named in the conditions of the workflow as a whole."""
    for value in schemas.walk(schema, graph.settings):
        if value.widget == "condition":
            for mention in trees.mentions(value.value, value.path):
                if wrong := _wrong(mention, graph, names):
                    yield Problem("", f"settings.{mention.path}", wrong)


def _wrong(mention: trees.Mention, graph: Graph, names: DocumentNames) -> str:
    other = graph.nodes.get(mention.node)
    if other is None:
        return f"The step “{mention.node}” does not exist any more. Choose another."
    kind = catalogue.get(other.kind)
    if mention.key == "node" and mention.leaf.get("fact") == "message" and (not kind or kind.group != "messages"):
        return f"“{names.node(other.id)}” sends nothing. Choose a step that sends a message."
    return ""


def doubts(earlier: str, node: Node, graph: Graph, names: Names) -> str:
    """Why this may never be true for some, or for anybody: "since S" is false for whoever did not visit S."""
    if earlier == node.id or graph.cycles or node.id not in graph.reachable:
        return ""
    name = names.node(earlier)
    if not graph.is_before(earlier, node.id):
        return f"“{name}” does not come before this step, so this is true for nobody."
    if not graph.is_always_before(earlier, node.id):
        return f"Some people get here without “{name}”. For them this is never true."
    return ""
