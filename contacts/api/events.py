"""/api/events/: what happened elsewhere comes in; /api/contacts/{id}/events/: what happened to one contact."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts import identity
from contacts.api import body
from contacts.api.contacts import contact_or_gone
from contacts.api.shapes import ApiRefusal
from contacts.columns import Columns
from contacts.errors import Invalid, Problem, problem
from contacts.events import OUTSIDE, RESERVED, NewEvent, record_many
from contacts.models import Contact, Event
from contacts.normalise import text
from contacts.payload import checked

MOST = 1_000
_KEYS = frozenset({"id", "contact", "name", "properties", "occurred_at"})


class EventIn(serializers.Serializer):
    """Something that happened. An unknown contact is made."""

    id = serializers.CharField(required=False, help_text="Unique: the same id again changes nothing.")
    contact = serializers.DictField(help_text='{"email": ...}, {"external_id": ...} or {"id": ...}')
    name = serializers.CharField()
    properties = serializers.DictField(required=False)
    occurred_at = serializers.DateTimeField(required=False, help_text="With a time zone; never after the receipt.")


class EventAnswer(serializers.Serializer):
    id = serializers.CharField(allow_null=True)
    contact = serializers.IntegerField()
    recorded = serializers.BooleanField(help_text="False: this id was known, nothing changed.")


class EventShape(serializers.ModelSerializer):
    workflow = serializers.IntegerField(source="workflow_id", allow_null=True, read_only=True)
    run = serializers.IntegerField(source="run_id", allow_null=True, read_only=True)

    class Meta:
        model = Event
        fields = ("id", "name", "properties", "occurred_at", "received_at", "key", "workflow", "run")


class Events(APIView):
    """The door for other systems."""

    rules = {"POST": "event.write"}

    @extend_schema(
        request=EventIn,
        responses={200: EventAnswer, 201: EventAnswer, 400: ApiRefusal},
        examples=[
            OpenApiExample(
                "A purchase",
                {"id": "order-1", "contact": {"email": "alice@example.com"}, "name": "purchase",
                 "properties": {"order_id": "1", "value": 49.9, "quantity": 2}},
                request_only=True,
            )
        ],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Record one event, or a list of up to 1,000, all or none. 201 if anything was new, 200 if all was known."""
        wanted = body.objects_of(request, MOST)
        answers = receive(wanted)
        status = 201 if any(answer["recorded"] for answer in answers) else 200
        return Response(answers if isinstance(request.data, list) else answers[0], status=status)


def receive(wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Check, find or make the contacts, record. One transaction."""
    problems: list[Problem] = []
    parsed = [_parse(one, f"{number}." if len(wanted) > 1 else "", problems) for number, one in enumerate(wanted)]
    if problems:
        raise Invalid(problems=problems)
    with transaction.atomic():
        contact_ids = _contacts(wanted)
        rows = [
            NewEvent(contact_id, name, properties, occurred_at, key)
            for contact_id, (name, properties, occurred_at, key) in zip(contact_ids, parsed, strict=True)
        ]
        # What is recorded comes back in the order given, without what was known: read the two side by side.
        recorded = record_many(rows)
    known, place = [], 0
    for row in rows:
        new = place < len(recorded) and recorded[place].contact_id == row.contact_id and (
            recorded[place].name == row.name and recorded[place].properties is row.properties
        )  # fmt: skip
        place += new
        known.append({"id": row.key, "contact": row.contact_id, "recorded": new})
    return known


def _parse(
    one: dict[str, Any], place: str, problems: list[Problem]
) -> tuple[str, dict[str, Any], datetime | None, str | None]:
    def wrong(field: str, message: str) -> None:
        problems.append(problem(place + field, message))

    name, key, at = "", one.get("id"), None
    try:
        name = text(one.get("name"), 80)
    except ValueError as error:
        wrong("name", str(error))
    if not name:
        wrong("name", "An event needs a name.")
    elif name in RESERVED and name not in OUTSIDE:
        wrong("name", f"“{name}” is recorded by Trellis itself. Choose another name.")
    if key is not None:
        key = str(key) if isinstance(key, str | int) and not isinstance(key, bool) else ""
        if not 0 < len(key) <= 200:
            wrong("id", "An id is a text of 1 to 200 characters.")
    properties = one.get("properties", {})
    try:
        if not isinstance(properties, dict):
            raise ValueError("This must be an object.")
        checked(properties)
    except ValueError as error:
        wrong("properties", str(error))
    if not isinstance(one.get("contact"), dict):
        wrong("contact", "Name the contact: {“email”: …}, {“external_id”: …} or {“id”: …}.")
    if one.get("occurred_at") is not None:
        try:
            at = datetime.fromisoformat(str(one["occurred_at"]))
            if at.tzinfo is None:
                raise ValueError
        except ValueError:
            wrong("occurred_at", "This must be a time with its zone, such as 2026-11-22T09:00:00Z.")
    for unknown in one.keys() - _KEYS:
        wrong(unknown[:80], "An event has nothing of this name.")
    return name, properties, at, key


def _contacts(wanted: list[dict[str, Any]]) -> list[int]:
    """The contact of each event, made where it is not known. At most a dozen queries."""
    catalogue = Columns.load()

    def prefix(number: int) -> str:
        return f"{number}.contact" if len(wanted) > 1 else "contact"

    by_id = {number: one["contact"]["id"] for number, one in enumerate(wanted) if "id" in one["contact"]}
    asked = {number: pk for number, pk in by_id.items() if type(pk) is int and 0 < pk < 2**63}
    known = set(Contact.objects.filter(pk__in=set(asked.values())).values_list("pk", flat=True))
    problems = [
        problem(prefix(number), "There is no such contact.") for number in by_id if asked.get(number) not in known
    ]
    others = [number for number in range(len(wanted)) if number not in by_id]
    people = [identity.clean(_flat(wanted[number]["contact"]), catalogue) for number in others]
    for number, person in zip(others, people, strict=True):
        problems += [problem(f"{prefix(number)}.{found['field']}", found["message"]) for found in person.problems]
    if problems:
        raise Invalid(problems=problems)
    found = dict(by_id)
    for number, outcome in zip(others, identity.upsert_many(people, source="event"), strict=True):
        if outcome.contact_id is None:
            problems += [problem(prefix(number), one["message"]) for one in outcome.problems]
        else:
            found[number] = outcome.contact_id
    if problems:
        raise Invalid(problems=problems)
    return [found[number] for number in range(len(wanted))]


def _flat(contact: dict[str, Any]) -> dict[str, Any]:
    own = contact.get("fields")
    return {
        **{key: value for key, value in contact.items() if key != "fields"},
        **(own if isinstance(own, dict) else {}),
    }


class EventFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(field_name="name")
    since = django_filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="lt")

    class Meta:
        model = Event
        fields: list[str] = []


class ContactEvents(generics.ListAPIView):
    """What happened to one contact, newest first."""

    rules = {"GET": "contact.read"}
    serializer_class = EventShape
    filterset_class = EventFilter

    def get_queryset(self) -> QuerySet[Event]:
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        contact_or_gone(self.kwargs["pk"])
        return Event.objects.filter(contact_id=self.kwargs["pk"]).order_by("-occurred_at", "-id")
