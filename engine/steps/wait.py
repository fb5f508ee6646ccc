from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts.clock import from_micros, to_micros
from contacts.durations import from_local, parse, words
from engine.batch import Batch, Token
from engine.steps.base import Step
from engine.steps.split import position

Date = date  # the setting is called date too
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONGEST = timedelta(days=366)
_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


class Window(BaseModel):
    """Hours in which people may go on: "from" included, "to" not; from later than to spans midnight."""

    from_: str = Field("09:00", alias="from", title="From", pattern=_CLOCK, json_schema_extra={"x-widget": "time"})
    to: str = Field("18:00", title="To", pattern=_CLOCK, json_schema_extra={"x-widget": "time"})
    weekdays: list[int] = Field(default_factory=list, title="On", json_schema_extra={"x-widget": "weekdays"})


class WaitSettings(Settings):
    mode: Literal["duration", "time", "date"] = Field(
        "duration",
        title="Wait",
        json_schema_extra={
            "x-widget": "select",
            "x-labels": {"duration": "For a while", "time": "Until a time of day", "date": "Until a date"},
        },
    )
    duration: str = Field(
        "P1D", title="How long", json_schema_extra={"x-widget": "duration", "x-show-if": {"mode": "duration"}}
    )
    time: str = Field(
        "09:00", title="Time", pattern=_CLOCK, json_schema_extra={"x-widget": "time", "x-show-if": {"mode": "time"}}
    )
    weekdays: list[int] = Field(
        default_factory=list,
        title="On these days",
        description="None chosen: any day.",
        json_schema_extra={"x-widget": "weekdays", "x-show-if": {"mode": "time"}},
    )
    date: Date | None = Field(None, title="Date", json_schema_extra={"x-show-if": {"mode": "date"}})
    window: Window | None = Field(
        None, title="Then only within", description="Whoever is due outside these hours goes on when they begin."
    )
    jitter: str | None = Field(
        None,
        title="Spread over",
        description="Lets people go on one after the other within this time, not all at once.",
        json_schema_extra={"x-widget": "duration"},
    )

    @field_validator("duration", "jitter")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None and not 0 < parse(value).approximate_seconds() <= LONGEST.total_seconds():
            raise ValueError("A wait lasts from 1 second to 1 year")
        return value

    @field_validator("weekdays")
    @classmethod
    def _days(cls, value: list[int]) -> list[int]:
        if not set(value) <= set(range(1, 8)):
            raise ValueError("Days run from 1 (Monday) to 7 (Sunday)")
        return sorted(set(value))


def next_time(at: datetime, clock_time: str, weekdays: list[int], zone: tzinfo) -> datetime:
    """The first moment strictly after `at` at this time of day, on one of these ISO weekdays (none: any), in `zone`."""
    local = at.astimezone(zone)
    moment = time.fromisoformat(clock_time)
    for ahead in range(9):
        day = local.date() + timedelta(days=ahead)
        if weekdays and day.isoweekday() not in weekdays:
            continue
        found = from_local(datetime.combine(day, moment), zone)
        if found > at:
            return found
    raise ValueError("no such time within a week")  # unreachable: every weekday comes within 8 days


def opening(at: datetime, window: Window, zone: tzinfo) -> datetime:
    """`at` if it lies within the window, else when the window next opens."""
    local = at.astimezone(zone)
    start, end = time.fromisoformat(window.from_), time.fromisoformat(window.to)
    inside, day = local.time() >= start and (local.time() < end or start >= end), local.date()
    if start > end and local.time() < end:  # past midnight: still the window of the day before
        inside, day = True, day - timedelta(days=1)
    if inside and (not window.weekdays or day.isoweekday() in window.weekdays):
        return at
    return next_time(at, window.from_, window.weekdays, zone)


class Wait(Step):
    """Holds people for a while, until a time of day, or until a date, and then lets them go on.

    Days are counted on each contact's own calendar: "3 days" after Friday 9:00 is Monday 9:00 where they live.
    """

    kind = "wait"
    label = "Wait"
    icon = "clock"
    group = "timing"
    ports = (Step.NEXT,)
    example = {"mode": "duration", "duration": "P3D"}
    Settings = WaitSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        for token in batch.tokens:
            if token.deadline is None:
                token.deadline = cls.deadline(batch, token)
            if token.deadline <= batch.now_us:
                batch.go(token)
            else:
                batch.park(token, token.deadline)

    @classmethod
    def deadline(cls, batch: Batch, token: Token) -> int:
        """When this run may go on, counted from when it came here (microseconds)."""
        settings = batch.settings
        if settings.mode == "duration":
            at = batch.later(token, settings.duration)
            if not settings.window and not settings.jitter:
                return at
        else:
            zone = batch.zone(token)
            came = from_micros(token.entered_at)
            if settings.mode == "time":
                at = to_micros(next_time(came, settings.time, settings.weekdays, zone))
            else:
                day = datetime.combine(settings.date or came.date(), time.fromisoformat(settings.time))
                at = max(token.entered_at, to_micros(from_local(day, zone)))
        if settings.jitter:
            share = position(token.workflow_id, token.node, token.contact_id, f"jitter:{token.id}") / 100
            at += int(parse(settings.jitter).approximate_seconds() * share * 1_000_000)
        if settings.window:
            at = to_micros(opening(from_micros(at), settings.window, batch.zone(token)))
        return at

    @classmethod
    def holds_s(cls, settings: WaitSettings) -> float:
        return parse(settings.duration).approximate_seconds() if settings.mode == "duration" else 0

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if node.settings.get("mode") == "date" and not node.settings.get("date"):
            yield Problem(node.id, "date", "No date is chosen")

    @classmethod
    def summary(cls, settings: WaitSettings, names: Names) -> str:
        if settings.mode == "time":
            days = f" on {', '.join(DAYS[day - 1] for day in settings.weekdays)}" if settings.weekdays else ""
            text = f"Wait until {settings.time}{days}"
        elif settings.mode == "date":
            text = f"Wait until {settings.date:%-d %B %Y}" if settings.date else "Wait until a date"
        else:
            text = f"Wait {words(settings.duration)}"
        return f"{text}, {settings.window.from_} to {settings.window.to}" if settings.window else text
