"""/api/contacts/: the list, one contact, its tags, consents and events."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts import erasure, saving, tags
from contacts.api import body, shapes
from contacts.api.ordering import ordering
from contacts.api.shapes import ApiRefusal, ContactShape
from contacts.conditions import matching
from contacts.errors import Gone
from contacts.models import Contact, Segment
from contacts.models.contact import ContactQuerySet

_EXAMPLE = OpenApiExample(
    "A contact",
    {"email": "alice@example.com", "first_name": "Alice", "tags": ["vip"], "consents": {"email": "in"}},
    request_only=True,
)


class ContactFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_search", label="Start of an address or number, or part of a name")
    email = django_filters.CharFilter(method="by_email", label="The whole address")
    phone = django_filters.CharFilter(field_name="phone")
    external_id = django_filters.CharFilter(field_name="external_id")
    tag = django_filters.CharFilter(method="by_tag")
    list = django_filters.CharFilter(method="by_list", label="A list's slug")
    consent = django_filters.CharFilter(method="by_consent", label="email:in, sms:out, newsletter:unknown")
    segment = django_filters.ModelChoiceFilter(queryset=Segment.objects.all(), method="by_segment")
    is_demo = django_filters.BooleanFilter(field_name="is_demo")
    ordering = ordering("created_at", "updated_at", "email", "first_name", "last_name", "score", "id")

    class Meta:
        model = Contact
        fields: list[str] = []

    def by_search(self, found: ContactQuerySet, name: str, value: str) -> ContactQuerySet:
        return found.search(value)

    def by_email(self, found: ContactQuerySet, name: str, value: str) -> ContactQuerySet:
        return found.filter(email=value.strip().lower())

    def by_tag(self, found: ContactQuerySet, name: str, value: str) -> ContactQuerySet:
        return found.tagged(value)

    def by_list(self, found: ContactQuerySet, name: str, value: str) -> ContactQuerySet:
        return found.in_list(value)

    def by_consent(self, found: ContactQuerySet, name: str, value: str) -> ContactQuerySet:
        subject, _, state = value.partition(":")
        return found.with_consent(subject, state or "in")

    def by_segment(self, found: ContactQuerySet, name: str, value: Segment) -> ContactQuerySet:
        return matching(value.condition, found)


class Contacts(generics.ListAPIView):
    """People, newest first."""

    rules = {"GET": "contact.read", "POST": "contact.write"}
    filterset_class = ContactFilter
    serializer_class = ContactShape

    def get_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.with_details().order_by("-created_at", "-id")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.shown_many(page or []))

    @extend_schema(request=ContactShape, responses={200: ContactShape, 201: ContactShape, 400: ApiRefusal, 409: ApiRefusal},
                   examples=[_EXAMPLE])  # fmt: skip
    def post(self, request: Request) -> Response:
        """Make a contact, or change the one with this external_id or email (200 instead of 201)."""
        saved = saving.save_new(body.object_of(request), by_user=request.user)
        return Response(shapes.shown(saved.contact), status=201 if saved.created else 200)


class OneContact(APIView):
    """One person."""

    rules = {"GET": "contact.read", "PATCH": "contact.write", "DELETE": "contact.write"}

    @extend_schema(responses={200: ContactShape, 404: ApiRefusal})
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.shown(contact_or_gone(pk)))

    @extend_schema(request=ContactShape, responses={200: ContactShape, 400: ApiRefusal, 409: ApiRefusal})
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is named; null clears. Tags and lists, if named, are then exactly those."""
        contact_or_gone(pk)
        return Response(shapes.shown(saving.save_changes(pk, body.object_of(request), by_user=request.user)))

    @extend_schema(responses={204: None, 404: ApiRefusal})
    def delete(self, request: Request, pk: int) -> Response:
        """Erase this person everywhere. Proof of consent stays, keyed by a hash."""
        contact_or_gone(pk)
        erasure.erase([pk])
        return Response(status=204)


class ContactTags(APIView):
    """A contact's tags."""

    rules = {"POST": "contact.tag"}

    @extend_schema(
        request={"application/json": {"type": "object", "properties": {
            "add": {"type": "array", "items": {"type": "string"}},
            "remove": {"type": "array", "items": {"type": "string"}}}}},
        responses={200: ContactShape, 400: ApiRefusal},
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        """Add and remove tags; what is there already, or not there, changes nothing."""
        contact_or_gone(pk)
        asked = body.object_of(request)
        add, remove = body.texts(asked, "add"), body.texts(asked, "remove")
        tags.names_of([*add, *remove])
        tags.add([pk], add, by_user=request.user)
        tags.remove([pk], remove, by_user=request.user)
        return Response(shapes.shown(contact_or_gone(pk)))


def contact_or_gone(pk: int) -> Contact:
    contact = Contact.objects.with_details().filter(pk=pk).first()
    if contact is None:
        raise Gone
    return contact
