"""Whose date comes: asked of all contacts at once, roughly in SQL and exactly in Python (`engine.starts.dates.moment`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Substr

from contacts.conditions.comparing_sql import JsonText
from contacts.conditions.zones import zone_of
from contacts.models import Contact
from engine.standing import home_zone
from engine.starts.dates import CREATED, base_days, moment, next_tick

_DAY = timedelta(days=1)
_FIRST_YEAR = 2000  # nobody was added before
_FAR = timedelta(days=3_650)
_CHUNK = 500


def people(settings: Any, after: datetime, until: datetime, cursor: int, limit: int) -> list[int]:
    """Contacts beyond `cursor` whose moment may lie within (after, until], in the order of their ids: some too many, none too few."""
    rows = _near(settings, after, until).filter(pk__gt=cursor)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def moments(settings: Any, ids: Collection[int], after: datetime, until: datetime) -> dict[int, datetime]:
    """Of these contacts, those whose moment does lie there, with that moment on their own clock. One query."""
    found = {}
    for pk, name, value in _values(settings, Contact.objects.filter(pk__in=ids)):
        zone = zone_of(name, home_zone())
        at = moment(value, settings, zone, after, until)
        if at is not None:
            found[pk] = at.astimezone(zone)
    return found


def next_at(settings: Any, after: datetime, among: Collection[int] | None = None) -> datetime | None:
    """When somebody must look next: when it strikes the hour in a zone where contacts live, or at the next exact moment.

    `among`: for these contacts alone. One query; it reads all contacts once.
    """
    rows = Contact.objects.all() if among is None else Contact.objects.filter(pk__in=among)
    home = home_zone()
    if settings.at:
        names = set(rows.order_by().values_list("time_zone", flat=True).distinct())
        zones = {zone_of(name, home) for name in names}
        return next_tick(settings, zones or {home}, after)
    first, _ = base_days(settings, after, after)
    soonest: datetime | None = None
    for _, name, value in _values(settings, _from(settings, rows, first)):
        at = moment(value, settings, zone_of(name, home), after, after + _FAR)
        if at is not None and (soonest is None or at < soonest):
            soonest = at
        # Values come in order; beyond the roughness of months and zones none can be sooner.
        if soonest is not None and at is not None and at > soonest + 10 * _DAY:
            break
    return soonest


def _column(settings: Any) -> Any:
    return F(CREATED) if settings.date == CREATED else JsonText(F("fields"), settings.date)


def _values(settings: Any, rows: QuerySet[Contact]) -> Iterator[tuple[int, str, Any]]:
    found = rows.annotate(its=_column(settings)).exclude(its=None) if settings.date != CREATED else rows
    name = CREATED if settings.date == CREATED else "its"
    return found.order_by(name).values_list("pk", "time_zone", name).iterator(_CHUNK)


def _from(settings: Any, rows: QuerySet[Contact], first: date) -> QuerySet[Contact]:
    if settings.date == CREATED:
        return rows.filter(created_at__gte=_midnight(first))
    return rows.annotate(its=_column(settings)).filter(its__gte=first.isoformat())


def _near(settings: Any, after: datetime, until: datetime) -> QuerySet[Contact]:
    """Those whose date's calendar day fits, give or take some days."""
    first, last = base_days(settings, after, until)
    if settings.date == CREATED:
        if not settings.yearly:
            return Contact.objects.filter(created_at__gte=_midnight(first), created_at__lt=_midnight(last + _DAY))
        wanted = Q(pk__in=())
        for back in range(last.year - _FIRST_YEAR + 1):
            low, high = _years_before(first, back), _years_before(last, back) + 2 * _DAY
            wanted |= Q(created_at__gte=_midnight(low), created_at__lt=_midnight(high))
        return Contact.objects.filter(wanted)
    rows = Contact.objects.annotate(its=_column(settings)).filter(its__lt=(last + _DAY).isoformat())
    if not settings.yearly:
        return rows.filter(its__gte=first.isoformat())
    if (last - first).days >= 365:
        return rows
    days = {(first + number * _DAY).isoformat()[5:] for number in range((last - first).days + 1)}
    if "02-28" in days:
        days.add("02-29")
    return rows.annotate(day=Substr("its", 6, 5)).filter(day__in=days)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
