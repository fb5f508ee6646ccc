"""Every address of Trellis as Django knows it, and the table of docs/permissions.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

from contacts.access import ROLES
from tests.house.source import ROOT

TABLE = ROOT / "docs" / "permissions.md"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CHANGING = METHODS[1:]
EVERYBODY = frozenset({"anonymous", *ROLES})
WORDS = {"everybody": EVERYBODY, "all roles": frozenset(ROLES), "–": frozenset()}
# What stands for a parameter in an address; no such row needs to be there.
_SAMPLES = {
    "int": "987654321",
    "slug": "no-such-thing",
    "str": "no-such-thing",
    "path": "no-such-thing",
    "uuid": "0" * 32,
}


class Address(NamedTuple):
    """`pattern` as the table writes it: /api/runs/<pk>/; `path`: with something in the place of its parameters."""

    pattern: str
    path: str
    view: Any

    def offers(self, method: str) -> bool:
        """Whether this method has a rule. Of API views that can be told from outside; without one they refuse everybody."""
        rules = getattr(getattr(self.view, "cls", None), "rules", None)
        if rules is None:
            return True
        actions = getattr(self.view, "actions", None)
        if actions is None:
            return method in rules and hasattr(self.view.cls, method.lower())
        return method.lower() in actions and bool({method, actions[method.lower()]} & set(rules))


def all_addresses() -> Iterator[Address]:
    """Every pattern but the admin's, whose addresses follow from its models."""
    yield from _walk(get_resolver(), "/")


def _walk(resolver: URLResolver, before: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        text = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if text != "/admin/":
                yield from _walk(entry, text)
        else:
            assert isinstance(entry, URLPattern)
            yield _address(text, entry.callback)


def _address(text: str, view: Any) -> Address:
    # Routers write regular expressions: ^runs/(?P<pk>[^/.]+)/$
    text = re.sub(r"\(\?P<(\w+)>[^()]*\)", r"<str:\1>", text).replace("^", "").replace("$", "")
    sample = re.sub(r"<(?:(\w+):)?\w+>", lambda found: _SAMPLES[found.group(1) or "str"], text)
    return Address(re.sub(r"<\w+:(\w+)>", r"<\1>", text), sample, view)


def table() -> dict[str, dict[str, frozenset[str]]]:
    """Address -> method -> who may, read from the documentation's first table."""
    found = {}
    for address, looking, changing in _rows("| Address"):
        same = looking if changing == "as looking" else changing
        found[address.strip("`")] = {"GET": who(looking), **dict.fromkeys(_CHANGING, who(same))}
    return found


def admin_table() -> dict[str, dict[str, frozenset[str]]]:
    """Model -> view, add, change, delete -> who may, from the documentation's second table."""
    kinds = ("view", "add", "change", "delete")
    return {cells[0].strip("`"): dict(zip(kinds, map(who, cells[1:]), strict=True)) for cells in _rows("| Model")}


def who(cell: str) -> frozenset[str]:
    """`marketer, admin` as a set; raises KeyError for a word that is no role."""
    if cell in WORDS:
        return WORDS[cell]
    roles = frozenset(cell.split(", "))
    if not roles <= set(ROLES):
        raise KeyError(cell)
    return roles


def _rows(heading: str) -> Iterator[list[str]]:
    inside = False
    for line in TABLE.read_text().splitlines():
        if line.startswith(heading):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|--"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]
