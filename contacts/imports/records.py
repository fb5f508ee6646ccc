"""Read a CSV file record by record, keeping each one's bytes and place. Never more than one record in memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

LONGEST = 65_536
MOST_LINES = 200  # of one record whose quoted cells hold line breaks
CLOSED, OPEN, BROKEN = "closed", "open", "broken"


class Record(NamedTuple):
    """`raw` with its line end; `end` is the byte after it; `problem` says why it cannot be read at all."""

    line: int
    raw: bytes
    end: int
    lines: int
    problem: str = ""


class BadRecord(ValueError):
    """This line cannot be read."""


def read(file: BinaryIO, delimiter: str, offset: int, line: int) -> Iterator[Record]:
    """Records from the byte `offset` on, which must be a record's beginning; `line` lines stand before it.

    A quotation mark that is never closed costs its own line, not the rest of the file.
    """
    mark = delimiter.encode()
    file.seek(offset)
    while True:
        raw = file.readline(LONGEST + 1)
        if not raw:
            return
        if len(raw) > LONGEST and not raw.endswith(b"\n"):
            offset += len(raw) + _skip_line(file)
            yield Record(line + 1, raw[:LONGEST], offset, 1, "This line is longer than 64 KB.")
            line += 1
            continue
        lines, problem = 1, ""
        if b'"' in raw and _quoting(raw, mark, False) == OPEN:
            joined, lines = _join(file, raw, mark)
            if lines:
                raw = joined
            else:
                lines, problem = 1, "A quotation mark is opened and not closed."
                file.seek(offset + len(raw))
        offset += len(raw)
        yield Record(line + 1, raw, offset, lines, problem)
        line += lines


def cells(record: Record, encoding: str, delimiter: str) -> list[str]:
    """The cells of a record, decoded; raises `BadRecord` in words."""
    if record.problem:
        raise BadRecord(record.problem)
    try:
        text = record.raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadRecord(f"Byte {error.start + 1} of this line is not {encoding.upper()}.") from None
    if "\x00" in text:
        raise BadRecord("This line holds binary data.")
    try:
        rows = list(csv.reader([text.rstrip("\r\n")], delimiter=delimiter, strict=True))
    except csv.Error:
        raise BadRecord("A quotation mark stands in the wrong place.") from None
    return rows[0] if rows else []


def _join(file: BinaryIO, raw: bytes, mark: bytes) -> tuple[bytes, int]:
    """The record that begins with `raw`, whose last quotation mark is open, and its lines; (raw, 0): never closed."""
    parts, size, lines = [raw], len(raw), 1
    while lines < MOST_LINES and size <= LONGEST:
        following = file.readline(LONGEST + 1)
        if not following:
            break
        parts.append(following)
        size, lines = size + len(following), lines + 1
        state = _quoting(following, mark, True) if b'"' in following else OPEN
        if state == BROKEN:
            break
        if state == CLOSED:
            return b"".join(parts), lines
    return raw, 0


def _quoting(raw: bytes, mark: bytes, is_open: bool) -> str:
    """How quoting stands after this line: CLOSED, OPEN (a quoted cell goes on) or BROKEN.

    A quotation mark counts where a cell begins, a doubled one inside is a sign, and after the closing one the cell ends:
    without that last rule one stray mark would swallow the following lines up to the next mark.
    """
    place, end = 0, len(raw)
    while place < end:
        if not is_open:
            if raw[place : place + 1] == b'"':
                is_open, place = True, place + 1
                continue
            place = raw.find(mark, place)
            if place < 0:
                return CLOSED
            place += 1
            continue
        place = raw.find(b'"', place)
        if place < 0:
            return OPEN
        following = raw[place + 1 : place + 2]
        if following == b'"':
            place += 2
        elif following == mark:
            is_open, place = False, place + 2
        else:
            return CLOSED if following in (b"", b"\r", b"\n") else BROKEN
    return OPEN if is_open else CLOSED


def _skip_line(file: BinaryIO) -> int:
    skipped = 0
    while part := file.readline(LONGEST):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped
