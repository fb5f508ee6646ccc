"""A date of the contact: a birthday, a renewal, an appointment; on it, before it or after it, once or every year.

Nothing is stored per contact. At each tick the people are looked for whose moment fell since the tick before, so that whoever
joins late gets only what is still ahead, and a clock that stood still is made up for once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from builder.nodes import Names
from contacts.columns import Columns
from contacts.durations import Duration, from_local, parse, words
from engine.starts.base import Start
from engine.starts.clock import CLOCK, next_time

# The contact's own column that is a moment.
CREATED = "created_at"
LONGEST_S = 5 * 366 * 86_400
_ZONES = timedelta(days=2)  # a calendar day somewhere on earth, either way


def _readable(value: str) -> str:
    if not 0 < parse(value).approximate_seconds() <= LONGEST_S:
        raise ValueError("From 1 second to 5 years before or after.")
    return value


class OfDate(BaseModel):
    date: str = Field(
        "",
        title="Which date",
        max_length=60,
        json_schema_extra={"x-widget": "field", "x-types": ["date", "datetime"], "x-built-in": {CREATED: "datetime"}},
    )
    side: Literal["on", "before", "after"] = Field(
        "on",
        title="When",
        json_schema_extra={
            "x-widget": "select",
            "x-labels": {"on": "On that day", "before": "Before it", "after": "After it"},
        },
    )
    offset: Annotated[str, AfterValidator(_readable)] = Field(
        "P7D",
        title="How long",
        json_schema_extra={"x-widget": "duration", "x-show-if": {"side": ["before", "after"]}},
    )
    at: str = Field(
        "09:00",
        title="At",
        pattern=rf"^({CLOCK})?$",
        description="Where the contact lives. Left empty: to the minute, for dates that have a time.",
        json_schema_extra={"x-widget": "time"},
    )
    yearly: bool = Field(
        False,
        title="Every year",
        description="As for birthdays. Who was born on 29 February is met on the 28th otherwise.",
    )


def shift(settings: Any) -> Duration:
    """How far the moment lies from the date, backwards below zero."""
    if settings.side == "on":
        return Duration()
    by, sign = parse(settings.offset), -1 if settings.side == "before" else 1
    return Duration(months=sign * by.months, days=sign * by.days, seconds=sign * by.seconds)


def moment(value: str | datetime, settings: Any, zone: tzinfo, after: datetime, until: datetime) -> datetime | None:
    """The contact's moment within (after, until], if there is one. `value` as fields keep it: "2026-11-22" or a UTC moment."""
    if isinstance(value, datetime):
        local = value.astimezone(zone).replace(tzinfo=None)
    else:
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            return None
        local = read.astimezone(zone).replace(tzinfo=None) if read.tzinfo else read
    if settings.at:
        local = datetime.combine(local.date(), time.fromisoformat(settings.at))
    for base in _anniversaries(local, shift(settings), after, until) if settings.yearly else (local,):
        try:
            found = shift(settings).add_to(from_local(base, zone), zone)
        except (OverflowError, ValueError):  # year 0, year 10,000
            continue
        if after < found <= until:
            return found
    return None


def _anniversaries(first: datetime, by: Duration, after: datetime, until: datetime) -> Iterator[datetime]:
    """The date in each year that may matter, not before the date itself; 29 February is the 28th where there is none."""
    slack = timedelta(days=by.days + 31 * by.months, seconds=by.seconds)
    for year in range((after - slack - _ZONES).year - 1, (until - slack + _ZONES).year + 2):
        if year < first.year:
            continue
        try:
            yield first.replace(year=year)
        except ValueError:
            yield first.replace(year=year, day=28)


def base_days(settings: Any, after: datetime, until: datetime) -> tuple[date, date]:
    """The first and last calendar day that the contact's date can have, if its moment lies in the window. Generous."""
    by = shift(settings)
    slack = _ZONES + timedelta(days=abs(by.months) * 2)
    back = timedelta(days=by.days + 30 * by.months, seconds=by.seconds)
    return (after - back - slack).date(), (until - back + slack).date()


def next_tick(settings: Any, zones: Iterable[tzinfo], now: datetime) -> datetime:
    """The next moment after `now` at which it strikes `at` in one of these zones."""
    hours = timedelta(seconds=shift(settings).seconds)
    return min(next_time(now - hours, settings.at or "00:00", (), zone) + hours for zone in zones)


class DateField(Start):
    on, label, section, place = "date_field", "A date of the contact comes", "clock", 10
    Settings = OfDate
    needs = {"date": "Which date?"}
    came = "The date came."

    @classmethod
    def problems(cls, settings: Mapping[str, Any], names: Names) -> Iterable[tuple[str, str]]:
        yield from super().problems(settings, names)
        key = settings.get("date")
        if not key:
            return
        kind = "datetime" if key == CREATED else getattr(Columns.load().fields.get(key), "type", "")
        if not kind:
            yield "date", f"There is no field “{key}”. Choose another."
        elif kind not in ("date", "datetime"):
            yield "date", f"“{key}” is no date. Choose a field that is one."
        elif not settings.get("at") and kind == "date":
            yield "at", "A date without a time of its own needs one: at what time?"
        elif not settings.get("at") and settings.get("yearly"):
            yield "at", "What comes every year needs a time of day."

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        label = getattr(names, "field", lambda key: key)(settings.date) if settings.date else "…"
        label = "day of being added" if settings.date == CREATED else label
        away = "On" if settings.side == "on" else f"{words(settings.offset).capitalize()} {settings.side}"
        each = "each " if settings.yearly else ""
        at = f", {settings.at}" if settings.at else ""
        return f"{away} {each}{label}{at}" + (", people who match" if settings.filter else "")
