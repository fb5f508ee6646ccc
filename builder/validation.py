"""All problems of a drawing at once, each with its step, its field, and words a marketer can act on."""

from __future__ import annotations

from dataclasses import replace

from builder import catalogue
from builder.checks import anchors, loops, references, settings, structure, whole
from builder.graph import Graph, Node
from builder.names import DocumentNames
from builder.problem import Problem
from contacts import conditions


def problems(graph: Graph, names: DocumentNames | None = None) -> list[Problem]:
    """Everything that is wrong, errors and warnings, in the order of the drawing; the workflow as a whole first.

    At most eight queries, whatever the size: contents, lists, names of workflows, and what conditions look up. A thousand nodes
    take well under a second.
    """
    with conditions.remembering():
        return _problems(graph, names or DocumentNames(graph))


def _problems(graph: Graph, names: DocumentNames) -> list[Problem]:
    found = list(graph.problems)
    found += structure.problems(graph, names)
    found += loops.problems(graph, names)
    found += whole.problems(graph, names)
    for node in graph.nodes.values():
        found += _of_node(node, graph, names)
    place = {node: n for n, node in enumerate(graph.nodes)}
    return sorted(dict.fromkeys(found), key=lambda problem: (place.get(problem.node, -1), problem.severity != "error"))


def _of_node(node: Node, graph: Graph, names: DocumentNames) -> list[Problem]:
    kind = catalogue.get(node.kind)
    if kind is None:
        words = f"Steps of the kind “{node.kind}” are not known here. Nothing in it is lost, but it cannot run."
        return [Problem(node.id, "kind", words)] if node.kind else []
    found = settings.problems(node, kind)
    if not found:
        # As read: a share may be given as 50 or as "50", and what is left out has its default.
        node = replace(node, settings=kind.read(node.settings).model_dump(mode="json", by_alias=True))
        found += kind.problems(node, graph, names)
    # What the schema or the kind has said about a field is not said again in other words.
    said = {problem.field for problem in found}
    for problem in (*references.problems(node, kind, graph, names), *anchors.problems(node, kind, graph, names)):
        if not any(problem.field == field or problem.field.startswith(f"{field}.") for field in said):
            found.append(problem)
            said.add(problem.field)
    return found
