"""How contacts and what belongs to them look as JSON; the schema is drawn from here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from contacts.models import CHANNELS, Contact, Topic


class ApiProblem(serializers.Serializer):
    node = serializers.CharField(allow_null=True)
    field = serializers.CharField(allow_null=True)
    message = serializers.CharField()


class ApiRefusal(serializers.Serializer):
    """What every error looks like."""

    detail = serializers.CharField()
    problems = ApiProblem(many=True)


class ContactShape(serializers.Serializer):
    """A contact. Consents are in, out or unknown by channel and topic."""

    id = serializers.IntegerField(read_only=True)
    email = serializers.CharField(allow_null=True, required=False)
    phone = serializers.CharField(allow_null=True, required=False, help_text="Kept as E.164.")
    external_id = serializers.CharField(allow_null=True, required=False)
    first_name = serializers.CharField(required=False)
    last_name = serializers.CharField(required=False)
    language = serializers.CharField(required=False)
    time_zone = serializers.CharField(required=False, help_text="IANA name; empty is the workspace's.")
    fields = serializers.DictField(required=False, help_text="Custom fields by key.")  # type: ignore[assignment]
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    lists = serializers.ListField(child=serializers.CharField(), required=False, help_text="Slugs.")
    consents = serializers.DictField(child=serializers.ChoiceField(["in", "out", "unknown"]), required=False)
    score = serializers.IntegerField(required=False)
    is_demo = serializers.BooleanField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


def subjects() -> list[str]:
    """Channels and topics: the keys of a contact's consents. One query."""
    return [*CHANNELS, *Topic.objects.order_by("slug").values_list("slug", flat=True)]


def shown(contact: Contact, keys: Iterable[str] | None = None) -> dict[str, Any]:
    """One contact as JSON. For many, pass `subjects()` and read them `with_details()`."""
    said = {row.subject: row.state for row in contact.consents.all()}
    return {
        "id": contact.pk,
        "email": contact.email,
        "phone": contact.phone,
        "external_id": contact.external_id,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "language": contact.language,
        "time_zone": contact.time_zone,
        "fields": contact.fields,
        "tags": sorted(tag.name for tag in contact.tags.all()),
        "lists": sorted(one.slug for one in contact.lists.all()),
        "consents": {key: said.get(key, "unknown") for key in (subjects() if keys is None else keys)},
        "score": contact.score,
        "is_demo": contact.is_demo,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
    }


def shown_many(contacts: Iterable[Contact]) -> list[dict[str, Any]]:
    keys = subjects()
    return [shown(contact, keys) for contact in contacts]
