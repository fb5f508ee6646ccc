from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any, Literal

from pydantic import Field, field_validator

from builder.nodes import Names, Port, Settings
from builder.problem import Problem
from contacts.clock import from_micros, to_micros
from contacts.durations import Duration, parse, words
from engine import dates
from engine.batch import Batch, Token
from engine.hours import CLOCK, Weekdays, Window, at_time, days_words, next_time, opening
from engine.steps.base import Step
from engine.steps.split import position

Date = date  # the setting is called date too
LONGEST_DAYS = 366
MODES: dict[str, Any] = {
    "duration": "For a while",
    "time": "Until a time of day",
    "date": "Until a date",
    "field": "Until a date of the contact",
    "event": "Until a date of the event that let them in",
}
DATED = ["date", "field", "event"]
OWN = ["field", "event"]


def only(*modes: str) -> dict[str, Any]:
    return {"x-show-if": {"mode": list(modes) if len(modes) > 1 else modes[0]}}


class WaitSettings(Settings):
    mode: Literal["duration", "time", "date", "field", "event"] = Field(
        "duration", title="Wait", json_schema_extra={"x-widget": "select", "x-labels": MODES}
    )
    duration: str = Field("P1D", title="How long", json_schema_extra={"x-widget": "duration", **only("duration")})
    date: Date | None = Field(None, title="Date", json_schema_extra=only("date"))
    field: str = Field(
        "",
        title="Which date",
        max_length=60,
        json_schema_extra={
            "x-widget": "field",
            "x-types": ["date", "datetime"],
            "x-built-in": {"created_at": "datetime"},
            **only("field"),
        },
    )
    property: str = Field(
        "",
        title="Property of the event",
        max_length=100,
        description="Such as starts_at. Who came in without the event has no such date.",
        json_schema_extra=only("event"),
    )
    side: Literal["before", "on", "after"] = Field(
        "on",
        title="When",
        json_schema_extra={
            "x-widget": "select",
            "x-labels": {"before": "Some time before it", "on": "On the day itself", "after": "Some time after it"},
            **only(*OWN),
        },
    )
    offset: str = Field(
        "P1D", title="How long", json_schema_extra={"x-widget": "duration", "x-show-if": {"side": ["before", "after"]}}
    )
    keep_time: bool = Field(
        False,
        title="At its own time of day",
        description="Where the date has one; else at the time below.",
        json_schema_extra=only(*OWN),
    )
    time: str = Field(
        "09:00", title="Time", pattern=CLOCK, json_schema_extra={"x-widget": "time", **only("time", *DATED)}
    )
    weekdays: Weekdays = Field(default_factory=list, title="On these days", json_schema_extra=only("time"))
    past: Literal["go_on", "port"] = Field(
        "go_on",
        title="If that is past, or there is no date",
        json_schema_extra={
            "x-widget": "select",
            "x-labels": {"go_on": "They go on at once", "port": "They leave by a way of their own"},
            **only(*DATED),
        },
    )
    window: Window | None = Field(
        None, title="Then only within", description="Whoever is due outside these hours goes on when they begin."
    )
    jitter: str | None = Field(
        None,
        title="Spread over",
        description="Lets people go on one after the other within this time, not all at once.",
        json_schema_extra={"x-widget": "duration"},
    )

    @field_validator("duration", "jitter", "offset")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None and not 0 < parse(value).approximate_seconds() <= LONGEST_DAYS * 86_400:
            raise ValueError("A wait lasts from 1 second to 1 year")
        return value

    @field_validator("date")
    @classmethod
    def _in_this_life(cls, value: Date | None) -> Date | None:
        if value is not None and not dates.FIRST_YEAR <= value.year <= dates.LAST_YEAR:
            raise ValueError(f"A date lies between the years {dates.FIRST_YEAR} and {dates.LAST_YEAR}")
        return value


class Wait(Step):
    """Holds people for a while, until a time of day, or until a date, and then lets them go on.

    Days are counted on each contact's own calendar: "3 days" after Friday 9:00 is Monday 9:00 where they live. When somebody may
    go on is settled when they come here; a date that changes later does not move it.
    """

    kind = "wait"
    label = "Wait"
    icon = "clock"
    group = "timing"
    ports = (Step.NEXT,)
    extra_ports = (Port("past", "Past", "no", {"past": ["port"], "mode": DATED}),)
    example = {"mode": "duration", "duration": "P3D"}
    Settings = WaitSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        settings = batch.settings
        arriving = [token for token in batch.tokens if token.deadline is None]
        held = cls._dates(batch, arriving) if arriving and settings.mode in DATED else {}
        for token in arriving:
            if settings.mode not in DATED:
                token.deadline = cls._narrowed(batch, token, cls._own_time(batch, token))
                continue
            at = cls._around(settings, held.get(token.id), batch.zone(token))
            if at is None or to_micros(at) < token.entered_at:
                told = held[token.id].as_seen() if token.id in held else ""
                way = "past" if settings.past == "port" else "next"
                batch.go(token, way, [["past", told, at is not None]])
            else:
                token.deadline = cls._narrowed(batch, token, to_micros(at))
        for token in batch.tokens:
            if token.state:
                continue
            if token.deadline is not None and token.deadline <= batch.now_us:
                batch.go(token)
            else:
                batch.park(token, token.deadline)

    @classmethod
    def _own_time(cls, batch: Batch, token: Token) -> int:
        """A while after they came here, or the next time of day (microseconds)."""
        settings = batch.settings
        if settings.mode == "duration":
            return batch.later(token, settings.duration)
        return to_micros(next_time(from_micros(token.entered_at), settings.time, settings.weekdays, batch.zone(token)))

    @classmethod
    def _dates(cls, batch: Batch, tokens: list[Token]) -> Mapping[int, dates.Held]:
        """Run -> the date that it waits for; runs without one are left out. One query at most."""
        settings = batch.settings
        if settings.mode == "date":
            held = dates.Held(settings.date, None) if settings.date else None
            return {token.id: held for token in tokens} if held else {}
        if settings.mode == "field":
            found = dates.of_contacts({token.contact_id for token in tokens}, settings.field)
            return {token.id: found[token.contact_id] for token in tokens if token.contact_id in found}
        found = dates.of_events({token.event_id for token in tokens if token.event_id}, settings.property)
        return {token.id: found[token.event_id] for token in tokens if token.event_id in found}

    @classmethod
    def _around(cls, settings: Any, held: dates.Held | None, zone: tzinfo) -> datetime | None:
        """The date with its offset, at its time; None without a date."""
        if held is None:
            return None
        if held.moment is not None and settings.keep_time:
            at = held.moment
        else:
            at = at_time(held.on_calendar(zone), settings.time, zone)
        if settings.mode == "date" or settings.side == "on":
            return at
        step, sign = parse(settings.offset), -1 if settings.side == "before" else 1
        return Duration(sign * step.months, sign * step.days, sign * step.seconds).add_to(at, zone)

    @classmethod
    def _narrowed(cls, batch: Batch, token: Token, at: int) -> int:
        """Spread out, then within the window."""
        settings = batch.settings
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
        mode = node.settings.get("mode")
        if mode == "date" and not node.settings.get("date"):
            yield Problem(node.id, "date", "No date is chosen")
        elif mode == "field":
            field = node.settings.get("field")
            if not field:
                yield Problem(node.id, "field", "Which date of the contact?")
            elif field not in dates.BUILT_IN and names.fields.get(field, ("", ""))[1] not in ("date", "datetime"):
                yield Problem(node.id, "field", f"There is no date “{field}” among the contact's fields.")
        elif mode == "event" and not node.settings.get("property"):
            yield Problem(node.id, "property", "Which property of the event?")

    @classmethod
    def summary(cls, settings: WaitSettings, names: Names) -> str:
        if settings.mode == "duration":
            text = f"Wait {words(settings.duration)}"
        elif settings.mode == "time":
            text = f"Wait until {settings.time}{f' on {days_words(settings.weekdays)}' if settings.weekdays else ''}"
        elif settings.mode == "date":
            text = f"Wait until {settings.date:%-d %B %Y}" if settings.date else "Wait until a date"
        else:
            called = names.field(settings.field) if settings.mode == "field" else settings.property.replace("_", " ")
            called = called or "a date"
            text = f"Wait until {'' if settings.side == 'on' else f'{words(settings.offset)} {settings.side} '}{called}"
        return f"{text}, {settings.window.words()}" if settings.window else text

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] != "past":
            return None
        return f"The date was past: {entry[1]}." if entry[2] else "There was no date to wait for."
