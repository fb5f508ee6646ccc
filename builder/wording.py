"""Settings as people say them: for the list of changes between two drawings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.names import DocumentNames
from builder.schemas import Value
from contacts import conditions
from contacts.durations import BadDuration, words


def said(value: Value, names: DocumentNames) -> str:
    """One setting's value in words: "2 days", "“Introduction”", "on"; "" for nothing."""
    content = value.value
    if content is None or content == "" or content == [] or content == {}:
        return ""
    if isinstance(content, bool):
        return "on" if content else "off"
    match value.widget:
        case "duration":
            try:
                return words(content)
            except BadDuration:
                return str(content)
        case "content":
            return f"“{names.content(content)}”"
        case "condition":
            return (
                f"“{conditions.sentence(content, names)}”"
                if not conditions.problems(content, names.graph)
                else "another condition"
            )
        case "node" | "message_node":
            return f"“{names.node(str(content))}”"
        case "workflow":
            return f"“{names.workflow(content)}”" if isinstance(content, int) else str(content)
        case "list":
            return f"“{names.list(str(content))}”"
        case "lists":
            return _listed([names.list(str(slug)) for slug in content]) if isinstance(content, list) else str(content)
    return _plain(content, value.schema.get("x-labels") or {})


def _plain(content: Any, labels: Mapping[str, str]) -> str:
    if isinstance(content, list):
        simple = all(isinstance(item, str | int | float) for item in content)
        return _listed([labels.get(str(item), item) for item in content]) if simple else "…"
    if isinstance(content, dict):
        return "…"
    if isinstance(content, str) and content in labels:
        return f"“{labels[content]}”"
    if isinstance(content, str):
        return f"“{content}”" if len(content) <= 120 else f"“{content[:117]}…”"
    return f"{content:,}" if isinstance(content, int) else str(content)


def _listed(items: list[Any]) -> str:
    return ", ".join(str(item) for item in items)
