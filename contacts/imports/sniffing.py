"""What kind of CSV is this: its encoding and its delimiter."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import BinaryIO

from contacts.errors import Refused

ENCODINGS = ("utf-8", "utf-8-sig", "cp1250", "cp1252", "latin-1")
DELIMITERS = (",", ";", "\t", "|")
BOM = b"\xef\xbb\xbf"
_BLOCK = 1 << 20
_SAMPLE = 1 << 16
# Quotation marks, dashes, dots: the same bytes in cp1250 and cp1252, so they tell the two from latin-1 only.
_PUNCTUATION = frozenset(b"\x82\x84\x85\x86\x87\x89\x8b\x91\x92\x93\x94\x95\x96\x97\x99\x9b")
# Letters in cp1250 that are signs in latin-1, where they hardly ever touch a letter: Ł ł ą Ą ż Ż ľ Ľ ş.
_CENTRAL = frozenset(b"\xa3\xb3\xb9\xa5\xbf\xaf\xbe\xbc\xba")


class NotCsv(Refused):
    """This is not a CSV file."""


def encoding(file: BinaryIO) -> str:
    """The most likely encoding, after reading the whole file in blocks. Raises `NotCsv` for what is no text.

    UTF-8 wins as soon as more of its lines with letters beyond ASCII are right than wrong: the wrong ones become
    rejects. Otherwise cp1250, cp1252 or latin-1, told apart by bytes that are letters in one and signs in the other.
    """
    file.seek(0)
    start = file.read(4)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotCsv("This file is UTF-16. Please save it as “CSV UTF-8” and upload it again.")
    if start.startswith(b"PK\x03\x04"):
        raise NotCsv("This is a spreadsheet or an archive. Please save it as CSV and upload it again.")
    file.seek(0)
    right = wrong = central = punctuation = 0
    newline = carriage = False
    while block := file.read(_BLOCK):
        block += file.readline(_BLOCK)
        newline, carriage = newline or b"\n" in block, carriage or b"\r" in block
        if b"\x00" in block:
            raise NotCsv("This file holds binary data; it is not a CSV file.")
        if block.isascii():
            continue
        for line in block.split(b"\n"):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                right += 1
            except UnicodeDecodeError:
                wrong += 1
                central += _central_letters(line)
                punctuation += sum(byte in _PUNCTUATION for byte in line)
    if carriage and not newline:
        raise NotCsv("The lines of this file end the way of very old Macs. Please save it as CSV UTF-8.")
    if start.startswith(BOM):
        return "utf-8-sig"
    if right >= wrong:
        return "utf-8"
    return "cp1250" if central else "cp1252" if punctuation else "latin-1"


def _central_letters(line: bytes) -> int:
    count = 0
    for number, byte in enumerate(line):
        if byte in _CENTRAL:
            beside = line[max(0, number - 1) : number] + line[number + 1 : number + 2]
            count += any(other in _LETTERS for other in beside)
        elif byte in _BOTH:
            following = line[number + 1 : number + 2]
            count += not following.isalpha() and following < b"\x80"
            count += byte == 0xF1 and following in _CONSONANTS
        elif 0x80 <= byte <= 0x9F and byte not in _PUNCTUATION:
            count += 1  # control characters in latin-1, letters such as ś and ž in cp1250
    return count


# ć ę ń in cp1250, æ ê ñ in latin-1: the former end words, and ń stands before consonants where ñ never does.
_BOTH = frozenset(b"\xe6\xea\xf1")
_CONSONANTS = frozenset(bytes([letter]) for letter in b"bcdfghjklmnpqrstvwxz")
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def delimiter(file: BinaryIO, coding: str) -> str:
    """The delimiter by which the first lines fall into equally many columns, more than one."""
    file.seek(0)
    sample = file.read(_SAMPLE)
    if b"\n" in sample:
        sample = sample[: sample.rindex(b"\n") + 1]
    text = sample.removeprefix(BOM).decode("utf-8" if coding == "utf-8-sig" else coding, "replace")
    best, points = ",", (0.0, 0)
    for candidate in DELIMITERS:
        try:
            widths = [len(row) for row in islice(csv.reader(io.StringIO(text), delimiter=candidate), 50) if row]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        same = sum(width == widths[0] for width in widths) / len(widths)
        if (same, widths[0]) > points:
            best, points = candidate, (same, widths[0])
    return best
