"""What every page writes the same way: icons, numbers, moments, faces.

Moments are shown in Django's current time zone, which `contacts.views.page` sets to the person's.
"""

from __future__ import annotations

import zlib
from datetime import date, datetime, timedelta
from typing import Any

import phonenumbers
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from contacts import clock

register = template.Library()

FACES = ("messages", "timing", "contact", "logic", "site", "start")
SPREAD = 1396345  # any odd number would do; this one keeps our own people apart


@register.simple_tag
def icon(name: str, size: int = 18, css: str = "") -> SafeString:
    """An icon of static/icons.svg. Decoration for screen readers: the words stand beside it."""
    return format_html(
        '<svg class="i {}" width="{}" height="{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        css,
        size,
        size,
        static("icons.svg"),
        name,
    )


@register.filter
def n(value: Any) -> str:
    """1096 -> 1,096. Nothing known is a dash."""
    return "–" if value is None or value == "" else f"{int(value):,}"


@register.filter
def percent(part: Any, whole: Any) -> str:
    """Rounded to whole percents; a dash where there is nothing to divide by."""
    return f"{round(100 * part / whole)}%" if whole and part is not None else "–"


@register.filter
def initials(name: Any) -> str:
    """Two letters for a face: first and last word, else the first two letters."""
    words = [word for word in str(name).replace("@", " ").replace(".", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


@register.filter
def face(name: Any) -> str:
    """The tint of somebody's face: the same for the same name everywhere."""
    return "t-" + FACES[(zlib.crc32(initials(name).encode()) * SPREAD & 0xFFFFFFFF) // 65536 % len(FACES)]


def day_words(at: datetime, today: datetime) -> str:
    """23 Nov; the year only where it is not this one."""
    return f"{at.day} {at:%b}" + ("" if at.year == today.year else f" {at.year}")


def moment_words(at: datetime, style: str, now: datetime) -> str:
    """A local moment in words. Styles: day, dayname, full, short, clock, ago, today, long."""
    days = (now.date() - at.date()).days
    named = {0: "today", 1: "yesterday", -1: "tomorrow"}.get(days)
    match style:
        case "clock":
            return f"{at:%H:%M}"
        case "day":
            return day_words(at, now)
        case "dayyear":
            return f"{at.day} {at:%b} {at.year}"
        case "dayname":  # headings of a timeline
            return named.capitalize() if named == "today" else f"{at:%a} {day_words(at, now)}"
        case "stepday":  # where a path turns to another day
            return f"{at:%H:%M}" if days == 0 else f"{at:%a} {day_words(at, now)}, {at:%H:%M}"
        case "full":
            return f"{at:%a} {day_words(at, now)}, {at:%H:%M}"
        case "short":  # in tables: the time today, the day before
            return f"{at:%H:%M}" if days == 0 else f"{day_words(at, now)}, {at:%H:%M}"
        case "today":
            return f"{named} {at:%H:%M}" if named else f"{day_words(at, now)}, {at:%H:%M}"
        case "Today":
            return f"{named.capitalize() if named else day_words(at, now)}, {at:%H:%M}"
        case "todayword":
            return named or day_words(at, now)
        case "long":
            return f"{at:%A} {at.day} {at:%B} {at.year}"
    return _ago(at, now, days)


def _ago(at: datetime, now: datetime, days: int) -> str:
    passed = now - at
    if timedelta() <= passed < timedelta(minutes=1):
        return "just now"
    if timedelta() <= passed < timedelta(hours=1):
        minutes = int(passed.total_seconds() // 60)
        return f"{minutes} minute{'s' * (minutes != 1)} ago"
    if days == 0 and passed >= timedelta():
        hours = int(passed.total_seconds() // 3600)
        return f"{hours} hour{'s' * (hours != 1)} ago"
    return "yesterday" if days == 1 else day_words(at, now)


@register.simple_tag
def when(at: datetime | None, style: str = "ago") -> SafeString | str:
    """A <time> in the person's zone, with the exact moment on hover."""
    if at is None:
        return "–"
    local = timezone.localtime(at)
    now = timezone.localtime(clock.now())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact(at), moment_words(local, style, now)
    )


@register.filter
def exact(at: datetime) -> str:
    """Monday 23 November 2026, 09:00:03 (Europe/Warsaw): what shows on hover."""
    local = timezone.localtime(at)
    zone = timezone.get_current_timezone_name()
    return f"{local:%A} {local.day} {local:%B} {local.year}, {local:%H:%M:%S} ({zone})"


@register.filter
def phone(number: str | None) -> str:
    """+48600148214 -> +48 600 148 214, as its country writes it."""
    if not number:
        return "No phone number"
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


@register.filter
def localdate(at: datetime) -> date:
    """The day of a moment in the person's zone, to group by."""
    return timezone.localtime(at).date()


_SPAN_UNITS = (("day", 86_400), ("hour", 3_600), ("min", 60), ("s", 1))


def span_words(span: timedelta) -> str:
    """4 days 5 min: the two largest units that are not zero."""
    left = max(0, int(span.total_seconds()))
    parts: list[str] = []
    for unit, size in _SPAN_UNITS:
        count, left = divmod(left, size)
        if count and len(parts) < 2:
            parts.append(f"{count} {unit}" + ("s" if count != 1 and unit in ("day", "hour") else ""))
    return " ".join(parts) or "a moment"


@register.filter
def span(value: timedelta | None) -> str:
    return "–" if value is None else span_words(value)
