"""Durations, and days on a contact's own wall clock."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def parts(duration: str) -> tuple[int, int, timedelta]:
    """(months, days, the rest) of `P1M`, `P2D`, `PT30M`."""
    years, months, weeks, days, hours, minutes, seconds = (int(n or 0) for n in _DURATION.fullmatch(duration).groups())
    return years * 12 + months, weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds)


def roughly(duration: str) -> timedelta:
    """A month as 30 days: only for spreading people over a time."""
    months, days, rest = parts(duration)
    return timedelta(days=30 * months + days) + rest


def later(at: datetime, duration: str, zone: ZoneInfo, *, sign: int = 1) -> datetime:
    """Months and days are steps on the wall clock of the zone, hours are absolute."""
    months, days, rest = parts(duration)
    if months or days:
        wall = add_months(at.astimezone(zone).replace(tzinfo=None), sign * months) + sign * timedelta(days=days)
        at = moment(wall, zone)
    return at + sign * rest


def add_months(wall: datetime, months: int) -> datetime:
    """The same day so many months on, or the last day of a month that is too short."""
    year, month = divmod(wall.year * 12 + wall.month - 1 + months, 12)
    return wall.replace(year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1]))


def moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """A time on the wall as a moment: a missing one (spring) becomes the next valid one, a doubled one (autumn) the first."""
    while True:
        at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=None) == wall:
            return at
        wall = wall.replace(second=0, microsecond=0) + MINUTE


def next_at(at: datetime, clock: str, weekdays: list[int], zone: ZoneInfo) -> datetime:
    """The first moment after `at` when it is `clock` ("09:00") on one of these weekdays (none: any) in the zone."""
    day = at.astimezone(zone).date()
    while True:
        found = moment(datetime.combine(day, datetime.strptime(clock, "%H:%M").time()), zone)
        if found > at and (not weekdays or day.isoweekday() in weekdays):
            return found
        day += timedelta(days=1)


def opening(at: datetime, window: dict, zone: ZoneInfo) -> datetime:
    """`at` if it lies in the window, else the moment when the window opens next.

    A window past midnight belongs to the day on which it begins; the same time twice is the whole day.
    """
    day = at.astimezone(zone).date() - timedelta(days=1)
    while True:
        if not window.get("weekdays") or day.isoweekday() in window["weekdays"]:
            wall = datetime.combine(day, datetime.strptime(window["from"], "%H:%M").time())
            end = datetime.combine(day, datetime.strptime(window["to"], "%H:%M").time())
            end += timedelta(days=1) if end <= wall else timedelta()
            opens, closes = moment(wall, zone), moment(end, zone)
            if closes <= opens:  # spring swallowed it whole: it keeps its length from then on
                closes = opens + (end - wall)
            if at < closes:
                return max(at, opens)
        day += timedelta(days=1)
