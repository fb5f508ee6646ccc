"""What a kind's own schema says about settings, in a marketer's words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from builder import catalogue
from builder.graph import Node
from builder.nodes import NodeKind
from builder.problem import Problem
from builder.schemas import titles

_WORDS = {
    "missing": "{title} is missing.",
    "string_type": "{title} should be text.",
    "string_too_short": "{title} is empty or too short.",
    "string_too_long": "{title} may have at most {max_length} characters.",
    "string_pattern_mismatch": "{title} does not have the right form.",
    "int_type": "{title} should be a whole number.",
    "int_parsing": "{title} should be a whole number.",
    "int_from_float": "{title} should be a whole number.",
    "float_type": "{title} should be a number.",
    "float_parsing": "{title} should be a number.",
    "finite_number": "{title} should be a number.",
    "bool_type": "{title} is either on or off.",
    "bool_parsing": "{title} is either on or off.",
    "list_type": "{title} should be a list.",
    "dict_type": "{title} should be an object.",
    "model_type": "{title} should be an object.",
    "greater_than_equal": "{title} should be at least {ge}.",
    "greater_than": "{title} should be more than {gt}.",
    "less_than_equal": "{title} should be at most {le}.",
    "less_than": "{title} should be less than {lt}.",
    "too_short": "{title} needs at least {min_length}.",
    "too_long": "{title} may have at most {max_length} entries.",
    "literal_error": "{title} should be {expected}.",
    "enum": "{title} should be {expected}.",
    "timezone_aware": "{title} needs a time zone, as in 2026-11-22T09:00:00Z.",
    "datetime_parsing": "{title} should be a moment such as 2026-11-22T09:00:00Z.",
    "datetime_from_date_parsing": "{title} should be a moment such as 2026-11-22T09:00:00Z.",
    "date_parsing": "{title} should be a date such as 2026-11-22.",
    "date_from_datetime_parsing": "{title} should be a date such as 2026-11-22.",
    "time_parsing": "{title} should be a time such as 09:00.",
}


def problems(node: Node, kind: type[NodeKind]) -> list[Problem]:
    """What keeps this node's settings from being valid."""
    return of_model(kind.Settings, catalogue.schema(kind), node.settings, node.id)


def of_model(
    model: type[BaseModel], schema: Mapping[str, Any], settings: Mapping[str, Any], node: str, prefix: str = ""
) -> list[Problem]:
    """All errors of `settings` against a pydantic model, each at its own place."""
    try:
        model.model_validate(dict(settings))
    except ValidationError as error:
        named = titles(schema)
        found = [_problem(entry, settings, named, node, prefix) for entry in error.errors(include_url=False)]
        # Of a setting that may be one of several types, every type complains: one word is enough.
        return list({problem.field: problem for problem in reversed(found)}.values())[::-1]
    # Asked of the whole first: hardly ever is there one.
    if "\\u0000" in json.dumps(settings):
        words = "This text holds a character that cannot be kept."
        return [Problem(node, ".".join([*([prefix] if prefix else []), *path]), words) for path in _unkept(settings)]
    return []


def _unkept(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where a NUL stands, which JSON may carry and PostgreSQL does not take: it would fail on everybody who comes by."""
    if isinstance(value, str):
        if "\0" in value:
            yield path
        return
    inside = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        if isinstance(key, str) and "\0" in key:
            yield path
        yield from _unkept(part, (*path, str(key)))


def _problem(
    entry: Mapping[str, Any], settings: Mapping[str, Any], named: Mapping[str, str], node: str, prefix: str
) -> Problem:
    path = _path(entry["loc"], settings)
    message = str(entry["msg"])
    if entry["type"] == "value_error":
        # A validator's own words; "key: Say ..." names the field that a rule about several is to be shown at.
        message = message.removeprefix("Value error, ")
        first, colon, rest = message.partition(": ")
        if colon and first.isidentifier():
            path, message = [*path, first], rest
    else:
        title = named.get(
            ".".join(part for part in map(str, path) if not part.isdigit()), str(path[-1]) if path else ""
        )
        words = _WORDS.get(entry["type"])
        context = entry.get("ctx") or {}
        message = words.format(title=f"“{title}”", **context) if words else f"“{title}”: {message}"
    return Problem(node, ".".join([*([prefix] if prefix else []), *map(str, path)]), message)


def _path(loc: tuple[str | int, ...], settings: Mapping[str, Any]) -> list[str | int]:
    """The place within the JSON: pydantic also names the type it tried ("dict[str,any]"), which is no place."""
    path: list[str | int] = []
    value: Any = settings
    for number, part in enumerate(loc):
        last = number == len(loc) - 1
        if isinstance(value, dict) and (part in value or (last and isinstance(part, str) and part.isidentifier())):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part] if part < len(value) else None
        else:
            continue
        path.append(part)
    return path
