"""The settings of a whole workflow: who may come in, how often, when it counts as won."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from contacts import durations

Tree = Annotated[dict[str, Any], Field(json_schema_extra={"x-widget": "condition"})]


LONGEST_S = 100 * 366 * 86_400


def _duration(text: str) -> str:
    seconds = durations.parse(text).approximate_seconds()
    if seconds < 1:
        raise ValueError("This is no time at all. Give at least a second.")
    if seconds > LONGEST_S:  # the calendar itself ends
        raise ValueError("This is longer than a hundred years.")
    return text


def _clock_time(text: str) -> str:
    # As a clock shows it: "T09", "0900" and "22:00+02:00" are times to a computer alone.
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", text):
        raise ValueError("A time of day is written as 22:00.")
    return text


def _moment(value: datetime) -> datetime:
    if not 2000 <= value.year <= 2200:
        raise ValueError("A moment lies between the years 2000 and 2200.")
    return value


def _key(text: str) -> str:
    if not re.fullmatch(r"event\.[A-Za-z_][\w.]{0,79}", text):
        raise ValueError("A key is a property of the event that lets people in, such as event.order_id.")
    return text


Duration = Annotated[str, AfterValidator(_duration), Field(json_schema_extra={"x-widget": "duration"})]
Moment = Annotated[AwareDatetime, AfterValidator(_moment)]
ClockTime = Annotated[str, AfterValidator(_clock_time), Field(json_schema_extra={"x-widget": "time"})]


class Part(BaseModel):
    # Keys of a newer release are kept, never dropped in silence.
    model_config = ConfigDict(extra="allow", populate_by_name=True)


ON_GOAL: dict[str, Any] = {
    "count": "Count it, and let them go on",
    "exit": "They leave the workflow",
    "jump": "They go to a step",
}


class Goal(Part):
    """What the workflow is for. Met within the window, it counts, ends the run, or jumps to a step."""

    condition: Tree | None = Field(None, title="Met when")
    event: str = Field("", title="Or when this happens", max_length=80)
    window: Duration | None = Field(None, title="Within, from the entry")
    on: Literal["count", "exit", "jump"] = Field(
        "count", title="Then", json_schema_extra={"x-widget": "select", "x-labels": ON_GOAL}
    )
    node: str | None = Field(None, title="Step", json_schema_extra={"x-widget": "node", "x-show-if": {"on": "jump"}})

    @model_validator(mode="after")
    def says_what(self) -> Self:
        if bool(self.condition) == bool(self.event):
            raise ValueError("A goal is either a condition or an event.")
        if self.on == "jump" and not self.node:
            raise ValueError("Say to which step people jump when they reach the goal.")
        return self


class QuietHours(Part):
    """No marketing messages between these times. `from` after `to` spans midnight."""

    start: ClockTime = Field(alias="from", title="From")
    end: ClockTime = Field(alias="to", title="To")
    zone: Literal["contact", "workspace"] = Field("contact", title="By the clock of")

    @model_validator(mode="after")
    def leaves_time(self) -> Self:
        if time.fromisoformat(self.start) == time.fromisoformat(self.end):
            raise ValueError("Quiet hours begin and end at different times, or nothing would ever be sent.")
        return self


class WorkflowSettings(Part):
    objective: str = Field("", title="Objective", max_length=2000)
    objectives: list[Annotated[str, Field(max_length=80)]] = Field(
        default_factory=list, title="Objectives", max_length=20
    )
    tactic: str = Field("", title="Tactic", max_length=80)

    reentry: Literal["once", "after_exit", "each_key", "restart"] = Field("once", title="Coming in again")
    cooldown: Duration | None = Field(None, title="Not before")
    key: Annotated[str, AfterValidator(_key)] | None = Field(None, title="Once for each")
    max_entries: int | None = Field(None, title="At most, per contact", ge=1, le=1_000_000)
    audience: Tree | None = Field(None, title="Who may enter", json_schema_extra={"x-run": False})
    exit_when: Tree | None = Field(None, title="Leaves as soon as")
    goal: Goal | None = Field(None, title="Goal")
    holdout: float = Field(0, title="Left out, for comparison (%)", ge=0, le=90)

    quiet_hours: QuietHours | None = Field(None, title="Quiet hours")
    frequency_cap: bool = Field(True, title="Keeps to the workspace's limit of messages")
    priority: int = Field(0, title="Priority under that limit", ge=-100, le=100)

    starts_at: Moment | None = Field(None, title="Lets people in from")
    ends_at: Moment | None = Field(None, title="Lets people in until")
    test_only: list[Annotated[str, Field(min_length=3, max_length=320)]] = Field(
        default_factory=list, title="Test: only these addresses get anything", max_length=200
    )
    owner: int | None = Field(None, title="Owner")
    notify: list[int | Annotated[str, Field(max_length=320)]] = Field(
        default_factory=list, title="Who is told", max_length=50
    )

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        if self.reentry == "each_key" and not self.key:
            raise ValueError("key: Say for each of what people come in again, such as event.order_id.")
        if self.cooldown and self.reentry not in ("after_exit", "each_key"):
            raise ValueError("cooldown: A cooldown only makes sense for people who may come in again after their exit.")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at: The workflow ends before it starts.")
        return self

    def is_open(self, at: datetime) -> bool:
        """May people come in at this moment, by `starts_at` and `ends_at`?"""
        return (self.starts_at is None or at >= self.starts_at) and (self.ends_at is None or at < self.ends_at)


def read(settings: Mapping[str, Any]) -> WorkflowSettings:
    """The validated settings; raises pydantic's ValidationError."""
    return WorkflowSettings.model_validate(dict(settings))
