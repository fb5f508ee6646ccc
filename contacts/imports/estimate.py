"""What would this import do? A look ahead that writes nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import islice

from contacts.columns import Columns
from contacts.imports import records
from contacts.imports.rows import understand
from contacts.imports.stored import open_upload
from contacts.models import Contact, Import


@dataclass
class Estimate:
    """`new` people would leave `contact_added`: so many would enter each workflow that starts with it and takes them.

    `exact` false: the file is long, `share` of it was read, and the numbers stand for that part alone.
    """

    rows: int = 0
    new: int = 0
    known: int = 0
    rejected: int = 0
    share: float = 0.0
    exact: bool = True
    problems: list[str] = field(default_factory=list)


def estimate(of: Import, seconds: float = 4) -> Estimate:
    """Read on from where the import stands for at most so long. Two queries for each thousand rows."""
    found = Estimate()
    seen: set[tuple[str, str]] = set()
    catalogue, until, offset = Columns.load(of.options.get("country")), time.monotonic() + seconds, of.offset
    with open_upload(of) as file:
        reading = records.read(file, of.delimiter, of.offset, of.line)
        while chunk := list(islice(reading, 1_000)):
            rows = [row for row in (understand(record, of, catalogue) for record in chunk) if not row.empty]
            found.rows += len(rows)
            bad = [row.problem for row in rows if row.problem]
            found.rejected += len(bad)
            found.problems = list(dict.fromkeys([*found.problems, *bad]))[:5]
            # Each person by their strongest name, once in the whole file.
            names = {_name(row.person.values) for row in rows if not row.problem} - seen
            known = _known(names)
            seen |= names
            found.known += len(known)
            found.new += len(names - known)
            offset = chunk[-1].end
            if time.monotonic() > until:
                found.exact = offset >= of.size
                break
    found.share = round(offset / of.size, 3) if of.size else 1.0
    return found


def _name(values: object) -> tuple[str, str]:
    assert isinstance(values, dict)
    for key in ("external_id", "email", "phone"):
        if values.get(key):
            return key, values[key]
    return "email", ""


def _known(names: set[tuple[str, str]]) -> set[tuple[str, str]]:
    known = set()
    for key in ("external_id", "email", "phone"):
        wanted = [value for kind, value in names if kind == key]
        if wanted:
            rows = Contact.objects.filter(**{f"{key}__in": wanted}).values_list(key, flat=True)
            known |= {(key, value) for value in rows}
    return known
