"""Let contacts into a workflow by call."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder.models import Workflow
from contacts import conditions
from contacts.errors import Refused
from contacts.models import Contact, Segment
from engine import queue, triggers, work


class NotPublished(Refused):
    """Only a published workflow can take people in. Publish it first."""

    status = 409


class EnrolSerializer(serializers.Serializer):
    contacts = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=10_000)
    segment = serializers.IntegerField(required=False, min_value=1)
    key = serializers.CharField(required=False, default="", allow_blank=True, max_length=190)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if ("contacts" in data) == ("segment" in data):
            raise serializers.ValidationError("Name either contacts or a segment.")
        return data


class EnrolView(APIView):
    """`{"contacts": [ids]}` or `{"segment": id}`, and `key` where the workflow enters by key. Obeys all rules but the trigger's filter."""

    rules = {"POST": "workflow.write"}

    @extend_schema(request=EnrolSerializer, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, pk: int) -> Response:
        workflow = get_object_or_404(Workflow, pk=pk)
        asked = EnrolSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if workflow.live_version_id is None or workflow.status not in (Workflow.Status.LIVE, Workflow.Status.PAUSED):
            raise NotPublished
        data = asked.validated_data
        if "segment" in data:
            segment = get_object_or_404(Segment, pk=data["segment"])
            ids = list(conditions.matching(segment.condition, Contact.objects.all()).values_list("pk", flat=True))
        else:
            ids = data["contacts"]
        done = triggers.enrol(workflow, ids, key=data["key"], on="manual" if request.auth is None else "api")
        queue.ring(work.ENGINE)
        reasons: dict[str, int] = {}
        for refusal in done.refusals:
            reasons[refusal.reason] = reasons.get(refusal.reason, 0) + 1
        return Response({"entered": done.runs, "refused": len(done.refusals), "reasons": reasons})
