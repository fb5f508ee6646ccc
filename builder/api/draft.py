from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from builder import access, documents, drafts, validation
from builder.api import shapes
from builder.api.door import BuilderView, body_of, etag, if_match
from builder.api.shown import counts
from builder.graph import parse
from builder.models import Workflow
from builder.names import DocumentNames
from builder.sentences import sentences

_IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description='The revision you started from: "7".'
)
_CLIENT = OpenApiParameter(
    "X-Client-Id",
    str,
    OpenApiParameter.HEADER,
    description="Any word of the tab's own, to tell its saves from others'.",
)


class Draft(BuilderView):
    """The drawing that people work on."""

    rules = {"GET": "workflow.read", "PUT": "workflow.write"}

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, tags=["builder"])
    def get(self, request: Request, pk: int) -> Response:
        """The document. The ETag is its revision."""
        workflow = access.workflow(pk)
        return Response(workflow.draft, headers={"ETag": etag(workflow.revision)})

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        parameters=[_IF_MATCH, _CLIENT],
        responses={
            200: shapes.SavedDraft,
            400: shapes.Refused,
            409: shapes.Stale,
            413: shapes.Refused,
            428: shapes.Refused,
        },
        tags=["builder"],
    )
    def put(self, request: Request, pk: int) -> HttpResponse:
        """Save the document, however wrong it is. Somebody else's save in between is a 409 with what they saved."""
        revision = if_match(request)
        if revision is None:
            detail = "Say with If-Match from which revision you started, so that nobody's work is overwritten."
            return Response({"detail": detail, "problems": []}, status=428)
        document = documents.check(body_of(request))
        workflow = access.workflow(pk)
        client = request.headers.get("X-Client-Id", "")[:64]
        revision = drafts.save(workflow.pk, document, revision=revision, user=request.user, client=client)
        graph = parse(document)
        names = DocumentNames(graph, own=pk)
        found = validation.problems(graph, names)
        saved_at = Workflow.objects.values_list("draft_saved_at", flat=True).get(pk=workflow.pk)
        return Response(
            {
                "revision": revision,
                "saved_at": saved_at,
                "problems": [problem.as_json() for problem in found],
                "sentences": sentences(graph, names),
                "counts": counts(found),
            },
            headers={"ETag": etag(revision)},
        )
