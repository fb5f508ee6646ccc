"""Hours and days on people's own clocks: the next time of day, the next opening of a window. Steps ask this, none does it itself.

A local time that a change of clocks leaves out becomes the next valid one, a doubled one is the first. A window is the stretch
between two moments found so; one that the change swallows whole keeps its length from the moment the clocks were changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contacts.durations import from_local

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
_DAY = timedelta(days=1)


def _weekdays(value: list[int]) -> list[int]:
    if not set(value) <= set(range(1, 8)):
        raise ValueError("Days run from 1 (Monday) to 7 (Sunday)")
    return sorted(set(value))


Weekdays = Annotated[
    list[int],
    AfterValidator(_weekdays),
    Field(json_schema_extra={"x-widget": "weekdays"}, description="None chosen: any day."),
]


class Window(BaseModel):
    """Hours in which people may go on: "from" included, "to" not; from later than to spans midnight, the same means all day."""

    model_config = ConfigDict(populate_by_name=True)

    from_: str = Field("09:00", alias="from", title="From", pattern=CLOCK, json_schema_extra={"x-widget": "time"})
    to: str = Field("18:00", title="To", pattern=CLOCK, json_schema_extra={"x-widget": "time"})
    weekdays: Weekdays = Field(default_factory=list, title="On")

    def words(self) -> str:
        """ "Mon to Fri, 09:00 to 18:00"."""
        hours = "all day" if self.from_ == self.to else f"{self.from_} to {self.to}"
        return f"{days_words(self.weekdays)}, {hours}" if self.weekdays else hours


def days_words(weekdays: Sequence[int]) -> str:
    """ "Mon to Fri", "Sat, Sun"."""
    days = list(weekdays)
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0] - 1]} to {DAYS[days[-1] - 1]}"
    return ", ".join(DAYS[day - 1] for day in days)


def at_time(day: date, clock_time: str, zone: tzinfo) -> datetime:
    """This time on this day, in UTC."""
    return from_local(datetime.combine(day, time.fromisoformat(clock_time)), zone)


def next_time(at: datetime, clock_time: str, weekdays: Sequence[int], zone: tzinfo) -> datetime:
    """The first moment strictly after `at` at this time of day, on one of these ISO weekdays (none: any), in `zone`."""
    today = at.astimezone(zone).date()
    for ahead in range(9):
        day = today + ahead * _DAY
        if weekdays and day.isoweekday() not in weekdays:
            continue
        found = at_time(day, clock_time, zone)
        if found > at:
            return found
    raise ValueError("no such time within a week")  # unreachable: every weekday comes within 8 days


def opening(at: datetime, window: Window, zone: tzinfo) -> datetime:
    """`at` if it lies within the window, else when the window next opens. A window past midnight is that of the day it begins on."""
    today = at.astimezone(zone).date()
    for ahead in range(-1, 9):
        day = today + ahead * _DAY
        if window.weekdays and day.isoweekday() not in window.weekdays:
            continue
        opens, closes = span(day, window, zone)
        if at < opens:
            return opens
        if at < closes:
            return at
    raise ValueError("no opening within a week")  # unreachable: as above


def span(day: date, window: Window, zone: tzinfo) -> tuple[datetime, datetime]:
    """When the window that begins on this day opens and closes."""
    overnight = window.from_ >= window.to
    opens = at_time(day, window.from_, zone)
    closes = at_time(day + _DAY if overnight else day, window.to, zone)
    if closes <= opens:
        start, end = (datetime.combine(day, time.fromisoformat(text)) for text in (window.from_, window.to))
        closes = opens + (end - start) % _DAY
    return opens, closes
