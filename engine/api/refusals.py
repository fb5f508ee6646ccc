"""Why somebody did not enter; kept for 7 days."""

from __future__ import annotations

import django_filters
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from engine.messaging.api.messages import MOST_ID
from engine.models import Refusal


class RefusalFilter(django_filters.FilterSet):
    workflow = django_filters.NumberFilter(field_name="workflow_id", min_value=1, max_value=MOST_ID)
    contact = django_filters.NumberFilter(field_name="contact_id", min_value=1, max_value=MOST_ID)
    reason = django_filters.CharFilter(field_name="reason")
    ordering = django_filters.OrderingFilter(fields=["id", "at"])

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
