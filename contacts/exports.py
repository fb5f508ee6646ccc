"""Contacts out again: many as CSV, one with everything we hold."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from contacts import holdings
from contacts.columns import BUILT_IN
from contacts.models import CHANNELS, Contact, Field, Topic
from contacts.streaming import attachment

_CHUNK = 1_000
# Spreadsheets run what begins so (OWASP: CSV injection). Plain numbers, also with a sign, are harmless.
_DANGEROUS = re.compile(r"^[=+\-@\t\r\n|%]")
_NUMBER = re.compile(r"^[+-]?[0-9]+(?:\.[0-9]+)?$")


def guarded(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; our own import takes the guard off again."""
    if isinstance(value, str) and _DANGEROUS.match(value) and not _NUMBER.match(value):
        return "'" + value
    return value


def contacts_csv(contacts: QuerySet[Contact]) -> Iterator[str]:
    """Lines of a CSV file, a thousand contacts in memory at a time. The headings are what our import understands."""
    own = list(Field.objects.order_by("key").values_list("key", flat=True))
    subjects = [*CHANNELS, *Topic.objects.order_by("slug").values_list("slug", flat=True)]
    writer = csv.writer(_Echo())
    yield writer.writerow([*BUILT_IN, *own, "tags", "lists", *(f"consent:{subject}" for subject in subjects)])
    rows = contacts.order_by("pk").prefetch_related("tags", "lists", "consents").iterator(chunk_size=_CHUNK)
    for contact in rows:
        said = {row.subject: row.state for row in contact.consents.all()}
        cells = [
            *(getattr(contact, key) for key in BUILT_IN),
            *(contact.fields.get(key) for key in own),
            ";".join(sorted(tag.name for tag in contact.tags.all())),
            ";".join(sorted(one.slug for one in contact.lists.all())),
            *(said.get(subject, "") for subject in subjects),
        ]
        yield writer.writerow(["" if cell is None else guarded(cell) for cell in cells])


def csv_response(request: HttpRequest, contacts: QuerySet[Contact]) -> StreamingHttpResponse:
    """The same as a download, in UTF-8 with the mark by which spreadsheets know it."""

    def pieces() -> Iterator[bytes]:
        yield b"\xef\xbb\xbf"
        for line in contacts_csv(contacts):
            yield line.encode()

    return attachment(request, pieces(), "contacts.csv", "text/csv; charset=utf-8")


def everything(contact: Contact) -> dict[str, Any]:
    """All that is held about one person, by table: found by walking every table, so that none is forgotten.

    Values are plain JSON. For the person who asks for their data.
    """
    held: dict[str, Any] = {"contact": _row(contact)}
    for holding in holdings.holdings():
        rows = [_row(row) for row in holding.of([contact.pk])]
        if rows:
            held.setdefault(holding.model._meta.label_lower, []).extend(rows)
    for hook in holdings.exporters:
        held |= hook(contact)
    return held


def _row(row: Any) -> dict[str, Any]:
    encoder = DjangoJSONEncoder()
    plain = (str, int, float, bool, dict, list, type(None))
    found: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if isinstance(value, bytes | memoryview):
            value = bytes(value).decode("utf-8", "replace")
        found[field.attname] = value if isinstance(value, plain) else encoder.default(value)
    return found


class _Echo:
    """A file that hands back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line
