"""What lists share: filters that stay in the URL, sorting by allow-list, pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, QueryDict


@dataclass(frozen=True)
class Option:
    label: str
    href: str
    on: bool
    count: int | None = None
    tone: str = ""


@dataclass(frozen=True)
class Filter:
    """A menu of choices for one query parameter. `chosen` is the label of what holds, "" for everything."""

    label: str
    chosen: str
    clear: str
    options: list[Option] = field(default_factory=list)


def link(query: QueryDict, **changes: Any) -> str:
    """The same list with other parameters; pages start anew, an open panel closes. None takes a parameter out."""
    changed = query.copy()
    for name in ("page", "run", "panel"):
        if name not in changes:
            changed.pop(name, None)
    for name, value in changes.items():
        if value is None or value == "":
            changed.pop(name, None)
        else:
            changed[name] = str(value)
    encoded = changed.urlencode()
    return f"?{encoded}" if encoded else "?"


def menu(query: QueryDict, name: str, label: str, choices: Iterable[tuple[Any, str]]) -> Filter:
    """A filter menu; an unknown value in the URL counts as no choice."""
    now = query.get(name, "")
    listed = [(str(value), text) for value, text in choices]
    chosen = next((text for value, text in listed if value == now), "")
    return Filter(
        label,
        chosen,
        link(query, **{name: None}),
        [Option(text, link(query, **{name: value}), value == now) for value, text in listed],
    )


def segments(
    query: QueryDict, name: str, choices: Sequence[tuple[str, str, int | None]], *, default: str = ""
) -> list[Option]:
    """A segmented control: (value, label, count); `default` is what the URL leaves out."""
    now = query.get(name) or default
    if now not in {value for value, _, _ in choices}:
        now = default
    return [
        Option(label, link(query, **{name: None if value == default else value}), value == now, count)
        for value, label, count in choices
    ]


@dataclass(frozen=True)
class Sort:
    """The order of a list: `key` is one of the allow-list, `down` whether it falls."""

    key: str
    down: bool
    heads: dict[str, dict[str, Any]]


def sort_of(query: QueryDict, columns: Mapping[str, bool], default: str) -> Sort:
    """`columns` maps each sortable column to whether it falls at first; the URL says ?sort=key or ?sort=-key."""
    asked = query.get("sort", "")
    key = asked.lstrip("-")
    down = asked.startswith("-")
    if key not in columns:
        key, down = default.lstrip("-"), default.startswith("-")
    heads = {}
    for name, falls in columns.items():
        on = name == key
        turned = (not down) if on else falls
        heads[name] = {
            "on": on,
            "down": down,
            "href": link(query, sort=("-" if turned else "") + name),
            "aria": ("descending" if down else "ascending") if on else "none",
        }
    return Sort(key, down, heads)


def whole(text: str | None, *, most: int = 2**63 - 1) -> int | None:
    """A whole number from the URL, None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and int(text) <= most else None


def paginate(request: HttpRequest, rows: Any, size: int = 50) -> Page[Any]:
    """The asked page; the nearest one where the number makes no sense."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
