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
class EmailValid(Fact):
    """Has an e-mail address that can be written to. Addresses are checked and normalised when they come in."""

    fact = "email_valid"
    label = "Valid e-mail"
    group = "contact"
    examples = ({"fact": "email_valid"},)
    Settings = FactSettings

    def sql(self, leaf: Any, scope: Scope) -> Q:
        return Q(email__isnull=False) & ~Q(email="")

    def reader(self, leaf: Any, columns: Columns) -> Reader:
        place = columns.field("email")
        yes, no = Answer(True, {}), Answer(False, {})
        return lambda row: yes if row[place] else no

    def ask(self, leaf: Any, subject: Subject) -> Answer:
        return Answer(bool(subject.contact.email), {})

    def topics(self, leaf: Any) -> Iterable[str]:
        return ("field_changed",)

    def words(self, leaf: Any, names: Names) -> str:
        return "Has a valid e-mail"

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        return f"valid e-mail: {'yes' if value else 'no'}"
