from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from builder import access, documents, validation
from builder.api import shapes
from builder.api.door import BuilderView, body_of
from builder.api.shown import counts
from builder.checks.structure import steps_and_paths
from builder.graph import parse
from builder.impact import impact
from builder.names import DocumentNames
from builder.sentences import sentences


class Validate(BuilderView):
    """All problems of a drawing, and what each step means in a sentence."""

    rules = {"POST": "workflow.read"}

    @extend_schema(request=shapes.ToValidate, responses=shapes.Validated, tags=["builder"])
    def post(self, request: Request, pk: int) -> Response:
        workflow = access.workflow(pk)
        document = body_of(request).get("document")
        graph = parse(workflow.draft if document is None else documents.check(document))
        names = DocumentNames(graph, own=pk)
        found = validation.problems(graph, names)
        steps, paths = steps_and_paths(graph)
        return Response(
            {
                "problems": [problem.as_json() for problem in found],
                "sentences": sentences(graph, names),
                "counts": counts(found),
                "steps": steps,
                "paths": paths,
            }
        )


class Impact(BuilderView):
    """What a publish would change, and for whom."""

    rules = {"GET": "workflow.read", "POST": "workflow.read"}

    @extend_schema(responses=shapes.Impact, tags=["builder"])
    def get(self, request: Request, pk: int) -> Response:
        return Response(impact(access.workflow(pk)))

    @extend_schema(request=None, responses=shapes.Impact, tags=["builder"])
    def post(self, request: Request, pk: int) -> Response:
        return Response(impact(access.workflow(pk)))
