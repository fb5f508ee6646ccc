"""Typed values of the customer's own fields: read from JSON, a form or a CSV cell, kept in one form each.

number: int or float · boolean: true/false · date: "2026-11-22" · datetime: "2026-11-22T09:00:00Z" (UTC, whole seconds,
so that text order is time order) · choice: one of the choices, as written there · text: at most 2,000 characters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from contacts import normalise

Value = str | int | float | bool

TEXT_LIMIT = 2_000
_YES = frozenset({"true", "yes", "y", "1", "on", "tak", "t"})
_NO = frozenset({"false", "no", "n", "0", "off", "nie", "f"})
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,12})?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[./]([0-9]{1,2})[./]([0-9]{4})")
_LARGEST = 2**53  # beyond it JSON numbers are not exact in browsers


def cast(value: object, kind: str, choices: Sequence[str] = (), zone: ZoneInfo | None = None) -> Value:
    """The value in its kept form; raises `ValueError` in words. `zone` is for times that name none (default UTC)."""
    if kind == "choice":
        return _choice(value, choices)
    if kind == "datetime":
        return _moment(value, zone)
    return _CASTS[kind](value)


def _text(value: object) -> str:
    return normalise.text(value, TEXT_LIMIT)


def _number(value: object) -> int | float:
    if isinstance(value, bool):
        raise ValueError("This must be a number.")
    if isinstance(value, str):
        plain = value.strip().replace("\u00a0", "").replace(" ", "")
        if not _NUMBER.fullmatch(plain):
            raise ValueError(f"“{value[:40]}” is not a number.")
        value = float(plain.replace(",", ".")) if "." in plain or "," in plain else int(plain)
    if not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > _LARGEST:
        raise ValueError("This must be a number of at most 15 digits.")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    plain = str(value).strip().lower()
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise ValueError(f"“{str(value)[:40]}” is neither yes nor no.")


def _date(value: object) -> str:
    if isinstance(value, str):
        plain = value.strip()
        day_first = _DAY_FIRST.fullmatch(plain)
        try:
            if day_first:
                day, month, year = (int(part) for part in day_first.groups())
                return date(year, month, day).isoformat()
            return date.fromisoformat(plain[:10]).isoformat() if len(plain) in (10, 19, 20, 25) else _fail_date(plain)
        except ValueError:
            return _fail_date(plain)
    raise ValueError("This must be a date such as 2026-11-22.")


def _fail_date(plain: str) -> str:
    raise ValueError(f"“{plain[:40]}” is not a date such as 2026-11-22.")


def _moment(value: object, zone: ZoneInfo | None) -> str:
    if not isinstance(value, str):
        raise ValueError("This must be a time such as 2026-11-22T09:00:00Z.")
    try:
        found = datetime.fromisoformat(value.strip())
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone or UTC)
        return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    except (ValueError, OverflowError):
        raise ValueError(f"“{value[:40]}” is not a time such as 2026-11-22T09:00:00Z.") from None


def _choice(value: object, choices: Sequence[str]) -> str:
    plain = normalise.text(value, TEXT_LIMIT)
    for choice in choices:
        if choice.casefold() == plain.casefold():
            return choice
    raise ValueError(f"“{plain[:40]}” is none of: {', '.join(choices)}.")


_CASTS: dict[str, Callable[[object], Value]] = {"text": _text, "number": _number, "boolean": _boolean, "date": _date}
