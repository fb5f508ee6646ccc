"""What settings refer to: does it exist, and is it of the right sort? Read from the schema's widgets, for all kinds."""

from __future__ import annotations

from collections.abc import Iterator

from builder import catalogue, schemas
from builder.graph import Graph, Node
from builder.models import Workflow
from builder.names import DocumentNames
from builder.nodes import NodeKind
from builder.problem import Problem
from contacts import conditions
from contacts.durations import BadDuration, parse


def problems(node: Node, kind: type[NodeKind], graph: Graph, names: DocumentNames) -> Iterator[Problem]:
    """Dangling references, conditions that cannot be asked, durations that are none."""
    for value in schemas.walk(catalogue.schema(kind), node.settings):
        if value.value is None or value.value == "":
            continue
        for field, message in _check(value, node, graph, names):
            yield Problem(node.id, field, message)


def of_workflow(schema: dict[str, object], graph: Graph, names: DocumentNames) -> Iterator[Problem]:
    """The same for the settings of the workflow."""
    for value in schemas.walk(schema, graph.settings):
        if value.value is None or value.value == "":
            continue
        for field, message in _check(value, None, graph, names):
            yield Problem("", f"settings.{field}", message)


def _check(value: schemas.Value, node: Node | None, graph: Graph, names: DocumentNames) -> Iterator[tuple[str, str]]:
    match value.widget:
        case "condition":
            # Who may come in is asked before there is a run, so nothing can be counted from one.
            for problem in conditions.problems(value.value, graph if value.schema.get("x-run", True) else None):
                yield ".".join(part for part in (value.path, str(problem.path)) if part), problem.message
        case "content":
            if names.knows_contents and isinstance(value.value, int) and value.value not in names.contents:
                yield value.path, "This content does not exist any more. Choose another."
        case "list":
            yield from _list(value.path, value.value, names)
        case "lists":
            for place, slug in enumerate(value.value if isinstance(value.value, list) else ()):
                yield from _list(f"{value.path}.{place}", slug, names)
        case "node":
            if not isinstance(value.value, str) or value.value not in graph.nodes:
                yield value.path, f"The step “{value.value}” does not exist any more. Choose another."
        case "workflow":
            yield from _workflow(value, names)
        case "message_node":
            yield from _message_node(value, node, graph, names)
        case "duration":
            try:
                if isinstance(value.value, str):  # else the schema has said so
                    parse(value.value)
            except BadDuration as error:
                yield value.path, str(error)
        case _:
            return


def _list(path: str, slug: object, names: DocumentNames) -> Iterator[tuple[str, str]]:
    if isinstance(slug, str) and slug not in names.lists:
        yield path, f"The list “{slug}” does not exist. Choose another, or add it."


def _workflow(value: schemas.Value, names: DocumentNames) -> Iterator[tuple[str, str]]:
    if not isinstance(value.value, int) or isinstance(value.value, bool):
        return  # the schema says so
    found = names.workflows.get(value.value)
    if found is None:
        yield value.path, "This workflow does not exist any more. Choose another."
    elif value.value == names.own:
        yield (
            value.path,
            "A workflow cannot name itself here. “Go to” leads back, and its re-entry rule lets people come again.",
        )
    elif found[1] == Workflow.Status.ARCHIVED:
        yield value.path, f"“{found[0]}” is archived. Choose another."


def _message_node(
    value: schemas.Value, node: Node | None, graph: Graph, names: DocumentNames
) -> Iterator[tuple[str, str]]:
    other = graph.nodes.get(value.value) if isinstance(value.value, str) else None
    if other is None:
        yield value.path, f"The step “{value.value}” does not exist any more. Choose another."
        return
    kind = catalogue.get(other.kind)
    if kind is None or kind.group != "messages":
        yield value.path, f"“{names.node(other.id)}” sends nothing. Choose a step that sends a message."
    elif node is not None and other.id == node.id:
        yield value.path, "A step cannot repeat itself. Choose an earlier one."
    elif node is not None and (own := catalogue.get(node.kind)) and own.group == "messages" and own is not kind:
        yield value.path, f"“{names.node(other.id)}” is not of the same sort: it sends by {kind.label}."
    elif node is not None and not graph.cycles and not graph.is_before(other.id, node.id):
        yield value.path, f"“{names.node(other.id)}” does not come before this step. Choose an earlier one."
