"""Comparing a value with what a marketer asked for: the operators of docs/conditions.md."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.model.reference.calendar import later, moment


def compare(asked: dict[str, Any], value: Any, now: datetime, zone: ZoneInfo) -> bool:
    op, wanted = asked.get("op", "is"), asked.get("value")
    present = value is not None and value != ""
    if op in ("set", "not_set"):
        return present == (op == "set")
    if op == "is_not":
        return not same(value, wanted)
    if not present:
        return False
    if op == "is":
        return same(value, wanted)
    if op == "in":
        return any(same(value, one) for one in wanted)
    if op in ("contains", "starts_with", "ends_with"):
        if not isinstance(value, str):
            return False
        value, wanted = value.lower(), wanted.lower()
        return {
            "contains": wanted in value,
            "starts_with": value.startswith(wanted),
            "ends_with": value.endswith(wanted),
        }[op]
    if op in ("gt", "gte", "lt", "lte", "between"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return {
            "gt": value > wanted,
            "gte": value >= wanted,
            "lt": value < wanted,
            "lte": value <= wanted,
            "between": wanted <= value <= asked.get("to", wanted),
        }[op]
    return dated(op, wanted, value, now, zone)


def same(value: Any, wanted: Any) -> bool:
    """Text without regard to case; a text is never a number, nor true a 1."""
    if isinstance(value, str) and isinstance(wanted, str):
        return value.lower() == wanted.lower()
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return isinstance(value, int | float) and isinstance(wanted, int | float) and value == wanted


def dated(op: str, wanted: str, value: Any, now: datetime, zone: ZoneInfo) -> bool:
    """Dates go by the contact's calendar, moments by the second."""
    if op == "within_last":
        low, high = shift(now, f"-{wanted}", zone), now
    elif op == "within_next":
        low, high = now, shift(now, wanted, zone)
    else:
        low = high = target(wanted, now, zone)
    if isinstance(value, datetime):
        at: Any = value
    elif isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        at, low, high = date.fromisoformat(value), low.astimezone(zone).date(), high.astimezone(zone).date()
    elif isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
        at, low, high = datetime.fromisoformat(value), low.replace(microsecond=0), high.replace(microsecond=0)
    else:
        return False
    return {"before": at < low, "after": at > low}.get(op, low <= at <= high)


def target(wanted: str, now: datetime, zone: ZoneInfo) -> datetime:
    """2026-12-01 (the beginning of that day for the contact), a moment, or from now: P7D, -P7D."""
    if wanted.lstrip("+-").startswith("P"):
        return shift(now, wanted, zone)
    if "T" in wanted:
        return datetime.fromisoformat(wanted)
    return moment(datetime.fromisoformat(wanted), zone)


def shift(now: datetime, duration: str, zone: ZoneInfo) -> datetime:
    return later(now, duration.lstrip("+-"), zone, sign=-1 if duration.startswith("-") else 1)
