"""The customer's own fields: define, change, remove."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from contacts import columns, fields, locks
from contacts.errors import Invalid, problem
from contacts.models import Contact, Field
from contacts.models.fields import TYPES


def define(*, key: str, label: str, type: str = "text", choices: Collection[str] = (), pk: int | None = None) -> Field:
    """Make a field, or change the one with `pk`. The type of a field that holds values cannot change."""
    options = check(key=key, type=type, choices=choices, pk=pk)
    field = Field.objects.get(pk=pk) if pk else Field()
    field.key, field.label, field.type, field.choices = key, label, type, options
    field.save()
    return field


def check(*, key: str, type: str, choices: Collection[str], pk: int | None = None) -> list[str]:
    """The choices as they will be kept; raises `Invalid` with all problems."""
    problems = []
    if key in columns.TAKEN:
        problems.append(problem("key", f"Every contact has “{key}” already."))
    if type not in TYPES:
        problems.append(problem("type", f"A type is one of: {', '.join(TYPES)}."))
    options = list(dict.fromkeys(str(choice).strip() for choice in choices if str(choice).strip()))
    if type == "choice" and not options:
        problems.append(problem("choices", "Name at least one text to choose from."))
    if Field.objects.filter(key=key).exclude(pk=pk or 0).exists():
        problems.append(problem("key", "There is a field with this key already."))
    before = Field.objects.filter(pk=pk).first() if pk else None
    if before and (before.type, before.key) != (type, key) and Contact.objects.filter(fields__has_key=before.key):
        problems.append(problem("type", "Contacts hold values of this field: make another field instead."))
    if problems:
        raise Invalid(problems=problems)
    return options if type == "choice" else []


def remove(field: Field) -> None:
    """Delete a field and its values from every contact, silently, a thousand contacts a transaction."""
    field.delete()
    while True:
        with transaction.atomic():
            ids = Contact.objects.filter(fields__has_key=field.key).order_by("pk").values_list("pk", flat=True)[:1000]
            locks.lock(ids)
            contacts = list(Contact.objects.filter(pk__in=list(ids)))
            for contact in contacts:
                contact.fields.pop(field.key, None)
            fields.save(contacts)
        if not contacts:
            return
