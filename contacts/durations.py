"""ISO 8601 durations (`P2D`, `PT30M`, `P1M`): calendar steps in a zone, absolute hours.

Days and months are calendar steps in the zone, hours are absolute. A missing local time (spring) becomes the next
valid one, a doubled one (autumn) the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from dateutil.relativedelta import relativedelta

_PATTERN = re.compile(
    r"P(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8})S)?)?"
)


class BadDuration(ValueError):
    """This is not a duration such as P2D (2 days) or PT30M (30 minutes)."""


@dataclass(frozen=True)
class Duration:
    months: int = 0
    days: int = 0
    seconds: int = 0

    def add_to(self, at: datetime, zone: tzinfo = UTC) -> datetime:
        """The moment this long after `at`; days and months are counted on the wall clock of `zone`."""
        if self.months or self.days:
            local = at.astimezone(zone).replace(tzinfo=None)
            local += relativedelta(months=self.months, days=self.days)
            at = from_local(local, zone)
        return at + timedelta(seconds=self.seconds)

    def approximate_seconds(self) -> int:
        """For comparisons and limits only: a month counts 30 days."""
        return (self.months * 30 + self.days) * 86_400 + self.seconds


def from_local(local: datetime, zone: tzinfo) -> datetime:
    """A naive local time as UTC: a missing one becomes the next valid one, a doubled one the first."""
    aware = local.replace(tzinfo=zone, fold=0)
    back = aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    if back != local:  # in the gap: with fold=0 the pre-gap offset is used, which lands after the gap by as much
        before, after = aware.utcoffset(), local.replace(tzinfo=zone, fold=1).utcoffset()
        assert before is not None and after is not None
        gap = after - before
        probe = aware.astimezone(UTC)
        # The first valid moment is the transition itself.
        low, high = probe - abs(gap), probe
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            if middle.astimezone(zone).utcoffset() == before:
                low = middle
            else:
                high = middle
        return high.replace(microsecond=0)
    return aware.astimezone(UTC)


@lru_cache(maxsize=4096)
def parse(text: str) -> Duration:
    """Read `P2D`; raises `BadDuration`."""
    match = _PATTERN.fullmatch(text) if isinstance(text, str) and len(text) <= 40 else None
    if not match or text in ("P", "") or text.endswith("T"):
        raise BadDuration(f"“{text}” is not a duration such as P2D (2 days) or PT30M (30 minutes).")
    part = {name: int(value or 0) for name, value in match.groupdict().items()}
    return Duration(
        months=part["years"] * 12 + part["months"],
        days=part["weeks"] * 7 + part["days"],
        seconds=part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"],
    )


def words(text: str) -> str:
    """`P2D` as marketers say it: "2 days"."""
    duration = parse(text)
    years, months = divmod(duration.months, 12)
    weeks, days = divmod(duration.days, 7) if duration.days % 7 == 0 else (0, duration.days)
    hours, rest = divmod(duration.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [
        f"{count} {name}{'' if count == 1 else 's'}"
        for count, name in (
            (years, "year"),
            (months, "month"),
            (weeks, "week"),
            (days, "day"),
            (hours, "hour"),
            (minutes, "minute"),
            (seconds, "second"),
        )
        if count
    ]
    return " ".join(parts) or "no time"
