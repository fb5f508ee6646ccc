"""The settings of the workflow as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from builder.checks import anchors, references, settings
from builder.graph import Graph
from builder.names import DocumentNames
from builder.problem import Problem
from builder.settings import WorkflowSettings


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of a workflow's settings."""
    return WorkflowSettings.model_json_schema()


def problems(graph: Graph, names: DocumentNames) -> Iterator[Problem]:
    found = settings.of_model(WorkflowSettings, schema(), graph.settings, "", "settings")
    yield from found
    said = {problem.field for problem in found}
    for problem in (*references.of_workflow(schema(), graph, names), *anchors.of_workflow(schema(), graph, names)):
        if not any(problem.field == field or problem.field.startswith(f"{field}.") for field in said):
            said.add(problem.field)
            yield problem
