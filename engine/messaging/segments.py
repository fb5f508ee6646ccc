"""How many parts a text message has: 160 GSM-7 characters or 70 of UCS-2, 153 or 67 each when joined (3GPP 23.038, 23.040)."""

from __future__ import annotations

from typing import NamedTuple

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # an escape character before each: two places


class Segments(NamedTuple):
    encoding: str  # "GSM-7" or "UCS-2"
    length: int  # places used
    segments: int
    outside: str  # the characters that make it UCS-2


def count(text: str) -> Segments:
    """Length and parts of a text. One character outside GSM 03.38 cuts a part from 160 to 70."""
    outside = "".join(dict.fromkeys(letter for letter in text if letter not in _BASIC and letter not in _EXTENDED))
    if not outside:
        widths = [2 if letter in _EXTENDED else 1 for letter in text]
        return Segments("GSM-7", sum(widths), _parts(widths, 160, 153), "")
    # Letters beyond the basic plane take two places, which one part must hold together.
    widths = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
    return Segments("UCS-2", sum(widths), _parts(widths, 70, 67), outside)


def _parts(widths: list[int], single: int, joined: int) -> int:
    total = sum(widths)
    if total <= single:
        return 1 if total else 0
    parts, room = 1, joined
    for width in widths:
        if width > room:
            parts, room = parts + 1, joined
        room -= width
    return parts
