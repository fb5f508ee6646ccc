"""Times of day, for starts that go by the clock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta, tzinfo

from contacts.durations import from_local

CLOCK = r"([01]\d|2[0-3]):[0-5]\d"


def next_time(now: datetime, at: str, weekdays: Collection[int], zone: tzinfo) -> datetime:
    """The first moment after `now` when it is `at` in `zone`, on one of these ISO weekdays (none: any)."""
    day, moment = now.astimezone(zone).date(), time.fromisoformat(at)
    for ahead in range(9):
        found = from_local(datetime.combine(day + timedelta(days=ahead), moment), zone)
        if found > now and (not weekdays or (day + timedelta(days=ahead)).isoweekday() in weekdays):
            return found
    raise ValueError("no such day within a week")
