from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from django.db.models import Q

from contacts.conditions.columns import Columns
from contacts.conditions.fact import Answer, Fact, FactSettings, Names, Reader
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject


@register
class PhoneValid(Fact):
    """Has a phone number that can be texted. Numbers are checked and kept in international form when they come in."""

    fact = "phone_valid"
    label = "Valid phone"
    group = "contact"
    examples = ({"fact": "phone_valid"},)
    Settings = FactSettings

    def sql(self, leaf: Any, scope: Scope) -> Q:
        return Q(phone__isnull=False) & ~Q(phone="")

    def reader(self, leaf: Any, columns: Columns) -> Reader:
        place = columns.field("phone")
        yes, no = Answer(True, {}), Answer(False, {})
        return lambda row: yes if row[place] else no

    def ask(self, leaf: Any, subject: Subject) -> Answer:
        return Answer(bool(subject.contact.phone), {})

    def topics(self, leaf: Any) -> Iterable[str]:
        return ("field_changed",)

    def words(self, leaf: Any, names: Names) -> str:
        return "Has a valid phone"

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        return f"valid phone: {'yes' if value else 'no'}"
