"""The reject file: what was not imported, why, and the line as it stood. Repaired, it can be uploaded again.

The uploaded file's own bytes, delimiter and encoding, with two columns in front: `line` and `reason`. It holds what its
uploader sent, byte by byte, and so has no guard against spreadsheet formulas; `contacts.exports` has.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from contacts.imports.rows import text_encoding
from contacts.imports.sniffing import BOM
from contacts.models import Import


def reject_file(of: Import) -> Iterator[bytes]:
    """The file piece by piece; rejects are read from the database in steps, never all at once."""
    coding = text_encoding(of.encoding)
    ending = b"\r\n" if bytes(of.heading).endswith(b"\r\n") else b"\n"
    if of.encoding == "utf-8-sig":
        yield BOM
    yield _front(of, "line", "reason", coding) + _ended(bytes(of.heading) or b"original", ending)
    for line, reason, original in of.rejects.order_by("line").values_list("line", "reason", "original").iterator():
        yield _front(of, line, reason, coding) + _ended(bytes(original), ending)


def _front(of: Import, line: int | str, reason: str, coding: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=of.delimiter, lineterminator=of.delimiter).writerow([line, reason])
    return text.getvalue().encode(coding, "replace")


def _ended(line: bytes, ending: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + ending
