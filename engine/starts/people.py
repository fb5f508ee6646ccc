"""Contacts themselves: added, and changed in a field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from builder.nodes import Names
from contacts.columns import Columns
from engine.starts.base import EVERYBODY, OfField, Start, Tree, same_text


class ContactAdded(Start):
    on, label, section, place = "contact_added", "A contact is added", "people", 10
    event = "contact_added"
    fills = True
    came = "Was added as a contact."

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return EVERYBODY

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return "New contacts who match" if settings.filter else "Anyone new, once each"


class OfChange(OfField):
    was: str = Field("", title="From", max_length=200, description="Left empty: whatever it was.")
    becomes: str = Field("", title="To", max_length=200, description="Left empty: whatever it becomes.")


class FieldChanged(Start):
    on, label, section, place = "field_changed", "A field changes", "people", 15
    event = "field_changed"
    Settings = OfChange
    needs = {"field": "Which field?"}
    fills = True
    came = "The field changed."

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        return (
            properties.get("field") == settings.field
            and (not settings.was or same_text(settings.was, properties.get("old")))
            and (not settings.becomes or same_text(settings.becomes, properties.get("new")))
        )

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        if settings.was:  # what a field was before is not kept
            return None
        leaf = {"fact": "field", "field": settings.field}
        if not settings.becomes:
            return {**leaf, "op": "set"}
        return {"any": [{**leaf, "op": "is", "value": value} for value in _readings(settings.becomes)]}

    @classmethod
    def problems(cls, settings: Mapping[str, Any], names: Names) -> Iterable[tuple[str, str]]:
        yield from super().problems(settings, names)
        key = settings.get("field")
        if key and not Columns.load().knows(key):
            yield "field", f"There is no field “{key}”. Choose another."

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        label = getattr(names, "field", lambda key: key)(settings.field) if settings.field else "…"
        became = f" to “{settings.becomes}”" if settings.becomes else ""
        return f"{who} whose {label.lower()} changes{f' from “{settings.was}”' if settings.was else ''}{became}"


def _readings(text: str) -> list[Any]:
    """What the typed value may be in a field: text, a number, yes or no."""
    found: list[Any] = [text]
    try:
        number = float(text.replace(",", "."))
        if abs(number) < 2**53:
            found.append(int(number) if number.is_integer() else number)
    except ValueError:
        pass
    if text.strip().casefold() in ("true", "yes", "false", "no"):
        found.append(text.strip().casefold() in ("true", "yes"))
    return found
