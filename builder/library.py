"""Workflows that are ready to use: JSON files in `builder/library/`, with parameters that the marketer fills in.

In a file, `{"$param": "gap"}` stands for a parameter, `{"$file": "lead-nurturing/part-2.html"}` for the text of a file
beside it, and `"@part-2"` in a step's settings for the content of that name, which `use` creates.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from builder.actions.create import create
from builder.checks.structure import steps_and_paths
from builder.errors import BadParameters, NotInLibrary
from builder.graph import Graph, parse
from builder.models import Workflow
from builder.problem import Problem
from contacts.durations import BadDuration
from contacts.durations import parse as parse_duration

FOLDER = Path(__file__).parent / "library"
MAX_TEXT = 500

# create(contents, user) -> {name in the file: id}
# A content is {"name", "channel", "subject", "preheader", "html", "text"}.
CreateContents = Callable[[Mapping[str, Mapping[str, Any]], Any], Mapping[str, int]]
_create_contents: CreateContents | None = None


def on_contents(create: CreateContents | None) -> None:
    """Say how contents are created: the builder does not know messaging. Called inside the transaction of `use`."""
    global _create_contents
    _create_contents = create


@dataclass(frozen=True)
class Template:
    """One library workflow, as its file says."""

    slug: str
    name: str
    description: str
    author: str
    tactic: str
    objectives: list[str]
    channels: list[str]
    parameters: list[dict[str, Any]]
    contents: dict[str, dict[str, Any]]
    document: dict[str, Any]

    def defaults(self) -> dict[str, Any]:
        return {parameter["name"]: parameter["default"] for parameter in self.parameters}

    def graph(self) -> Graph:
        """The drawing with the defaults: what its picture shows."""
        return parse(_fill(self.document, self.defaults(), {}))

    def as_json(self) -> dict[str, Any]:
        steps, paths = steps_and_paths(self.graph())
        return {
            "slug": self.slug,
            "name": self.name,
            "description": self.description,
            "author": self.author,
            "tactic": self.tactic,
            "objectives": self.objectives,
            "channels": self.channels,
            "steps": steps,
            "paths": paths,
            "parameters": self.parameters,
        }


@cache
def _read(path: Path) -> Template:
    data = json.loads(path.read_text(encoding="utf-8"), object_hook=_with_files)
    return Template(slug=path.stem, **data)


def _with_files(part: dict[str, Any]) -> Any:
    return (FOLDER / part["$file"]).read_text(encoding="utf-8") if part.keys() == {"$file"} else part


def all() -> list[Template]:
    """Every workflow of the library, by name."""
    return sorted((_read(path) for path in FOLDER.glob("*.json")), key=lambda template: template.name)


def get(slug: str) -> Template:
    """One of them; raises `NotInLibrary`."""
    for template in all():
        if template.slug == slug:
            return template
    raise NotInLibrary


@transaction.atomic
def use(slug: str, parameters: Mapping[str, Any], *, user: Any, name: str = "") -> Workflow:
    """A new draft from a library workflow, with contents of its own; raises `NotInLibrary`, `BadParameters`."""
    template = get(slug)
    values = _values(template, parameters)
    contents = _fill(template.contents, values, {})
    ids: Mapping[str, int] = {}
    if contents:
        if _create_contents is None:
            raise NotInLibrary("This workflow brings contents, and nobody here can create them.")
        ids = _create_contents(contents, user)
    document = _fill(template.document, values, {f"@{key}": number for key, number in ids.items()})
    return create(name=name or template.name, user=user, document=document, template=template.slug)


def _values(template: Template, given: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults with what the marketer filled in; every value checked by its type."""
    known = {parameter["name"]: parameter for parameter in template.parameters}
    found = [
        Problem("", f"parameters.{name}", "This workflow has no such parameter.") for name in given if name not in known
    ]
    for name, value in given.items():
        wrong = _wrong(known[name], value) if name in known else ""
        if wrong:
            found.append(Problem("", f"parameters.{name}", f"“{known[name]['label']}”: {wrong}"))
    if found:
        raise BadParameters(found)
    return {**template.defaults(), **given}


def _wrong(parameter: Mapping[str, Any], value: Any) -> str:
    match parameter["type"]:
        case "duration":
            try:
                seconds = parse_duration(value).approximate_seconds() if isinstance(value, str) else 0
            except BadDuration as error:
                return str(error)
            return "" if 60 <= seconds <= 366 * 86_400 else "It lasts from 1 minute to 1 year, such as P2D (2 days)."
        case "text":
            fits = isinstance(value, str) and 0 < len(value.strip()) <= MAX_TEXT
            return "" if fits else f"It is a text of at most {MAX_TEXT} characters."
        case _:
            return ""


def _fill(part: Any, values: Mapping[str, Any], contents: Mapping[str, int]) -> Any:
    """A copy with parameters and contents put in."""
    if isinstance(part, dict):
        if part.keys() == {"$param"}:
            return values[part["$param"]]
        return {key: _fill(inner, values, contents) for key, inner in part.items()}
    if isinstance(part, list):
        return [_fill(inner, values, contents) for inner in part]
    return contents.get(part, part) if isinstance(part, str) else part
