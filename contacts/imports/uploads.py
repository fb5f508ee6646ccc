"""Receive a CSV file, set what its columns mean, start, cancel."""

from __future__ import annotations

import secrets
from pathlib import PurePath
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from contacts import clock, consents, lists, normalise, tags
from contacts.cause import Actor
from contacts.columns import Columns
from contacts.errors import Conflict, Invalid, Problem, Refused, problem
from contacts.imports import mapping as mappings
from contacts.imports import records, rings, sniffing
from contacts.imports.rows import text_encoding
from contacts.imports.stored import forget_upload, open_upload
from contacts.models import Import

LARGEST = 2 * 1024**3
OPTIONS: dict[str, type] = {
    "header": bool,  # the first line holds the headings
    "start_workflows": bool,  # new people enter workflows that wait for them; without it, nobody does
    "update_existing": bool,  # people we know already get the file's values
    "country": str,  # of phone numbers without a +
    "tags": list,  # for everybody in the file
    "lists": list,
    "consents": dict,  # {"email": "in"}; who has said something before keeps it
    "consent_text": str,
}


class NotNow(Conflict):
    """This import has begun already: it can only be cancelled."""


def receive(file: File, name: str, *, by: Actor = None) -> Import:
    """Keep an uploaded file as a draft import; encoding, delimiter and columns are guessed as far as they can be."""
    if not file.size:
        raise sniffing.NotCsv("This file is empty.")
    if file.size > LARGEST:
        raise sniffing.NotCsv("This file is larger than 2 GB. Please split it.")
    of = Import(name=PurePath(name.replace("\\", "/")).name[:200] or "contacts.csv", size=file.size)
    of.by_id = by.pk if by is not None else None
    raw: Any = file.file
    of.encoding = sniffing.encoding(raw)
    of.delimiter = sniffing.delimiter(raw, of.encoding)
    of.options = {"header": True, "start_workflows": False, "update_existing": True}
    _read_heading(of, raw)
    of.mapping = mappings.suggest(of.heading_cells, Columns.load())
    file.seek(0)
    # A name of our own: the one it came with is only shown.
    of.file.name = default_storage.save(f"imports/{secrets.token_hex(16)}.csv", file)
    of.save()
    return of


def configure(of: Import, changes: dict[str, Any]) -> Import:
    """Change encoding, delimiter, mapping or options of a draft. Raises `Invalid` with all problems."""
    if of.status != "draft":
        raise NotNow
    catalogue = Columns.load()
    reread = any(key in changes for key in ("encoding", "delimiter")) or "header" in (changes.get("options") or {})
    if "encoding" in changes:
        of.encoding = _one_of("encoding", changes["encoding"], sniffing.ENCODINGS)
    if "delimiter" in changes:
        of.delimiter = _one_of("delimiter", changes["delimiter"], sniffing.DELIMITERS)
    if "options" in changes:
        of.options = {**of.options, **_options(changes["options"])}
    if reread:
        with open_upload(of) as file:
            _read_heading(of, file)
        of.mapping = mappings.suggest(of.heading_cells, catalogue)
    if "mapping" in changes:
        mappings.check(changes["mapping"], len(of.heading_cells), catalogue)
        of.mapping = [
            {"column": heading, "to": entry["to"]}
            for heading, entry in zip(of.heading_cells, changes["mapping"], strict=True)
        ]
    of.save()
    return of


def start(of: Import) -> Import:
    """Let the workers begin, or go on after a problem was mended. Calling twice is safe."""
    mappings.check(of.mapping, len(of.heading_cells), Columns.load())
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=of.pk)
        if locked.status == "running":
            return locked
        if locked.status not in ("draft", "failed"):
            raise NotNow("This import is over.")
        locked.status, locked.problem, locked.finished_at = "running", "", None
        locked.save(update_fields=["status", "problem", "finished_at"])
        rings.ring_on_commit(of.pk)
    return locked


def cancel(of: Import) -> Import:
    """Stop; what was imported stays. Calling twice is safe."""
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=of.pk)
        if locked.status in ("draft", "running", "failed"):
            locked.status, locked.finished_at = "cancelled", clock.now()
            forget_upload(locked)
            locked.save()
    return locked


def sample(of: Import, count: int = 5) -> list[list[str]]:
    """The first rows as the chosen encoding and delimiter read them, for the form."""
    found = []
    with open_upload(of) as file:
        for record in records.read(file, of.delimiter, of.offset, of.line):
            try:
                found.append(records.cells(record, text_encoding(of.encoding), of.delimiter))
            except records.BadRecord as error:
                found.append([str(error)])
            if len(found) == count:
                break
    return found


def _read_heading(of: Import, file: Any) -> None:
    """Set where the rows begin, and what stands above them."""
    begin = len(sniffing.BOM) if of.encoding == "utf-8-sig" else 0
    first = next(records.read(file, of.delimiter, begin, 0), None)
    if first is None:
        raise sniffing.NotCsv("This file is empty.")
    try:
        texts = records.cells(first, text_encoding(of.encoding), of.delimiter)
    except records.BadRecord as error:
        raise sniffing.NotCsv(f"The first line cannot be read: {error}") from None
    if len(texts) > 300:
        raise sniffing.NotCsv("This file has more than 300 columns.")
    if of.options.get("header", True):
        of.heading, of.offset, of.line = first.raw, first.end, first.lines
        of.heading_cells = [normalise.text(text[:120], 120) for text in texts]
    else:
        of.heading, of.offset, of.line = b"", begin, 0
        of.heading_cells = [f"Column {number}" for number in range(1, len(texts) + 1)]


def _one_of(field: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise Invalid(problems=[problem(field, f"This is one of: {', '.join(repr(one) for one in allowed)}.")])
    return str(value)


def _options(options: Any) -> dict[str, Any]:
    problems: list[Problem] = []
    if not isinstance(options, dict):
        raise Invalid(problems=[problem("options", "The options are an object.")])
    for key, value in options.items():
        if key not in OPTIONS:
            problems.append(problem(f"options.{key[:60]}", "There is no such option."))
        elif not isinstance(value, OPTIONS[key]):
            problems.append(problem(f"options.{key}", "This option has the wrong type."))
    if not problems:
        clean = dict(options)
        for key, verb in (("tags", tags.names_of), ("lists", lists.check), ("consents", _check_consents)):
            try:
                if key in clean:
                    found = verb(clean[key])  # type: ignore[operator]
                    clean[key] = found if key == "tags" else clean[key]
            except Refused as error:
                problems += [{**one, "field": f"options.{one['field']}"} for one in error.problems]
            except TypeError:
                problems.append(problem(f"options.{key}", "This option has the wrong type."))
        if not problems:
            return clean
    raise Invalid(problems=problems)


def _check_consents(said: dict[str, str]) -> None:
    consents.check(set(said.items()))
