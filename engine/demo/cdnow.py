"""Reads the purchases of `cdnow_sample.txt`; its source is named in README.md beside it."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

SAMPLE = Path(__file__).with_name("cdnow_sample.txt")


class Purchase(NamedTuple):
    """`nth` counts a customer's purchases from 1."""

    customer: int
    nth: int
    day: date
    quantity: int
    value: float


@cache
def customers() -> dict[int, list[Purchase]]:
    """Customer number in the sample (1 to 2,357) -> purchases, oldest first."""
    found: dict[int, list[Purchase]] = {}
    for line in SAMPLE.read_text().splitlines():
        _, customer, day, quantity, value = line.split()
        bought = found.setdefault(int(customer), [])
        when = datetime.strptime(day, "%Y%m%d").date()
        bought.append(Purchase(int(customer), len(bought) + 1, when, int(quantity), float(value)))
    return found


@cache
def last_day() -> date:
    return max(purchase.day for bought in customers().values() for purchase in bought)
