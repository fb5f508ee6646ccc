"""Why did this contact not enter? In words, also where no refusal was stored."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder.models import Workflow
from contacts.models import Contact
from engine.why_not import why


class NamedShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class WhyShape(serializers.Serializer[Any]):
    workflow = NamedShape()
    contact = NamedShape()
    status = serializers.CharField(
        help_text="inside, was_inside, refused, not_triggered, no_match, paused … as one word."
    )
    sentence = serializers.CharField(help_text="The answer.")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="What else speaks for or against it.")
    messages = serializers.ListField(child=serializers.CharField(), help_text="What they did not get, and why.")
    runs = serializers.ListField(child=serializers.IntegerField())


class WhyQuery(serializers.Serializer[Any]):
    contact = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, error_messages={"required": "Say which contact: ?contact=12."}
    )


class WhyView(APIView):
    """Given a contact: are they inside, were they, who turned them away, or what never happened."""

    rules = {"GET": "refusal.read"}

    @extend_schema(parameters=[OpenApiParameter("contact", int, required=True)], responses=WhyShape)
    def get(self, request: Request, pk: int) -> Response:
        workflow = get_object_or_404(Workflow.objects.select_related("live_version"), pk=pk)
        query = WhyQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        contact = get_object_or_404(Contact, pk=query.validated_data["contact"])
        return Response(why(workflow, contact).as_json())
