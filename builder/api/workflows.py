from __future__ import annotations

from typing import Any

import django_filters  # type: ignore[import-untyped]
from django.contrib.auth import get_user_model
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from builder import access, people
from builder.actions.change import change
from builder.actions.create import create
from builder.actions.delete import delete
from builder.api import shapes
from builder.api.door import BuilderView, body_of
from builder.api.shown import workflow_in_list, workflow_shown
from builder.models import Workflow, WorkflowVersion
from contacts.api.ordering import ordering


class WorkflowFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name")
    status = django_filters.MultipleChoiceFilter(choices=Workflow.Status.choices, label="One or more statuses")
    tactic = django_filters.CharFilter(label="Exactly this tactic")
    template = django_filters.CharFilter(label="Made from this library workflow")
    owner = django_filters.NumberFilter(field_name="owner_id", label="Owner", min_value=1, max_value=2**31 - 1)
    ordering = ordering("name", "status", "updated_at", "created_at", "id")

    class Meta:
        model = Workflow
        fields: list[str] = []


class Workflows(BuilderView, GenericAPIView):  # type: ignore[type-arg]
    """All workflows, newest first."""

    rules = {"GET": "workflow.read", "POST": "workflow.write"}
    filterset_class = WorkflowFilter
    serializer_class = shapes.WorkflowInList

    def get_queryset(self) -> QuerySet[Workflow]:
        # Numbers count up from one, so the last number is how many there are.
        last = WorkflowVersion.objects.filter(workflow=OuterRef("pk")).order_by("-number").values("number")[:1]
        found = Workflow.objects.select_related("live_version", "owner").defer("draft", "live_version__document")
        return found.annotate(version_count=Coalesce(Subquery(last), 0)).order_by("-updated_at", "-id")

    @extend_schema(responses=shapes.WorkflowInList(many=True), tags=["builder"])
    def get(self, request: Request) -> Response:
        page: list[Workflow] = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        inside = people.totals([workflow.pk for workflow in page])
        return self.get_paginated_response(
            [workflow_in_list(workflow, inside.get(workflow.pk, 0), request.user) for workflow in page]
        )

    @extend_schema(
        request=shapes.NewWorkflow,
        responses={201: shapes.WorkflowShape, 400: shapes.Refused, 413: shapes.Refused},
        tags=["builder"],
    )
    def post(self, request: Request) -> Response:
        """A new workflow: empty, or with an exported document."""
        body = body_of(request)
        asked = shapes.NewWorkflow(data=body)
        asked.is_valid(raise_exception=True)
        made = create(name=asked.validated_data["name"], user=request.user, document=body.get("document"))
        return Response(workflow_shown(access.workflow(made.pk), request.user), status=201)


class OneWorkflow(BuilderView):
    """One workflow: what it is and how it stands."""

    rules = {"GET": "workflow.read", "PATCH": "workflow.write", "DELETE": "workflow.write"}

    @extend_schema(responses=shapes.WorkflowShape, tags=["builder"])
    def get(self, request: Request, pk: int) -> Response:
        return Response(workflow_shown(access.workflow(pk), request.user))

    @extend_schema(request=shapes.WorkflowChange, responses=shapes.WorkflowShape, tags=["builder"])
    def patch(self, request: Request, pk: int) -> Response:
        """Name, tactic, objectives, owner. The drawing is changed by PUT on the draft."""
        asked = shapes.WorkflowChange(data=body_of(request))
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(asked.validated_data)
        if values.get("owner") is not None:
            values["owner"] = get_user_model().objects.filter(pk=values["owner"], is_active=True).first()
            if values["owner"] is None:
                raise ValidationError({"owner": ["This person does not exist."]})
        change(access.workflow(pk), values, user=request.user)
        return Response(workflow_shown(access.workflow(pk), request.user))

    @extend_schema(
        responses={204: OpenApiResponse(description="Gone."), 409: shapes.Refused}, tags=["builder"], request=None
    )
    def delete(self, request: Request, pk: int) -> HttpResponse:
        """Only a draft that was never published can be deleted."""
        delete(access.workflow(pk))
        return Response(status=204)
