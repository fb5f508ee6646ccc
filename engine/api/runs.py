"""Runs: lists, one with its path, retry and cancel."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from contacts.api.filters import IdFilter
from contacts.api.ordering import ordering
from contacts.errors import Refused
from contacts.models import Contact
from engine import ending, history, outcomes, queue, retrying, work
from engine.models import Run, RunStatus
from engine.program import can_run, program

STATUSES = {status.word: status for status in RunStatus}


class RunFilter(django_filters.FilterSet):
    """`status` is active, ended, failed or removed."""

    status = django_filters.ChoiceFilter(choices=[(name, name) for name in STATUSES], method="by_status")
    workflow = IdFilter(field_name="workflow_id")
    contact = IdFilter(field_name="contact_id")
    version = IdFilter(field_name="version__number")
    node = django_filters.CharFilter(field_name="node")
    since = django_filters.IsoDateTimeFilter(field_name="entered_at", lookup_expr="gte")
    before = django_filters.IsoDateTimeFilter(field_name="entered_at", lookup_expr="lt")
    ordering = ordering("id", "entered_at", "started_at")

    class Meta:
        model = Run
        fields: tuple[str, ...] = ()

    def by_status(self, rows: QuerySet[Run], name: str, value: str) -> QuerySet[Run]:
        return rows.filter(status=STATUSES[value])


def named(contact: Contact) -> dict[str, Any]:
    """A contact as lists of runs show it."""
    name = " ".join(part for part in (contact.first_name, contact.last_name) if part)
    shown = name or contact.email or contact.phone or f"Contact {contact.pk}"
    words = shown.split()
    initials = (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
    return {"id": contact.pk, "name": shown, "email": contact.email, "initials": initials}


class RunSerializer(serializers.ModelSerializer):
    contact = serializers.SerializerMethodField()
    workflow = serializers.IntegerField(source="workflow_id")
    workflow_name = serializers.CharField(source="workflow.name")
    version = serializers.IntegerField(source="version.number")
    status = serializers.SerializerMethodField()
    outcome_label = serializers.SerializerMethodField()
    entered_at = serializers.DateTimeField(source="started_at")
    node_label = serializers.SerializerMethodField()
    step_at = serializers.DateTimeField(source="entered_at")

    class Meta:
        model = Run
        fields = (
            "id",
            "contact",
            "workflow",
            "workflow_name",
            "version",
            "status",
            "outcome",
            "outcome_label",
            "entered_at",
            "ended_at",
            "node",
            "node_label",
            "step_at",
            "due_at",
            "error",
        )

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_contact(self, run: Run) -> dict[str, Any]:
        return named(run.contact)

    def get_status(self, run: Run) -> str:
        return RunStatus(run.status).word

    def get_outcome_label(self, run: Run) -> str:
        return outcomes.words(run.outcome) if run.outcome else ""

    def get_node_label(self, run: Run) -> str:
        node = program(run.version_id).nodes.get(run.node) if can_run(run.version_id) else None
        return node.label if node else run.node


class RunViews(ListModelMixin, GenericViewSet):
    """Who is where, newest step first."""

    serializer_class = RunSerializer
    filterset_class = RunFilter
    queryset = Run.objects.select_related("contact", "workflow", "version").order_by("-entered_at", "-id")
    rules = {"GET": "run.read", "retry": "run.retry", "cancel": "run.cancel"}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def retrieve(self, request: Request, pk: str) -> Response:
        run = self._run(pk)
        return Response({**self.get_serializer(run).data, "visits": history.path_json([run])[0]["visits"]})

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Open the failed step again for this contact. A run that has moved on gets its message issued again."""
        run = self._run(pk)
        retrying.retry([run.pk])
        queue.ring(work.ENGINE)
        queue.ring(work.OUTBOX)
        return self.retrieve(request, pk)

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """End this run where it stands. What is on its way already still arrives."""
        run = self._run(pk)
        with transaction.atomic():
            if not ending.end([run.pk], "cancelled", why=[["ended", "cancelled"]]):
                raise AlreadyOver
        return self.retrieve(request, pk)

    def _run(self, pk: str) -> Run:
        if not str(pk).isdigit():
            raise Http404
        found: Run = get_object_or_404(self.get_queryset(), pk=pk)
        return found


class AlreadyOver(Refused):
    """This run is over already."""

    status = 409
