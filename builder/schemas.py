"""Walks settings along their JSON Schema. What a setting refers to says its `x-widget`, not code about kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Value:
    """One setting with its place ("branches.0.when"), its title, and the widget that edits it ("condition")."""

    path: str
    title: str
    widget: str
    value: Any
    schema: Mapping[str, Any]


def walk(schema: Mapping[str, Any], settings: Any) -> Iterator[Value]:
    """Every setting that the schema knows, outer ones first. Values of a wrong type are passed over in silence."""
    yield from _walk(schema, settings, "", schema.get("$defs", {}), "")


def _walk(schema: Mapping[str, Any], value: Any, path: str, defs: Mapping[str, Any], title: str) -> Iterator[Value]:
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        schema = {**defs.get(name, {}), **{key: part for key, part in schema.items() if key != "$ref"}}
    own = str(schema.get("title", title))
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        # `X | None`: the title is that of the setting, the rest that of X.
        outer = {key: part for key, part in schema.items() if key != "anyOf"}
        yield from _walk({**options[0], **outer}, value, path, defs, own)
        return
    if path:
        yield Value(path, own, str(schema.get("x-widget", "")), value, schema)
    if isinstance(value, dict):
        for key, part in schema.get("properties", {}).items():
            if key in value:
                yield from _walk(part, value[key], f"{path}.{key}" if path else key, defs, key)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for place, item in enumerate(value):
            yield from _walk(schema["items"], item, f"{path}.{place}", defs, own)


def titles(schema: Mapping[str, Any]) -> dict[str, str]:
    """{"branches.when": "If"}: what each setting is called; places in lists are left out of the path."""
    found: dict[str, str] = {}
    _titles(schema, "", schema.get("$defs", {}), found, 0)
    return found


def _titles(schema: Mapping[str, Any], path: str, defs: Mapping[str, Any], found: dict[str, str], depth: int) -> None:
    if depth > 12:  # a model that contains itself
        return
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        schema = {**defs.get(name, {}), **schema}
    if path and "title" in schema:
        found.setdefault(path, str(schema["title"]))
    for option in schema.get("anyOf", ()):
        _titles({**option, "title": found.get(path, "")} if path else option, path, defs, found, depth + 1)
    if isinstance(schema.get("items"), dict):
        _titles(schema["items"], path, defs, found, depth + 1)
    for key, part in schema.get("properties", {}).items():
        _titles(part, f"{path}.{key}" if path else key, defs, found, depth + 1)
