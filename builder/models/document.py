"""How a drawing is stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import models

EMPTY: dict[str, Any] = {"format": 1, "nodes": [], "edges": [], "notes": [], "settings": {}}


def empty_document() -> dict[str, Any]:
    return json.loads(json.dumps(EMPTY))  # type: ignore[no-any-return]


def dump(document: Any) -> str:
    """The stored text of a document: compact, keys in the order in which they came, ASCII.

    ASCII because a lone surrogate or a NUL, which JSON may carry as an escape, is no text PostgreSQL takes.
    """
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


if TYPE_CHECKING:
    _TextField = models.TextField[Any, Any]
else:  # generic for the type checker alone
    _TextField = models.TextField


class DocumentField(_TextField):
    """A JSON document kept as text, so that it comes back byte for byte.

    PostgreSQL's jsonb would sort the keys and refuse \\u0000; nothing ever searches inside a drawing by SQL.
    """

    if TYPE_CHECKING:  # what the Django stubs read for the types of a field's values
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else dump(value)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return dump(self.value_from_object(obj))
