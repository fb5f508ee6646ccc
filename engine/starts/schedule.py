"""A calendar rule: at each occurrence a whole segment comes in."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Annotated, Any

from dateutil.rrule import rrulestr
from pydantic import AfterValidator, Field

from builder.nodes import Names
from contacts import clock
from contacts.durations import from_local
from engine.starts.base import OfSegment, Start, segment_problems
from engine.starts.clock import CLOCK
from engine.steps.words import joined

Date = date
AHEAD, _NIGHT = timedelta(days=10 * 366), timedelta(hours=3)
_EARLIEST, _LATEST = date(2000, 1, 1), date(2200, 1, 1)
_DAYS = {"MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday", "SA": "Saturday", "SU": "Sunday"}  # fmt: skip
# Rules go by days, the time of day stands beside them: whatever else RFC 5545 knows could fire every second, or never.
_KEYS = {
    "FREQ": r"DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": r"[1-9]\d{0,2}",
    "COUNT": r"[1-9]\d{0,3}",
    "UNTIL": r"2[01]\d{6}(T\d{6}Z?)?",
    "BYDAY": r"([+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU))(,[+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU)){0,34}",
    "BYMONTHDAY": r"-?([1-9]|[12]\d|3[01])(,-?([1-9]|[12]\d|3[01])){0,61}",
    "BYMONTH": r"([1-9]|1[0-2])(,([1-9]|1[0-2])){0,11}",
    "BYSETPOS": r"-?[1-9]\d?(,-?[1-9]\d?){0,9}",
    "WKST": r"MO|SU",
}


def check(text: str) -> str:
    """The rule in its plain form; raises ValueError in words."""
    plain = re.sub(r"\s", "", text).upper().removeprefix("RRULE:").rstrip(";")
    if len(plain) > 300:
        raise ValueError("This rule is too long.")
    parts = [part.partition("=") for part in plain.split(";")]
    names = [name for name, _, _ in parts]
    if "FREQ" not in names or len(set(names)) != len(names):
        raise ValueError("A rule says once how often, such as FREQ=WEEKLY;BYDAY=MO.")
    for name, _, value in parts:
        if name not in _KEYS:
            raise ValueError(
                f"“{name[:20]}” cannot be used here. A rule goes by days: the time of day stands beside it."
            )
        if not re.fullmatch(_KEYS[name], value):
            if name == "FREQ":
                raise ValueError("A rule fires at most once a day: DAILY, WEEKLY, MONTHLY or YEARLY.")
            raise ValueError(f"“{name}={value[:20]}” is not a valid part of a rule.")
    given = {name: value for name, _, value in parts}
    if given["FREQ"] in ("DAILY", "WEEKLY") and {"BYMONTHDAY", "BYSETPOS"} & given.keys():
        raise ValueError("Days of the month belong to rules by month or year: FREQ=MONTHLY.")
    if "UNTIL" in given:
        try:
            datetime.strptime(given["UNTIL"][:8], "%Y%m%d")
        except ValueError:
            raise ValueError("“UNTIL” names a day that does not exist.") from None
    if "COUNT" in names and "UNTIL" in names:
        raise ValueError("A rule ends after so many times, or on a day, not both.")
    return plain


def _in_our_time(value: Date) -> Date:
    if not _EARLIEST <= value <= _LATEST:
        raise ValueError("The first day lies between 2000 and 2200.")
    return value


class OfSchedule(OfSegment):
    rule: Annotated[str, AfterValidator(check)] = Field(
        "FREQ=WEEKLY;BYDAY=MO",
        title="How often",
        max_length=400,
        json_schema_extra={"x-widget": "rrule", "x-placeholder": "FREQ=MONTHLY;BYMONTHDAY=1"},
    )
    begins: Annotated[Date, AfterValidator(_in_our_time)] | None = Field(
        None, title="From", description="The first day that may count. Left empty: the day of the publish."
    )
    hour: str = Field(
        "09:00",
        title="At",
        pattern=rf"^{CLOCK}$",
        description="By the workspace's clock.",
        json_schema_extra={"x-widget": "time"},
    )


def next_time(settings: Any, begins: date, after: datetime, zone: tzinfo) -> datetime | None:
    """The first occurrence after this moment, by the clock of `zone`; None: there is none, or none within ten years."""
    start = datetime.combine(settings.begins or begins, time.fromisoformat(settings.hour))
    # UNTIL as a day means that day with its hour. COUNT is counted here: the library would look for a rule that never comes
    # true until the year 9999.
    text = re.sub(r"UNTIL=(\d{8})[^;]*", r"UNTIL=\1T235959", settings.rule)
    most = re.search(r";?COUNT=(\d+)", text)
    rule = rrulestr(text.replace(most[0], "").lstrip(";") if most else text, dtstart=start)
    end = max(after.astimezone(zone).replace(tzinfo=None), start) + AHEAD
    if rule._until is None or rule._until > end:
        rule = rule.replace(until=end)
    # An hour that is missing or doubled on the night of a clock change moves the moment, so the moments themselves are compared.
    coming = islice(rule, int(most[1])) if most else rule.xafter(after.astimezone(zone).replace(tzinfo=None) - _NIGHT)
    return next((at for one in coming if (at := from_local(one, zone)) > after), None)


class Schedule(Start):
    on, label, section, place = "schedule", "A calendar rule", "clock", 20
    Settings = OfSchedule
    needs = {"segment": "Which segment comes in?"}
    came = "It was time, by the calendar."

    @classmethod
    def problems(cls, settings: Mapping[str, Any], names: Names) -> Iterable[tuple[str, str]]:
        yield from super().problems(settings, names)
        yield from segment_problems("segment", settings.get("segment"))
        read = OfSchedule.model_validate({key: settings[key] for key in OfSchedule.model_fields})
        if next_time(read, clock.now().date(), clock.now(), UTC) is None:
            yield "rule", "This never happens any more: there is no such day to come."

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        segment = names.segment(settings.segment) if settings.segment else "…"
        return f"{rule_words(settings.rule)}, {settings.hour}: everybody in {segment}"


def rule_words(text: str) -> str:
    """ "Every 2 weeks on Monday and Friday"."""
    part = dict(one.split("=", 1) for one in text.split(";") if "=" in one)
    unit = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}.get(part.get("FREQ", ""), "day")
    every = int(part.get("INTERVAL", 1))
    said = f"Every {unit}" if every == 1 else f"Every {every} {unit}s"
    if "BYDAY" in part:
        said += f" on {joined([_day(one) for one in part['BYDAY'].split(',')])}"
    if "BYMONTHDAY" in part:
        said += f" on the {joined([_ordinal(int(one)) for one in part['BYMONTHDAY'].split(',')])}"
    if "BYMONTH" in part:
        said += f" in {joined([calendar.month_name[int(one)] for one in part['BYMONTH'].split(',')])}"
    if "COUNT" in part:
        said += f", {part['COUNT']} times"
    if "UNTIL" in part:
        said += f", until {datetime.strptime(part['UNTIL'][:8], '%Y%m%d'):%-d %B %Y}"
    return said


def _day(code: str) -> str:
    place = re.sub(r"[A-Z+]", "", code)
    name = _DAYS[code[-2:]]
    if place.startswith("-"):
        return f"the {'last' if place == '-1' else f'{_ordinal(-int(place))} to last'} {name}"
    return f"the {_ordinal(int(place))} {name}" if place else name


def _ordinal(number: int) -> str:
    if number < 0:
        return "last day" if number == -1 else f"{_ordinal(-number)} day from the end"
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
