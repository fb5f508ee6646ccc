"""Older documents and settings, as this release writes them. What is newer than this release is kept and named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from builder import catalogue
from builder.problem import Problem

if TYPE_CHECKING:
    from builder.graph import Node

# The format that this release writes.
FORMAT = 1

# {format: how a document of it becomes one of the next}. Pure: a new dict, the old one untouched.
STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def document(whole: dict[str, Any], found: list[Problem]) -> dict[str, Any]:
    """A document of any older format, in this release's. Adds to `found` what cannot be upgraded."""
    number = whole.get("format", FORMAT)
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        found.append(Problem("", "format", "The format of a workflow is a whole number from 1."))
        return whole
    if number > FORMAT:
        found.append(
            Problem(
                "",
                "format",
                f"This workflow was drawn with a newer Trellis (format {number}, this one reads {FORMAT}). "
                "Nothing in it is lost, but it cannot be published here.",
            )
        )
    while number < FORMAT and number in STEPS:
        whole = {**STEPS[number](whole), "format": number + 1}
        number += 1
    return whole


def node(given: Node, found: list[Problem]) -> Node:
    """A node whose settings are those of its kind's current version. Unknown kinds stay as they are."""
    kind = catalogue.get(given.kind)
    if kind is None or given.settings_version == kind.settings_version:
        return given
    if given.settings_version > kind.settings_version:
        found.append(Problem(given.id, "settings_version", "The settings of this step come from a newer Trellis."))
        return given
    settings: Mapping[str, Any] = kind.upgrade(dict(given.settings), given.settings_version)
    return replace(given, settings=settings, settings_version=kind.settings_version)
