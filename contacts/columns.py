"""Everything that can be set on a contact: its own columns and the customer's fields, under one name each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from zoneinfo import ZoneInfo

from contacts import normalise
from contacts.models import Contact, Field, Workspace
from contacts.values import cast

# Name -> what makes a value fit. Nullable ones are unique addresses or ids: empty is NULL, never "".
_NULLABLE = frozenset({"email", "phone", "external_id"})
_TEXTS: dict[str, Callable[[str], str]] = {
    "first_name": lambda value: normalise.text(value, 150),
    "last_name": lambda value: normalise.text(value, 150),
    "language": normalise.language,
    "time_zone": normalise.time_zone,
    "external_id": lambda value: normalise.text(value, 200),
    "email": normalise.email,
}
BUILT_IN = ("email", "phone", "external_id", "first_name", "last_name", "language", "time_zone", "score")
TAKEN = frozenset(
    {*BUILT_IN, "id", "tags", "lists", "consents", "fields", "created_at", "updated_at", "is_demo", "name"}
)
_SCORES = 1_000_000_000


@dataclass(frozen=True)
class Columns:
    """The catalogue of one moment: ask for it once a batch. Two queries."""

    fields: dict[str, Field]
    country: str
    zone: ZoneInfo

    @classmethod
    def load(cls, country: str | None = None) -> Self:
        workspace = Workspace.current()
        fields = {field.key: field for field in Field.objects.all()}
        return cls(fields, country or workspace.default_country, workspace.zone)

    def knows(self, key: str) -> bool:
        return key in BUILT_IN or key in self.fields

    def clean(self, key: str, value: Any) -> Any:
        """The value in its kept form; empty clears: None for fields and addresses, "" for texts, 0 for the score.

        Raises `ValueError` in words.
        """
        if not self.knows(key):
            raise ValueError(f"There is no field “{key[:60]}”.")
        if value is None or (isinstance(value, str) and not value.strip()):
            return None if key in _NULLABLE or key in self.fields else 0 if key == "score" else ""
        if key in self.fields:
            field = self.fields[key]
            return cast(value, field.type, field.choices, self.zone)
        if key == "score":
            score = cast(value, "number")
            if not isinstance(score, int) or abs(score) > _SCORES:
                raise ValueError("A score is a whole number.")
            return score
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError("This must be a text.")
        if key == "phone":
            return normalise.phone(str(value), self.country)
        return _TEXTS[key](str(value))


def get(contact: Contact, key: str) -> Any:
    return getattr(contact, key) if key in BUILT_IN else contact.fields.get(key)


def put(contact: Contact, key: str, value: Any) -> None:
    """Set a cleaned value on the instance; saves nothing."""
    if key in BUILT_IN:
        setattr(contact, key, value)
    elif value is None:
        contact.fields.pop(key, None)
    else:
        contact.fields[key] = value
