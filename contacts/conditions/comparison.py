"""Comparing a value that a contact or an event has with what a marketer asked for. One meaning, in Python here and in SQL in
`comparing_sql`.

- No value (null, missing, or empty text) is only `not_set`, and `is_not` of everything. All else is false for it.
- A value of another type is like no value to an operator, but it is `set`. Text is never a number, nor true a 1.
- Text is compared without regard to case, by Unicode's rules; `*`, `%` and `_` are ordinary letters.
- Numbers are compared as doubles; `between` includes both ends.
- Dates have no time zone: "the last 30 days" counts back from today on the contact's own calendar, today included. Moments are
  compared by the second, and a bare date asked of a moment is the beginning of that day for the contact.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, Literal

from pydantic import Field, model_validator

from contacts.clock import to_micros
from contacts.conditions.fact import FactSettings
from contacts.conditions.texts import Text, labelled
from contacts.durations import BadDuration, Duration, from_local, parse, words

Operator = Literal[
    "is", "is_not", "in", "contains", "starts_with", "ends_with", "set", "not_set",
    "gt", "gte", "lt", "lte", "between", "before", "after", "within_last", "within_next",
]  # fmt: skip
SAID: dict[str, str] = {
    "is": "is", "is_not": "is not", "in": "is one of", "contains": "contains", "starts_with": "starts with",
    "ends_with": "ends with", "set": "is set", "not_set": "is not set", "gt": "is more than", "gte": "is at least",
    "lt": "is less than", "lte": "is at most", "between": "is between", "before": "is before", "after": "is after",
    "within_last": "is within the last", "within_next": "is within the next",
}  # fmt: skip
# Which operators make sense for which type of field: the browser offers these.
BY_TYPE: dict[str, tuple[str, ...]] = {
    "text": ("is", "is_not", "in", "contains", "starts_with", "ends_with", "set", "not_set"),
    "choice": ("is", "is_not", "in", "set", "not_set"),
    "number": ("is", "is_not", "gt", "gte", "lt", "lte", "between", "in", "set", "not_set"),
    "boolean": ("is", "is_not", "set", "not_set"),
    "date": ("is", "before", "after", "within_last", "within_next", "set", "not_set"),
    "datetime": ("before", "after", "within_last", "within_next", "set", "not_set"),
}
TEXTS = ("contains", "starts_with", "ends_with")
NUMBERS = ("gt", "gte", "lt", "lte", "between")
DATES = ("before", "after", "within_last", "within_next")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_LIMIT = 10.0**250


class Comparison(FactSettings):
    """An operator and what to compare with: the settings of the field fact, and of filters on events."""

    op: Operator = Field(
        "is",
        title="Compare",
        json_schema_extra=labelled(SAID, **{"x-by-type": {kind: list(ops) for kind, ops in BY_TYPE.items()}}),
    )
    value: Text | bool | int | float | list[Text | int | float] | None = Field(
        None,
        title="Value",
        description="For dates: 2026-12-01, a moment, or from now: P7D (in 7 days), -P7D (7 days ago).",
    )
    to: int | float | None = Field(None, title="to", description="The upper end of “between”.")

    @model_validator(mode="after")
    def _fits(self) -> Comparison:
        complaint = _complaint(self.op, self.value, self.to)
        if complaint:
            raise ValueError(complaint)
        return self


def _complaint(op: str, value: Any, to: Any) -> str:
    """What is wrong with these, or nothing."""
    if op in ("set", "not_set"):
        return ""
    if value is None or value == "" or value == []:
        return f"“{SAID[op]}” compares with nothing yet: give a value."
    if op == "in":
        if not isinstance(value, list) or len(value) > 200:
            return "“is one of” needs a list of at most 200 values."
        return next((fault for item in value if (fault := _complaint("is", item, None))), "")
    if isinstance(value, list):
        return f"“{SAID[op]}” takes one value, not a list."
    if op in TEXTS and not isinstance(value, str):
        return f"“{SAID[op]}” needs text."
    if op in NUMBERS and number(value) is None:
        return f"“{SAID[op]}” needs a number."
    if op == "between" and (number(to) is None or number(to) < number(value)):  # type: ignore[operator]
        return "“is between” needs two numbers, the smaller one first."
    if op in ("before", "after") and target(value) is None:
        return f"“{SAID[op]}” needs a date such as 2026-12-01, or a time from now such as P7D or -P7D."
    if op in ("within_last", "within_next") and (not isinstance(value, str) or not _is_duration(value)):
        return f"“{SAID[op]}” needs a duration such as P30D."
    if isinstance(value, int | float) and not isinstance(value, bool) and number(value) is None:
        return "This number is too large."
    return ""


def _is_duration(text: str) -> bool:
    try:
        return parse(text).approximate_seconds() <= 100 * 366 * 86_400
    except BadDuration:
        return False


def number(value: Any) -> float | None:
    """A JSON number as a double; None for anything else, and for what a double cannot hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_LIMIT < value < _LIMIT else None


def fold(text: str) -> str:
    """Text for comparison. SQLite is taught this very function, PostgreSQL's ICU follows the same tables."""
    return text.lower()


def is_present(value: Any) -> bool:
    return value is not None and value != ""


Target = date | datetime | tuple[int, Duration]


def target(value: Any) -> Target | None:
    """What `before` and `after` compare with: a date, a moment, or (sign, duration) from now; None if it is nothing of these."""
    if not isinstance(value, str):
        return None
    bare = value.lstrip("+-")
    if bare.startswith("P"):
        return (
            (-1 if value.startswith("-") else 1, parse(bare))
            if _is_duration(bare) and len(value) - len(bare) < 2
            else None
        )
    # The ends of the calendar have no neighbours in other zones: years of four digits, not the first, not the last.
    try:
        if _DATE.fullmatch(value):
            day = date.fromisoformat(value)
            return day if 1000 < day.year < 9000 else None
        if not _MOMENT.match(value):
            return None
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not 1000 < at.year < 9000:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def moment_of(wanted: Target, now: datetime, zone: tzinfo) -> datetime:
    """The target as a moment, for a contact in `zone`."""
    if isinstance(wanted, tuple):
        sign, step = wanted
        return Duration(sign * step.months, sign * step.days, sign * step.seconds).add_to(now, zone)
    if isinstance(wanted, datetime):
        return wanted
    return from_local(datetime.combine(wanted, time()), zone)


def day_of(wanted: Target, now: datetime, zone: tzinfo) -> str:
    """The target as a day on the contact's calendar, "2026-12-01"."""
    if isinstance(wanted, date) and not isinstance(wanted, datetime):
        return wanted.isoformat()
    return moment_of(wanted, now, zone).astimezone(zone).date().isoformat()


def span_of(asked: Comparison) -> tuple[Target | None, Target | None, bool]:
    """The ends of a comparison of dates: from, to, and whether they are included."""
    text = str(asked.value)
    if asked.op == "before":
        return None, target(text), False
    if asked.op == "after":
        return target(text), None, False
    today = (1, Duration())
    if asked.op == "within_last":
        return (-1, parse(text)), today, True
    return today, (1, parse(text)), True


def second(at: datetime) -> str:
    """The moment as stored moments of custom fields begin: UTC to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def holds(asked: Comparison, value: Any, now: datetime, zone: Callable[[], tzinfo]) -> bool:
    """Does the comparison hold for this value of a contact? `zone` is only asked for dates."""
    op = asked.op
    if op == "set":
        return is_present(value)
    if op == "not_set":
        return not is_present(value)
    if op == "is_not":
        return not _is(asked.value, value)
    if not is_present(value):
        return False
    if op == "is":
        return _is(asked.value, value)
    if op == "in":
        return any(_is(item, value) for item in asked.value)  # type: ignore[union-attr]
    if op in TEXTS:
        return isinstance(value, str) and _text(op, fold(value), fold(str(asked.value)))
    if op in NUMBERS:
        found = number(value)
        return found is not None and _number(asked, found)
    return _date(asked, value, now, zone())


def _is(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, bool):
        return value is wanted
    if isinstance(wanted, str):
        return isinstance(value, str) and fold(value) == fold(wanted)
    return number(value) is not None and number(value) == number(wanted)


def _text(op: str, value: str, wanted: str) -> bool:
    if op == "contains":
        return wanted in value
    return value.startswith(wanted) if op == "starts_with" else value.endswith(wanted)


def _number(asked: Comparison, value: float) -> bool:
    low = float(asked.value)  # type: ignore[arg-type]
    if asked.op == "between":
        return low <= value <= float(asked.to or 0)
    return {"gt": value > low, "gte": value >= low, "lt": value < low, "lte": value <= low}[asked.op]


def _date(asked: Comparison, value: Any, now: datetime, zone: tzinfo) -> bool:
    first, last, included = span_of(asked)
    if isinstance(value, datetime):
        ends: list[Any] = [end and to_micros(moment_of(end, now, zone)) for end in (first, last)]
        return _between(to_micros(value), ends[0], ends[1], included)
    if not isinstance(value, str):
        return False
    if _DATE.fullmatch(value):
        days = [end and day_of(end, now, zone) for end in (first, last)]
        return _between(value, days[0], days[1], included)
    if not _MOMENT.match(value):
        return False
    seconds = [end and second(moment_of(end, now, zone)) for end in (first, last)]
    return _between(value[:19], seconds[0], seconds[1], included)


def _between(value: Any, first: Any, last: Any, included: bool) -> bool:
    if included:
        return bool(first <= value <= last)
    return (first is None or value > first) and (last is None or value < last)


def comparison_words(asked: Comparison) -> str:
    """ "is Warsaw", "is within the last 30 days"."""
    if asked.op in ("set", "not_set"):
        return SAID[asked.op]
    value: Any = asked.value
    if isinstance(value, bool):
        told = "yes" if value else "no"
    elif isinstance(value, list):
        told = ", ".join(str(item) for item in value[:5]) + (" …" if len(value) > 5 else "")
    elif asked.op == "between":
        told = f"{value} and {asked.to}"
    elif asked.op in DATES and isinstance(relative := target(value), tuple):
        told = words(value.lstrip("+-"))
        if asked.op in ("before", "after"):
            told = f"{told} ago" if relative[0] < 0 else f"{told} from now"
    else:
        told = str(value)
    return f"{SAID[asked.op]} {told[:80]}"
