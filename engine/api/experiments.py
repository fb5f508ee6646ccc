"""How a workflow's experiments stand."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder.models import Workflow, WorkflowVersion
from engine import experiments
from engine.program import program


class ArmShape(serializers.Serializer):
    port = serializers.CharField()
    name = serializers.CharField()
    weight = serializers.FloatField()
    came = serializers.IntegerField(help_text="who went this way")
    people = serializers.IntegerField(help_text="of them, whose time is over")
    did = serializers.IntegerField(help_text="of these, who did it in time")
    rate = serializers.FloatField()


class ExperimentShape(serializers.Serializer):
    node = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of its own beside DRF's
    metric = serializers.ChoiceField(["clicked", "opened", "goal", "event"])
    event = serializers.CharField()
    window = serializers.CharField()
    least = serializers.IntegerField()
    decide = serializers.ChoiceField(["confidence", "date"])
    date = serializers.DateField(allow_null=True)
    then = serializers.ChoiceField(["winner", "report"])
    decided_at = serializers.DateTimeField(allow_null=True)
    winner = serializers.CharField(allow_null=True, help_text="the best way's port; null: open, or no difference")
    p = serializers.FloatField(allow_null=True)
    said = serializers.CharField()
    arms = ArmShape(many=True)


class ExperimentsView(APIView):
    """The experiments of the running version, or of `?version=n`: each with its ways and how they do."""

    rules = {"GET": "counts.read"}

    @extend_schema(
        parameters=[OpenApiParameter("version", int, description="version number; without it the running version")],
        responses=ExperimentShape(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        workflow = get_object_or_404(Workflow, pk=pk)
        wanted = request.query_params.get("version")
        versions = WorkflowVersion.objects.filter(workflow=workflow).order_by("-number")
        if wanted:
            versions = (
                versions.filter(number=int(wanted)) if wanted.isdecimal() and len(wanted) < 10 else versions.none()
            )
        elif workflow.live_version_id:
            versions = versions.filter(pk=workflow.live_version_id)
        version = versions.only("pk").first()
        if version is None:
            if wanted:
                raise Http404
            return Response([])
        prog = program(version.pk)
        return Response([experiments.results(prog, node) for node in experiments.nodes(prog)])
