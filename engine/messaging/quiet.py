"""Quiet hours: when marketing waits, and when it may go again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Literal

from contacts.durations import from_local

JITTER_S = 900
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quiet:
    """From `start` until `end` on the wall clock of the contact or the workspace; a start after the end spans midnight."""

    start: time
    end: time
    zone: Literal["contact", "workspace"] = "contact"

    def opening(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet hours around `now` end; None: it is not quiet.

        Where clocks are changed a missing time is the next valid one, a doubled one the first.
        """
        today = now.astimezone(zone).date()
        over_midnight = self.start > self.end
        for day in (today - _DAY, today) if over_midnight else (today,):
            begins = from_local(datetime.combine(day, self.start), zone)
            ends = from_local(datetime.combine(day + _DAY if over_midnight else day, self.end), zone)
            if begins <= now < ends:
                return ends
        return None

    def spread_s(self) -> int:
        """Over how many seconds from the opening what waited is spread: 15 minutes, less if it is quiet again before."""
        open_s = (_seconds(self.start) - _seconds(self.end)) % 86_400
        return max(1, min(JITTER_S, open_s // 2))

    def resumes(self, now: datetime, zone: tzinfo, key: int) -> datetime | None:
        """When a message may go that is kept back now: at the opening, spread by its `key`. None: it may go."""
        opening = self.opening(now, zone)
        # Knuth's multiplicative hash: neighbouring keys land far from each other, and the same way every time.
        return opening and opening + timedelta(seconds=(key * 2_654_435_761 >> 8) % self.spread_s())


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second
