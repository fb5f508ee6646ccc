from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, Literal

from pydantic import Field

from builder.nodes import Names, Settings
from contacts.clock import from_micros, to_micros
from engine.batch import Batch
from engine.hours import CLOCK, DAYS, Weekdays, Window, opening
from engine.steps.base import Step

ZONES: dict[str, Any] = {"contact": "Each contact's own clock", "workspace": "Our clock"}


class TimeWindowSettings(Settings):
    weekdays: Weekdays = Field(default_factory=lambda: [1, 2, 3, 4, 5], title="On")
    from_: str = Field("09:00", alias="from", title="From", pattern=CLOCK, json_schema_extra={"x-widget": "time"})
    to: str = Field(
        "17:00",
        title="To",
        pattern=CLOCK,
        description="Up to, not including. Before “from”: over midnight. The same: all day.",
        json_schema_extra={"x-widget": "time"},
    )
    zone: Literal["contact", "workspace"] = Field(
        "contact", title="By", json_schema_extra={"x-widget": "select", "x-labels": ZONES}
    )

    @property
    def window(self) -> Window:
        return Window(**{"from": self.from_, "to": self.to, "weekdays": self.weekdays})


class TimeWindow(Step):
    """Lets people go on only within these hours. Who comes within them passes at once; everybody else waits for the next opening.

    A window past midnight belongs to the day on which it begins: Friday 22:00 to 02:00 ends on Saturday.
    """

    kind = "time_window"
    label = "Time window"
    icon = "calendar-time"
    group = "timing"
    place = 60
    ports = (Step.NEXT,)
    example = {"weekdays": [1, 2, 3, 4, 5], "from": "09:00", "to": "17:00", "zone": "contact"}
    Settings = TimeWindowSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        window, by_contact = batch.settings.window, batch.settings.zone == "contact"
        # Calendar maths once per distinct arrival and zone, not once a person.
        known: dict[tuple[int, str], int] = {}
        for token in batch.tokens:
            if token.deadline is None:
                key = (token.entered_at, token.time_zone if by_contact else "")
                if key not in known:
                    zone = batch.zone(token) if by_contact else batch.work.zone
                    known[key] = to_micros(opening(from_micros(token.entered_at), window, zone))
                if known[key] == token.entered_at:
                    batch.go(token)
                    continue
                token.deadline = known[key]
            if token.deadline <= batch.now_us:
                batch.go(token, why=[["opened_at", token.deadline // 1_000_000]])
            else:
                batch.park(token, token.deadline)

    @classmethod
    def summary(cls, settings: TimeWindowSettings, names: Names) -> str:
        text = settings.window.words()
        return f"{text[:1].upper()}{text[1:]}" + (", our clock" if settings.zone == "workspace" else "")

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] != "opened_at":
            return None
        at = datetime.fromtimestamp(entry[1], zone)
        return f"Waited for the window to open on {DAYS[at.weekday()]} {at.day} {at:%b %H:%M}."
