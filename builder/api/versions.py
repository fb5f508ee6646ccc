from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from builder import access, diff
from builder.actions.restore import restore
from builder.api import shapes
from builder.api.door import BuilderView, etag, if_match
from builder.api.shown import version_in_list
from builder.graph import parse
from builder.models import WorkflowVersion
from builder.sentences import sentences


class Versions(BuilderView, GenericAPIView):  # type: ignore[type-arg]
    """What was published, newest first."""

    rules = {"GET": "version.read"}
    serializer_class = shapes.VersionInList
    filter_backends = []

    def get_queryset(self) -> QuerySet[WorkflowVersion]:
        if getattr(self, "swagger_fake_view", False):
            return WorkflowVersion.objects.none()
        workflow = access.workflow(self.kwargs["pk"])
        found = WorkflowVersion.objects.filter(workflow=workflow).select_related("published_by", "workflow")
        return found.defer("document", "workflow__draft").order_by("-number")

    @extend_schema(responses=shapes.VersionInList(many=True), tags=["builder"])
    def get(self, request: Request, pk: int) -> Response:
        page: list[WorkflowVersion] = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(
            [version_in_list(version, version.workflow.live_version_id) for version in page]
        )


class OneVersion(BuilderView):
    """One published drawing, which never changes."""

    rules = {"GET": "version.read"}

    @extend_schema(
        parameters=[OpenApiParameter("against", int, description="the version to compare with; else the one before")],
        responses=shapes.VersionShape,
        tags=["builder"],
    )
    def get(self, request: Request, pk: int, number: int) -> Response:
        version = access.version(pk, number)
        graph = parse(version.document)
        against = request.query_params.get("against", "")
        if against:
            before: WorkflowVersion | None = access.version(pk, int(against) if against.isdecimal() else 0)
        else:
            before = WorkflowVersion.objects.filter(workflow_id=pk, number__lt=number).order_by("-number").first()
        changes = diff.changes(parse(before.document), graph) if before else []
        return Response(
            {
                **version_in_list(version, access.workflow(pk).live_version_id),
                "document": version.document,
                "sentences": sentences(graph),
                "changes": [change.as_json() for change in changes],
            }
        )


class Restore(BuilderView):
    """Write this version into the draft. Publishing does the rest."""

    rules = {"POST": "workflow.write"}

    @extend_schema(request=None, responses={200: shapes.Restored, 409: shapes.Stale}, tags=["builder"])
    def post(self, request: Request, pk: int, number: int) -> Response:
        version = access.version(pk, number)
        client = request.headers.get("X-Client-Id", "")[:64]
        revision = restore(version, user=request.user, revision=if_match(request), client=client)
        return Response({"revision": revision, "document": version.document}, headers={"ETag": etag(revision)})
