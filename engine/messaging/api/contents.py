from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.ordering import ordering
from contacts.errors import Invalid, problem
from engine.messaging import content as verbs
from engine.messaging.api import shapes
from engine.messaging.errors import Problem, Unsavable
from engine.messaging.models import Content
from engine.messaging.preview import preview


class ContentFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name")
    channel = django_filters.ChoiceFilter(choices=[(one, one) for one in verbs.CHANNELS], label="email or sms")
    topic = django_filters.CharFilter(label="Exactly this topic")
    ordering = ordering("name", "updated_at", "id")

    class Meta:
        model = Content
        fields: list[str] = []


class Contents(GenericAPIView):  # type: ignore[type-arg]
    """All contents by name."""

    rules = {"GET": "content.read", "POST": "content.write"}
    queryset = Content.objects.order_by("name", "id")
    filterset_class = ContentFilter
    serializer_class = shapes.ContentInList

    def get_queryset(self) -> QuerySet[Content]:
        return super().get_queryset().defer("html", "text")

    @extend_schema(responses=shapes.ContentInList(many=True), tags=["contents"])
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(shapes.ContentInList(page, many=True).data)

    @extend_schema(
        request=shapes.ContentShape, responses={201: shapes.SavedContent, 400: shapes.ContentRefused}, tags=["contents"]
    )
    def post(self, request: Request) -> Response:
        asked = shapes.ContentShape(data=request.data)
        asked.is_valid(raise_exception=True)
        content = Content(**asked.validated_data)
        return Response(_save(content, request), status=201)


class OneContent(GenericAPIView):  # type: ignore[type-arg]
    """One content with its words. Saving changed words makes a new version; messages keep the one they were planned with."""

    rules = {"GET": "content.read", "PATCH": "content.write", "DELETE": "content.write"}
    serializer_class = shapes.SavedContent
    filter_backends = []

    @extend_schema(responses=shapes.SavedContent, tags=["contents"])
    def get(self, request: Request, pk: int) -> Response:
        content = get_object_or_404(Content.objects.select_related("updated_by"), pk=pk)
        return Response(_saved(content, verbs.problems(content)))

    @extend_schema(
        request=shapes.ContentShape, responses={200: shapes.SavedContent, 400: shapes.ContentRefused}, tags=["contents"]
    )
    def patch(self, request: Request, pk: int) -> Response:
        content = get_object_or_404(Content, pk=pk)
        asked = shapes.ContentShape(content, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        for name, value in asked.validated_data.items():
            setattr(content, name, value)
        return Response(_save(content, request))

    @extend_schema(responses={204: None, 409: shapes.ContentRefused}, tags=["contents"])
    def delete(self, request: Request, pk: int) -> Response:
        verbs.delete(get_object_or_404(Content, pk=pk))
        return Response(status=204)


class Render(GenericAPIView):  # type: ignore[type-arg]
    """The content as a contact would get it. Nothing is stored or sent."""

    rules = {"POST": "content.read"}
    serializer_class = shapes.Rendered
    filter_backends = []

    @extend_schema(request=shapes.RenderAsked, responses=shapes.Rendered, tags=["contents"])
    def post(self, request: Request, pk: int) -> Response:
        content = get_object_or_404(Content, pk=pk)
        asked = shapes.RenderAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        words = asked.validated_data
        for name in ("subject", "preheader", "html", "text"):
            if name in words:
                setattr(content, name, words[name])
        return Response(shapes.Rendered(preview(content, contact_id=words.get("contact"))).data)


def _save(content: Content, request: Request) -> dict[str, object]:
    try:
        return _saved(content, verbs.save(content, user=request.user))
    except Unsavable as refused:
        told = [problem(one.field, one.message) for one in refused.problems]
        raise Invalid(str(refused), told) from refused


def _saved(content: Content, problems: list[Problem]) -> dict[str, object]:
    told = [one._asdict() for one in problems]
    return {**shapes.ContentShape(content).data, "problems": told}
