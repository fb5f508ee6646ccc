"""The time machine by call: one contact, real or invented, through the draft. Nothing is written, nothing is sent."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder import documents
from builder.errors import BuilderError
from builder.models import Workflow
from engine.api import asked
from engine.simulate import simulate


class SimulateShape(asked.AskedShape):
    document = serializers.JSONField(
        required=False,
        allow_null=True,
        default=None,
        help_text="A drawing that is not saved yet; without it, the draft.",
    )

    def validate_document(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            documents.check_depth(value)
            return documents.check(value)
        except BuilderError as error:
            raise serializers.ValidationError(str(error)) from error


class SimulatedShape(serializers.Serializer[Any]):
    """What would happen. `visits` as in a contact's path, each with the `choices` that were possible there."""

    contact = serializers.JSONField()
    trigger = serializers.CharField()
    entered = serializers.BooleanField()
    refused = serializers.JSONField(allow_null=True, help_text="What the rules said against it: {reason, sentence}.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    status = serializers.CharField()
    outcome = serializers.CharField(allow_null=True)
    outcome_label = serializers.CharField()
    stopped = serializers.JSONField(allow_null=True, help_text="Where it went no further: {node, sentence}.")
    visits = serializers.ListField(child=serializers.JSONField())
    messages = serializers.ListField(child=serializers.JSONField())
    happenings = serializers.ListField(child=serializers.JSONField())
    changes = serializers.JSONField()
    events = serializers.ListField(child=serializers.CharField())
    others = serializers.ListField(child=serializers.JSONField(), help_text="Runs that it began in other workflows.")
    problems = serializers.ListField(child=serializers.JSONField())


_EXAMPLE = OpenApiExample(
    "Somebody who opens after three hours",
    {
        "persona": {"first_name": "Alice", "email": "alice@example.com", "consents": {"email": "in"}},
        "choices": [{"node": "n3", "port": "b1", "after": "PT3H"}],
    },
    request_only=True,
)


class SimulateView(APIView):
    """One contact through the draft, on a clock of its own, with what you choose at waits and splits. Nothing is kept."""

    rules = {"POST": "workflow.write"}

    @extend_schema(request=SimulateShape, responses=SimulatedShape, examples=[_EXAMPLE])
    def post(self, request: Request, pk: int) -> Response:
        workflow = get_object_or_404(Workflow, pk=pk)
        shape = SimulateShape(data=request.data)
        shape.is_valid(raise_exception=True)
        values = dict(shape.validated_data)
        document = values.pop("document")
        return Response(simulate(workflow, asked.values_of(values), document=document))
