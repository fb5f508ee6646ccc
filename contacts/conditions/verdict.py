"""The answer of a condition, and how the answers of its leaves become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from contacts.clock import from_micros
from contacts.conditions.fact import Reader, Row

# A visit stores its why: more than a dozen leaves say no more than a dozen.
MOST_WHY = 12


class Verdict(NamedTuple):
    """`why` holds the leaves that decided, each [fact, value, what was seen], ready for JSON; see `why_sentence`.

    `at` is when the condition came true, as far as moments are known: what holds by the contact's state alone (a field,
    the weekday) has none. None too if it is false.
    """

    value: bool
    why: list[Any]
    at: datetime | None


class Folded(NamedTuple):
    value: bool
    why: list[Any]
    at: int | None


Folder = Callable[[Row], Folded]


def leaf(name: str, read: Reader) -> Folder:
    def fold(row: Row) -> Folded:
        value, seen, at = read(row)
        return Folded(value, [[name, value, seen]], at if value else None)

    return fold


def everything(row: Row) -> Folded:
    """Nobody asked for anything: true."""
    return Folded(True, [], None)


def group(kind: str, parts: Sequence[Folder]) -> Folder:
    """`all`, `any` or `none` of the parts. The why keeps what decided: for a false `all` the false ones, and so on."""

    def fold(row: Row) -> Folded:
        return combine(kind, [part(row) for part in parts])

    return fold


def combine(kind: str, found: Sequence[Folded]) -> Folded:
    """Empty groups: nothing is missing from `all` and `none`, nothing fulfils `any`.

    `all` came true with its last part, `any` with its first. A part without a moment has been so all along: it does not
    delay `all`, and it makes `any` true without a moment.
    """
    true = [one for one in found if one.value]
    if kind == "all":
        value, decided = len(true) == len(found), [one for one in found if not one.value] or found
        at = max((one.at for one in found if one.at is not None), default=None) if value else None
    elif kind == "any":
        value, decided = bool(true), true or found
        at = (
            None
            if not value or any(one.at is None for one in true)
            else min(one.at for one in true if one.at is not None)
        )
    else:
        value, decided, at = not true, true or found, None
    return Folded(value, [entry for one in decided for entry in one.why][:MOST_WHY], at)


def verdict(folded: Folded) -> Verdict:
    value, why, at = folded
    return Verdict(value, why, None if at is None else from_micros(at))
