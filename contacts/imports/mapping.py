"""Which column means what.

One entry a column, in the order of the file: {"column": "E-mail", "to": "email"}. `to` is "" (leave out), a contact's
own column, the key of a custom field, or
`tags` (names, separated by comma, semicolon or bar) · `tag:vip` (a yes gives the tag) · `lists` (slugs, separated) ·
`list:leads` (a yes joins) · `consent:email` (yes or in, no or out).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from contacts import consents, lists, tags
from contacts.columns import BUILT_IN, Columns
from contacts.errors import Invalid, Problem, Refused, problem
from contacts.values import cast

_WELL_KNOWN = {
    "email": "email e-mail mail emailaddress adresemail adrese-mail",
    "phone": "phone telephone mobile tel telefon phonenumber numertelefonu komórka",
    "external_id": "externalid customerid id clientid crmid",
    "first_name": "firstname givenname forename imię imie",
    "last_name": "lastname surname familyname nazwisko",
    "language": "language lang język jezyk locale",
    "time_zone": "timezone zone strefa strefaczasowa",
    "score": "score points",
    "tags": "tags tag labels etykiety",
    "lists": "lists",
}
_BY_HEADING = {word: target for target, words in _WELL_KNOWN.items() for word in words.split()}
_SEPARATORS = re.compile(r"[,;|]")
_GUARDED = re.compile(r"'[=+\-@\t\r]")


class Meaning(NamedTuple):
    """What one row of the file says, cell by cell, as text that is not checked yet."""

    values: dict[str, str]
    columns: dict[str, str]  # value name -> heading, for words about problems
    tags: list[str]
    lists: list[str]
    consents: dict[str, str]


def suggest(headings: Sequence[str], catalogue: Columns) -> list[dict[str, str]]:
    """A first guess by the headings; each target once."""
    taken: set[str] = set()
    mapping = []
    by_label = {field.label.casefold(): key for key, field in catalogue.fields.items()}
    for heading in headings:
        plain = re.sub(r"[\s_]+", "", heading.casefold())
        key = heading.strip().casefold().replace(" ", "_")
        target = key if catalogue.knows(key) else by_label.get(heading.strip().casefold(), _BY_HEADING.get(plain, ""))
        if target in taken:
            target = ""
        taken.add(target)
        mapping.append({"column": heading, "to": target})
    return mapping


def check(mapping: Any, width: int, catalogue: Columns) -> None:
    """Raises `Invalid` with all problems."""
    problems = list(_problems(mapping, width, catalogue))
    if problems:
        raise Invalid(problems=problems)


def _problems(mapping: Any, width: int, catalogue: Columns) -> Iterator[Problem]:
    if not isinstance(mapping, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("to"), str) for entry in mapping
    ):
        yield problem("mapping", "The mapping is a list, one entry with “column” and “to” for each column.")
        return
    if len(mapping) != width:
        yield problem("mapping", f"The file has {width} columns, the mapping has {len(mapping)}.")
    targets = [entry["to"] for entry in mapping if entry["to"]]
    for number, entry in enumerate(mapping):
        target = entry["to"]
        if target and targets.count(target) > 1 and target not in ("tags", "lists"):
            yield problem(f"mapping.{number}.to", f"“{target[:80]}” is chosen for more than one column.")
        found = _target_problem(target, catalogue)
        if found:
            yield problem(f"mapping.{number}.to", found)
    if not any(target in ("email", "phone", "external_id") for target in targets):
        yield problem("mapping", "Choose the column of the e-mail address, the phone number or the external id.")


def _target_problem(target: str, catalogue: Columns) -> str:
    kind, _, rest = target.partition(":")
    try:
        if target in ("", "tags", "lists") or catalogue.knows(target):
            return ""
        if kind == "tag":
            tags.names_of([rest])
        elif kind == "list":
            lists.check([rest])
        elif kind == "consent":
            consents.check({(rest, "in")})
        else:
            return f"There is nothing called “{target[:80]}” to put a column into."
    except Refused as error:
        return error.problems[0]["message"]
    return ""


def meaning(row: Sequence[str], mapping: Sequence[dict[str, str]]) -> Meaning:
    """Put the cells of one row where they belong. Empty cells say nothing: an import never clears."""
    found = Meaning({}, {}, [], [], {})
    for cell, entry in zip(row, mapping, strict=False):
        target, text = entry["to"], cell.strip()
        if not target or not text:
            continue
        if _GUARDED.match(text):
            text = text[1:]  # our own exports guard such cells against spreadsheets
        kind, _, rest = target.partition(":")
        if target == "tags":
            found.tags.extend(part.strip() for part in _SEPARATORS.split(text) if part.strip())
        elif target == "lists":
            found.lists.extend(part.strip() for part in _SEPARATORS.split(text) if part.strip())
        elif kind == "consent" and rest:
            found.consents[rest] = _said(text, entry)
        elif kind in ("tag", "list") and rest:
            if _yes(text, entry):
                (found.tags if kind == "tag" else found.lists).append(rest)
        else:
            found.values[target] = text
            found.columns[target] = entry.get("column") or target
    return found


def _said(text: str, entry: dict[str, str]) -> str:
    plain = text.lower()
    if plain in consents.STATES:
        return plain
    return "in" if _yes(text, entry) else "out"


def _yes(text: str, entry: dict[str, str]) -> bool:
    try:
        return bool(cast(text, "boolean"))
    except ValueError as error:
        raise ValueError(f"{entry.get('column') or entry['to']}: {error}") from None


def targets(catalogue: Columns) -> list[str]:
    """What a column can be put into, for the form; lists, tags and consents come beside."""
    return [*BUILT_IN, *catalogue.fields, "tags", "lists"]
