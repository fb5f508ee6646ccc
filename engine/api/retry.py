""" "Retry these people": everybody who failed at one step."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder.models import Workflow
from engine import queue, retrying, work


class RetryShape(serializers.Serializer[Any]):
    node = serializers.CharField(max_length=64)


class RetriedShape(serializers.Serializer[Any]):
    """`opened`: people who stood still and go on; `issued`: messages and calls tried again for people who went on."""

    opened = serializers.IntegerField()
    issued = serializers.IntegerField()


class RetryView(APIView):
    """`{"node": "n2"}`: whoever stopped there goes on from there, and what failed for those who went on is sent again."""

    rules = {"POST": "run.retry"}

    @extend_schema(request=RetryShape, responses=RetriedShape)
    def post(self, request: Request, pk: int) -> Response:
        workflow = get_object_or_404(Workflow, pk=pk)
        asked = RetryShape(data=request.data)
        asked.is_valid(raise_exception=True)
        done = retrying.retry_at(workflow.pk, asked.validated_data["node"])
        queue.ring(work.ENGINE)
        queue.ring(work.OUTBOX)
        return Response({"opened": done.opened, "issued": done.issued})
