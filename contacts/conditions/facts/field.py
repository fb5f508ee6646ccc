from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast
from pydantic import Field as Setting

from contacts.clock import from_micros
from contacts.conditions import zones
from contacts.conditions.columns import Columns, micros
from contacts.conditions.comparing_sql import JsonRaw, Source, comparison_q, json_source
from contacts.conditions.comparison import DATES, Comparison, comparison_words, holds
from contacts.conditions.fact import Answer, Fact, Names, Reader, Row
from contacts.conditions.known import known
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject
from contacts.models import Field

# What every contact has, with the type whose operators apply.
BUILT_IN: dict[str, str] = {
    "first_name": "text",
    "last_name": "text",
    "email": "text",
    "phone": "text",
    "external_id": "text",
    "language": "text",
    "time_zone": "text",
    "score": "number",
    "created_at": "datetime",
}
# An empty Q would not do: its opposite holds for everybody too.
ALWAYS = Q(pk__isnull=False)
NULLABLE = ("email", "phone", "external_id")


class Asked(Comparison):
    field: str = Setting(
        title="Field",
        pattern=r"^[a-z][a-z0-9_]{0,59}$",
        json_schema_extra={"x-widget": "field", "x-built-in": dict[str, Any](BUILT_IN)},
    )


@register
class ContactField(Fact):
    """Compares a field of the contact: its name, language, score, when it was added, or a field of your own."""

    fact = "field"
    label = "Contact field"
    group = "contact"
    examples = (
        {"fact": "field", "field": "first_name", "op": "is", "value": "Alice"},
        {"fact": "field", "field": "city", "op": "in", "value": ["Warsaw", "Kraków"]},
        {"fact": "field", "field": "score", "op": "between", "value": 10, "to": 20},
        {"fact": "field", "field": "created_at", "op": "within_last", "value": "P30D"},
        {"fact": "field", "field": "renewal", "op": "before", "value": "P7D"},
        {"fact": "field", "field": "phone", "op": "not_set"},
    )
    Settings = Asked

    def by_clock(self, leaf: Asked) -> bool:
        return leaf.op in DATES

    def sql(self, leaf: Asked, scope: Scope) -> Q:
        return comparison_q(leaf, _source(leaf.field), scope, "time_zone")

    def reader(self, leaf: Asked, columns: Columns) -> Reader:
        key, now = leaf.field, columns.scope.now
        built_in = BUILT_IN.get(key)
        zone = columns.field("time_zone") if leaf.op in DATES else None
        home = columns.scope.home if zone is not None else None
        prefix = columns.scope.prefix
        if built_in is None:
            place = columns.add(JsonRaw(F(f"{prefix}fields"), key), ("json", key))
        elif built_in == "datetime":
            place = columns.moment(prefix + key)
        else:
            place = columns.field(key)

        def read(row: Row) -> Answer:
            value = row[place]
            if built_in is None:
                value = raw_value(value)
            elif built_in == "datetime":
                value = from_micros(value)

            def own_zone() -> tzinfo:
                assert zone is not None and home is not None
                return zones.zone_of(row[zone], home)

            return Answer(holds(leaf, value, now, own_zone), _seen(key, value))

        return read

    def ask(self, leaf: Asked, subject: Subject) -> Answer:
        contact = subject.contact
        value = getattr(contact, leaf.field) if leaf.field in BUILT_IN else (contact.fields or {}).get(leaf.field)
        found = holds(leaf, value, subject.now, lambda: zones.zone_of(contact.time_zone, subject.home))
        return Answer(found, _seen(leaf.field, value))

    def topics(self, leaf: Asked) -> Iterable[str]:
        return ("field_changed",)

    def problems(self, leaf: Asked, graph: Any) -> Iterable[tuple[str, str]]:
        if leaf.field not in BUILT_IN and leaf.field not in known("fields", _fields):
            yield "field", f"There is no contact field “{leaf.field}”."

    def words(self, leaf: Asked, names: Names) -> str:
        return f"{_called(leaf.field)} {comparison_words(leaf)}"

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        found = seen.get("value")
        if isinstance(found, bool):
            found = "yes" if found else "no"
        return f"{_called(str(seen.get('field', ''))).lower()}: {'not set' if found is None or found == '' else found}"


def _fields() -> set[str]:
    return set(Field.objects.values_list("key", flat=True))


def raw_value(text: str | None) -> Any:
    """What `JsonRaw` found."""
    return json.loads(text)[0] if text else None


def _seen(key: str, value: Any) -> dict[str, Any]:
    if value is None or value == "":
        return {"field": key}
    if isinstance(value, datetime):
        return {"field": key, "value": value.isoformat(timespec="seconds")}
    if isinstance(value, bool | int | float):
        return {"field": key, "value": value}
    return {"field": key, "value": value[:60] if isinstance(value, str) else json.dumps(value)[:60]}


def _called(key: str) -> str:
    words = key.replace("_", " ")
    return {"email": "E-mail", "created_at": "Added"}.get(key) or words[:1].upper() + words[1:]


def _source(key: str) -> Source:
    kind = BUILT_IN.get(key)
    if kind is None:
        return json_source("fields", key)
    if kind == "number":
        return Source(number=Cast(key, FloatField()), present=ALWAYS)
    if kind == "datetime":
        return Source(moment=micros(key), present=ALWAYS)
    present = ~Q(**{key: ""})
    if key in NULLABLE:
        present &= Q(**{f"{key}__isnull": False})
    return Source(text=F(key), present=present)
