from __future__ import annotations

from django.db.models import Count, Max
from django.http import Http404, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.streaming import attachment
from engine.messaging import audience
from engine.messaging.api import shapes
from engine.messaging.models import AudienceMember


class Audiences(GenericAPIView):  # type: ignore[type-arg]
    """The audiences that workflows keep, by name."""

    rules = {"GET": "contact.read"}
    queryset = (
        AudienceMember.objects.order_by("audience").values("audience").annotate(people=Count("id"), since=Max("since"))
    )
    serializer_class = shapes.AudienceShape
    filter_backends = []

    @extend_schema(responses=shapes.AudienceShape(many=True), tags=["audiences"])
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(shapes.AudienceShape(page, many=True).data)


class Export(APIView):
    """One audience as CSV: email, phone, first_name, last_name, language."""

    rules = {"GET": "contact.read"}

    @extend_schema(
        parameters=[OpenApiParameter("audience", str, required=True)],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR)},
        tags=["audiences"],
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        name = request.query_params.get("audience", "").replace("\x00", "")
        if not AudienceMember.objects.filter(audience=name).exists():
            raise Http404("There is no such audience.")
        pieces = (line.encode() for line in audience.csv_lines(name))
        return attachment(request, pieces, "audience.csv", "text/csv; charset=utf-8")
