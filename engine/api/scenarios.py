"""A workflow's scenarios: ways that are kept as they should be, to be tried on demand and at each publish."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder.drafts import person
from builder.models import Scenario, Workflow
from contacts.errors import Refused
from engine.api import asked
from engine.api.simulate import SimulateShape
from engine.simulate import scenarios, simulate

ASKED = ("contact", "persona", "starts_at", "trigger", "properties", "choices", "events", "anyway")


class TooMany(Refused):
    """A workflow has fifty scenarios at most. Delete one that says nothing new."""

    status = 409


class TagsShape(serializers.Serializer[Any]):
    added = serializers.ListField(child=serializers.CharField(max_length=120), max_length=200, required=False)
    removed = serializers.ListField(child=serializers.CharField(max_length=120), max_length=200, required=False)


class ExpectedShape(serializers.Serializer[Any]):
    """What should come of it. What is not named may come as it likes."""

    path = serializers.ListField(child=serializers.CharField(max_length=64), max_length=1_000, required=False)
    labels = serializers.DictField(child=serializers.CharField(allow_blank=True), required=False)
    outcome = serializers.CharField(max_length=64, allow_null=True, required=False)
    tags = TagsShape(required=False)


class ScenarioBody(asked.AskedShape):
    name = serializers.CharField(max_length=120)
    expected = ExpectedShape(
        required=False, allow_null=True, default=None, help_text="Without it: what happens now is what should happen."
    )


class ScenarioChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    expected = ExpectedShape(required=False, allow_null=True, help_text="null: what happens now is what should happen.")


class ScenarioShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    asked = serializers.JSONField(help_text="As `simulate/` takes it.")
    expected = ExpectedShape()
    last = serializers.JSONField(allow_null=True, help_text="The last try: {at, revision, passed, differences}.")
    created_at = serializers.DateTimeField()
    created_by = serializers.JSONField(allow_null=True)


class ResultShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    passed = serializers.BooleanField()
    differences = serializers.ListField(child=serializers.CharField())
    path = serializers.ListField(child=serializers.CharField())


class TriedShape(serializers.Serializer[Any]):
    passed = serializers.IntegerField()
    failed = serializers.IntegerField()
    sentence = serializers.CharField()
    results = ResultShape(many=True)


class DocumentBody(serializers.Serializer[Any]):
    document = SimulateShape().fields["document"]

    def validate_document(self, value: Any) -> Any:
        return SimulateShape().validate_document(value)


def shown(one: Scenario) -> dict[str, Any]:
    return {
        "id": one.pk,
        "name": one.name,
        "asked": one.asked,
        "expected": one.expected,
        "last": one.last,
        "created_at": one.created_at.isoformat(),
        "created_by": person(one.created_by),
    }


class ScenariosView(APIView):
    """The scenarios of a workflow."""

    rules = {"GET": "workflow.read", "POST": "workflow.write"}

    @extend_schema(responses=ScenarioShape(many=True), operation_id="workflow_scenarios_list")
    def get(self, request: Request, pk: int) -> Response:
        workflow = get_object_or_404(Workflow, pk=pk)
        found = [shown(one) for one in workflow.scenarios.select_related("created_by")]
        return Response({"count": len(found), "next": None, "previous": None, "results": found})

    @extend_schema(request=ScenarioBody, responses={201: ScenarioShape})
    def post(self, request: Request, pk: int) -> Response:
        """Keep a way. Without `expected` it is tried at once, and what happens is what should happen from now on."""
        workflow = get_object_or_404(Workflow, pk=pk)
        body = ScenarioBody(data=request.data)
        body.is_valid(raise_exception=True)
        told = cast(dict[str, Any], request.data)  # the serializer has refused all else
        if workflow.scenarios.count() >= scenarios.MOST:
            raise TooMany
        expected = body.validated_data["expected"]
        if expected is None:
            expected = scenarios.expected_of(simulate(workflow, asked.values_of(body.validated_data)))
        made = Scenario.objects.create(
            workflow=workflow,
            name=body.validated_data["name"],
            asked={key: told[key] for key in ASKED if key in told},
            expected=expected,
            created_by=request.user if request.user.pk else None,
        )
        return Response(shown(made), status=201)


class ScenarioView(APIView):
    """One scenario."""

    rules = {"GET": "workflow.read", "PATCH": "workflow.write", "DELETE": "workflow.write"}

    def _find(self, pk: int, scenario: int) -> Scenario:
        return get_object_or_404(
            Scenario.objects.select_related("created_by", "workflow"),
            workflow_id=min(pk, 2**63 - 1),
            pk=min(scenario, 2**63 - 1),
        )

    @extend_schema(responses=ScenarioShape)
    def get(self, request: Request, pk: int, scenario: int) -> Response:
        return Response(shown(self._find(pk, scenario)))

    @extend_schema(request=ScenarioChange, responses=ScenarioShape)
    def patch(self, request: Request, pk: int, scenario: int) -> Response:
        one = self._find(pk, scenario)
        body = ScenarioChange(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        one.name = values.get("name", one.name)
        if "expected" in values:
            one.expected = values["expected"]
            if one.expected is None:
                one.expected = scenarios.expected_of(simulate(one.workflow, asked.read(one.asked)))
            one.last = None
        one.save()
        return Response(shown(one))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, scenario: int) -> Response:
        self._find(pk, scenario).delete()
        return Response(status=204)


class RunScenariosView(APIView):
    """Try all scenarios, on the draft or on a drawing that is not saved yet."""

    rules = {"POST": "workflow.write"}

    @extend_schema(request=DocumentBody, responses=TriedShape)
    def post(self, request: Request, pk: int) -> Response:
        workflow = get_object_or_404(Workflow, pk=pk)
        body = DocumentBody(data=request.data)
        body.is_valid(raise_exception=True)
        results = scenarios.run(workflow, document=body.validated_data["document"])
        failed = sum(not one.passed for one in results)
        return Response(
            {
                "passed": len(results) - failed,
                "failed": failed,
                "sentence": scenarios.sentence(results),
                "results": [one.as_json() for one in results],
            }
        )
