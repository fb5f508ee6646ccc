"""Calendar steps for everybody at once: what a moment is on each contact's own wall clock, in SQL without time zones.

"Within the last 2 days" begins at one instant for nearly all zones and at another for the few whose clocks were changed
in between. So a batch gets one number, and a CASE for the exceptions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from django.db.models import BigIntegerField, Case, Value, When

from contacts.clock import from_micros, to_micros
from contacts.durations import Duration, parse

Answer = TypeVar("Answer", bound=Hashable)
_DAY = timedelta(hours=26)
_DAY_US = 86_400_000_000


@cache
def known() -> dict[str, ZoneInfo]:
    """Every zone by name. The first call reads some 600 small files (0.1 s)."""
    return {name: ZoneInfo(name) for name in sorted(available_timezones())}


def zone_of(name: str, home: tzinfo) -> tzinfo:
    """The contact's zone; an empty or unknown name is at home, in the workspace's."""
    return known().get(name) or home if name else home


def before(now: datetime, duration: Duration, zone: tzinfo) -> int:
    """The moment `duration` before `now` in microseconds; days and months are counted on the zone's wall clock."""
    back = Duration(months=-duration.months, days=-duration.days, seconds=-duration.seconds)
    return to_micros(back.add_to(now, zone))


def after(at: int, duration: Duration, zone: tzinfo) -> int:
    """The moment `duration` after `at`, both in microseconds."""
    if not duration.months:
        later = at + duration.days * _DAY_US
        then = from_micros(later).astimezone(zone)
        # Days after which the clock shows the same offset are days of 24 hours; 2 us where the calendar takes 12.
        if not then.fold and then.utcoffset() == from_micros(at).astimezone(zone).utcoffset():
            return later + duration.seconds * 1_000_000
    return to_micros(duration.add_to(from_micros(at), zone))


def by_zone(home: tzinfo, ask: Callable[[tzinfo], Answer]) -> tuple[Answer, dict[Answer, list[str]]]:
    """What `ask` says at home, and the names of the zones where it says something else."""
    at_home = ask(home)
    others: dict[Answer, list[str]] = defaultdict(list)
    for name, zone in known().items():
        answer = ask(zone)
        if answer != at_home:
            others[answer].append(name)
    return at_home, dict(others)


@lru_cache(maxsize=512)
def starts(now: datetime, text: str, home: tzinfo) -> tuple[int, dict[int, tuple[str, ...]]]:
    """Where "within the last D" begins: at home, and {moment: zones} where it begins elsewhere. Exact in every zone."""
    duration = parse(text)
    at_home = before(now, duration, home)
    if not (duration.months or duration.days):
        return at_home, {}
    hour = now.replace(minute=0, second=0, microsecond=0)
    others: dict[int, list[str]] = defaultdict(list)
    for names, settled in _alike(hour, duration, home):
        # Zones that show the same time today and showed the same time then begin at the same instant: ask one for all.
        for some in [names] if settled else [(name,) for name in names]:
            at = before(now, duration, known()[some[0]])
            if at != at_home:
                others[at].extend(some)
    return at_home, {at: tuple(names) for at, names in others.items()}


@lru_cache(maxsize=128)
def _alike(hour: datetime, duration: Duration, home: tzinfo) -> tuple[tuple[tuple[str, ...], bool], ...]:
    """Zones grouped by their offsets around both ends of a step back from this hour: (names, was no clock moved there?).

    Groups that stand still and step by days alone begin where home begins if home stands still too: they are left out,
    which is nearly all of them, nearly always.
    """
    then = Duration(-duration.months, -duration.days, -duration.seconds).add_to(hour)
    # The step lands near here in every zone: dates differ by one day, and so the lengths of their months by three.
    slack = _DAY + timedelta(days=4 if duration.months else 0)
    moments = [then - slack, then + slack, hour, hour + timedelta(hours=1)]
    groups: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for name, zone in known().items():
        groups[tuple(_offset(zone, moment) for moment in moments)].append(name)
    home_steady = len({_offset(home, moment) for moment in moments}) == 1
    return tuple(
        (tuple(names), offsets[0] == offsets[1] and offsets[2] == offsets[3])
        for offsets, names in groups.items()
        if not (home_steady and len(set(offsets)) == 1 and not duration.months)
    )


def _offset(zone: tzinfo, moment: datetime) -> timedelta | None:
    return moment.astimezone(UTC).astimezone(zone).utcoffset()


def start_expression(now: datetime, text: str, home: tzinfo, zone_path: str) -> Any:
    """`starts` as an expression over the column that holds the contact's zone; a plain number where one serves all."""
    at_home, others = starts(now, text, home)
    if not others:
        return Value(at_home, BigIntegerField())
    whens = [When(**{f"{zone_path}__in": names}, then=Value(at)) for at, names in others.items()]
    return Case(*whens, default=Value(at_home), output_field=BigIntegerField())
