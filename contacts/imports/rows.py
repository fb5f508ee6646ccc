"""One line of the file, understood or refused. No queries here: this is the slow part, kept out of transactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from contacts.columns import Columns
from contacts.errors import Refused
from contacts.identity import Person, clean
from contacts.imports.mapping import meaning
from contacts.imports.records import BadRecord, Record, cells
from contacts.models import Import
from contacts.normalise import address_hash
from contacts.tags import names_of

_QUOTES = str.maketrans({"“": "'", "”": "'"})


@dataclass(slots=True)
class Row:
    """`problem` filled: a reject. `empty`: nothing in it, only its lines count."""

    record: Record
    person: Person = field(default_factory=lambda: Person({}))
    tags: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    consents: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    empty: bool = False

    @property
    def address_hash(self) -> str:
        """By which erasure finds a reject again."""
        email, phone = self.person.values.get("email"), self.person.values.get("phone")
        return address_hash("email", str(email)) if email else address_hash("sms", str(phone)) if phone else ""

    def refuse(self, message: str) -> None:
        self.problem = message.translate(_QUOTES)[:200]


def understand(record: Record, of: Import, catalogue: Columns) -> Row:
    """The row that this record of the import means."""
    row = Row(record)
    try:
        texts = cells(record, text_encoding(of.encoding), of.delimiter)
        if not any(text.strip() for text in texts):
            row.empty = True
            return row
        width = len(of.mapping)
        if len(texts) > width and any(text.strip() for text in texts[width:]):
            raise BadRecord(f"This line has {len(texts)} columns, the file has {width}.")
        found = meaning(texts, of.mapping)
        row.person, row.columns = clean(found.values, catalogue), found.columns
        row.tags, row.lists, row.consents = names_of(found.tags), found.lists, found.consents
    except ValueError as error:  # BadRecord is one
        row.refuse(str(error))
    except Refused as error:
        row.refuse(error.problems[0]["message"] if error.problems else error.detail)
    if row.person.problems and not row.problem:
        row.refuse("; ".join(_words(row)))
    return row


def _words(row: Row) -> Sequence[str]:
    return [
        f"{row.columns.get((found['field'] or '').removeprefix('fields.'), found['field'])}: {found['message']}"
        for found in row.person.problems
    ]


def text_encoding(name: str) -> str:
    """The byte order mark stands before the first line alone."""
    return "utf-8" if name == "utf-8-sig" else name
