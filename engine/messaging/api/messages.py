from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.filters import IdFilter
from contacts.errors import Gone
from contacts.models import Contact
from engine.messaging import plan, runs
from engine.messaging.api import shapes
from engine.messaging.models import Caught, Message, Status

_CHANNELS = [(channel, channel) for channel in ("email", "sms", "web_push", "mobile_push")]


class MessageFilter(django_filters.FilterSet):  # type: ignore[misc]
    contact = IdFilter(field_name="contact_id", label="Contact")
    channel = django_filters.ChoiceFilter(choices=_CHANNELS, label="Channel")
    status = django_filters.MultipleChoiceFilter(
        choices=[(status.label, status.label) for status in Status], method="by_status", label="One or more statuses"
    )
    run = IdFilter(method="by_run", label="Run")
    workflow = IdFilter(field_name="workflow_id", label="Workflow")
    node = django_filters.CharFilter(label="Step of the workflow")

    class Meta:
        model = Message
        fields: list[str] = []

    def by_status(self, messages: QuerySet[Message], name: str, words: list[str]) -> QuerySet[Message]:
        return messages.filter(status__in=[int(Status.of(word)) for word in words]) if words else messages

    def by_run(self, messages: QuerySet[Message], name: str, run: int) -> QuerySet[Message]:
        # With the contact it is one index range; without, every message would be looked at.
        contact = runs.contact_of(int(run))
        found = messages.filter(run_id=int(run))
        return found.filter(contact_id=contact) if contact is not None else found


class Messages(GenericAPIView):  # type: ignore[type-arg]
    """All messages, newest first."""

    rules = {"GET": "message.read"}
    queryset = Message.objects.select_related("content_version", "wording").order_by("-id")
    filterset_class = MessageFilter
    serializer_class = shapes.MessageShape

    @extend_schema(responses=shapes.MessageShape(many=True), tags=["messages"])
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(shapes.MessageShape(page, many=True).data)


class ContactMessages(Messages):
    """What one contact was sent, or was to be sent, newest first."""

    def get_queryset(self) -> QuerySet[Message]:
        messages = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return messages
        if not Contact.objects.filter(pk=self.kwargs["pk"]).exists():
            raise Gone
        return messages.filter(contact_id=self.kwargs["pk"])

    @extend_schema(responses=shapes.MessageShape(many=True), tags=["messages"])
    def get(self, request: Request, pk: int) -> Response:  # type: ignore[override]
        return super().get(request)


class OneMessage(GenericAPIView):  # type: ignore[type-arg]
    """One message and what became of it."""

    rules = {"GET": "message.read"}
    serializer_class = shapes.MessageShape
    filter_backends = []

    @extend_schema(responses=shapes.MessageShape, tags=["messages"])
    def get(self, request: Request, pk: int) -> Response:
        found = Message.objects.select_related("content_version", "wording")
        return Response(shapes.MessageShape(get_object_or_404(found, pk=pk)).data)


class Resend(GenericAPIView):  # type: ignore[type-arg]
    """Send a message that is in doubt or was rejected once more, by hand."""

    rules = {"POST": "run.retry"}
    serializer_class = shapes.Resent
    filter_backends = []

    @extend_schema(request=None, responses=shapes.Resent, tags=["messages"])
    def post(self, request: Request, pk: int) -> Response:
        get_object_or_404(Message, pk=pk)
        return Response({"planned": plan.resend([pk])})


class CaughtFilter(django_filters.FilterSet):  # type: ignore[misc]
    contact = IdFilter(field_name="contact_id", label="Contact")
    channel = django_filters.ChoiceFilter(choices=_CHANNELS, label="Channel")
    to = django_filters.CharFilter(label="Exactly this address")

    class Meta:
        model = Caught
        fields: list[str] = []


class CaughtMessages(GenericAPIView):  # type: ignore[type-arg]
    """What the catcher holds, newest first."""

    rules = {"GET": "message.read"}
    queryset = Caught.objects.defer("html", "text", "headers").order_by("-id")
    filterset_class = CaughtFilter
    serializer_class = shapes.CaughtInList

    @extend_schema(responses=shapes.CaughtInList(many=True), tags=["messages"])
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(shapes.CaughtInList(page, many=True).data)


class OneCaught(GenericAPIView):  # type: ignore[type-arg]
    """One caught message as it would have been sent. Show its HTML only in a sandboxed frame."""

    rules = {"GET": "message.read"}
    serializer_class = shapes.CaughtShape
    filter_backends = []

    @extend_schema(responses=shapes.CaughtShape, tags=["messages"])
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.CaughtShape(get_object_or_404(Caught, pk=pk)).data)
