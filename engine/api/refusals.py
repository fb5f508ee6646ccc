"""Why somebody did not enter; kept for 7 days."""

from __future__ import annotations

import django_filters
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from contacts.api.filters import IdFilter
from contacts.api.ordering import ordering
from engine.models import Refusal


class RefusalFilter(django_filters.FilterSet):
    workflow = IdFilter(field_name="workflow_id")
    contact = IdFilter(field_name="contact_id")
    reason = django_filters.CharFilter(field_name="reason")
    ordering = ordering("id", "at")

    class Meta:
        model = Refusal
        fields: tuple[str, ...] = ()


class RefusalSerializer(serializers.ModelSerializer):
    workflow_name = serializers.CharField(source="workflow.name")
    sentence = serializers.CharField()

    class Meta:
        model = Refusal
        fields = ("id", "workflow", "workflow_name", "contact", "event_id", "reason", "sentence", "why", "at")


class RefusalsView(ListAPIView):
    rules = {"GET": "refusal.read"}
    serializer_class = RefusalSerializer
    filterset_class = RefusalFilter
    queryset = Refusal.objects.select_related("workflow").order_by("-id")
