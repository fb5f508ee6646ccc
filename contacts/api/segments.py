"""/api/segments/: conditions with a name, and who meets them."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts import clock, conditions
from contacts.api import body, shapes
from contacts.api.ordering import ordering
from contacts.api.shapes import ApiRefusal, ContactShape
from contacts.errors import Invalid, problem
from contacts.models import Contact, Segment

SAMPLE = 5


class SegmentShape(serializers.ModelSerializer):
    condition = serializers.JSONField(help_text="A tree of all, any and none over facts; see docs/format.md.")

    class Meta:
        model = Segment
        fields = ("id", "name", "description", "condition", "created_at", "updated_at")
        read_only_fields = ("created_at", "updated_at")

    def validate_condition(self, tree: Any) -> Any:
        check(tree)
        if self.instance is not None:
            _without_itself(tree, self.instance.pk)
        return tree

    def update(self, instance: Segment, validated_data: dict[str, Any]) -> Segment:
        saved: Segment = super().update(instance, {**validated_data, "updated_at": clock.now()})
        return saved


class SegmentPreview(serializers.Serializer):
    count = serializers.IntegerField()
    sample = ContactShape(many=True)


def check(tree: Any) -> None:
    """Raises `Invalid` with every problem of a condition and its place."""
    if not isinstance(tree, dict):
        raise Invalid(problems=[problem("condition", "A condition is an object: all, any or none, or one fact.")])
    body.object_from(tree)
    found = conditions.problems(tree)
    if found:
        raise Invalid(
            problems=[problem(f"condition.{one.path}" if one.path else "condition", one.message) for one in found]
        )


def _without_itself(tree: Any, pk: int) -> None:
    if any(leaf.get("fact") == "segment" and leaf.get("segment", leaf.get("is")) == pk for leaf in _leaves(tree)):
        raise Invalid(problems=[problem("condition", "A segment cannot contain itself.")])


def _leaves(tree: Any) -> list[dict[str, Any]]:
    if not isinstance(tree, dict):
        return []
    parts = [part for kind in ("all", "any", "none") for part in tree.get(kind) or []]
    return [leaf for part in parts for leaf in _leaves(part)] if parts else [tree]


def preview(tree: Any) -> dict[str, Any]:
    """How many meet a condition, and the newest five of them. Six queries."""
    found = conditions.matching(tree, Contact.objects.all())
    sample = list(found.with_details().order_by("-created_at", "-id")[:SAMPLE])
    return {"count": found.count(), "sample": shapes.shown_many(sample)}


class SegmentFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains")
    ordering = ordering("name", "created_at", "updated_at", "id")


class Segments(generics.ListCreateAPIView):
    rules = {"GET": "segment.read", "POST": "segment.write"}
    serializer_class = SegmentShape
    filterset_class = SegmentFilter
    queryset = Segment.objects.order_by("name", "id")


class OneSegment(generics.RetrieveUpdateDestroyAPIView):
    http_method_names = ["get", "patch", "delete", "head", "options"]
    rules = {"GET": "segment.read", "PATCH": "segment.write", "DELETE": "segment.write"}
    serializer_class = SegmentShape
    queryset = Segment.objects.all()


class PreviewSegment(APIView):
    """Who is in a segment."""

    rules = {"GET": "segment.read"}

    @extend_schema(responses={200: SegmentPreview, 404: ApiRefusal})
    def get(self, request: Request, pk: int) -> Response:
        return Response(preview(generics.get_object_or_404(Segment, pk=pk).condition))


class PreviewCondition(APIView):
    """Who would be in a segment that is not saved yet."""

    rules = {"POST": "segment.read"}

    @extend_schema(
        request={"application/json": {"type": "object", "properties": {"condition": {"type": "object"}}}},
        responses={200: SegmentPreview, 400: ApiRefusal},
    )
    def post(self, request: Request) -> Response:
        tree = body.object_of(request).get("condition")
        check(tree)
        return Response(preview(tree))
