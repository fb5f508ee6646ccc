from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from builder import access, library
from builder.api import shapes
from builder.api.door import BuilderView, body_of
from builder.api.shown import workflow_shown


class Library(BuilderView):
    """Workflows that are ready to use."""

    rules = {"GET": "library.read"}

    @extend_schema(responses=shapes.LibraryItem(many=True), tags=["builder"])
    def get(self, request: Request) -> Response:
        found = [item.as_json() for item in library.all()]
        return Response({"count": len(found), "next": None, "previous": None, "results": found})


class Use(BuilderView):
    """A new draft from a library workflow, with its contents."""

    rules = {"POST": "workflow.write"}

    @extend_schema(
        request=shapes.UseLibraryItem, responses={201: shapes.WorkflowShape, 400: shapes.Refused}, tags=["builder"]
    )
    def post(self, request: Request, slug: str) -> Response:
        asked = shapes.UseLibraryItem(data=body_of(request))
        asked.is_valid(raise_exception=True)
        made = library.use(
            slug, asked.validated_data["parameters"], user=request.user, name=asked.validated_data["name"]
        )
        return Response(workflow_shown(access.workflow(made.pk), request.user), status=201)
