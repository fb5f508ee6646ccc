"""A run as its card and panel show it: facts, steps with their whys, and the picture of its path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from builder.picture import path_picture, strip
from contacts import clock
from contacts.templatetags.look import span_words
from engine import outcomes
from engine.history import Histories, Step
from engine.models import Run, RunStatus

# Shorter stays are the machine's, not a wait.
A_WAIT = timedelta(minutes=1)
_VERDICT = re.compile(r"(?<=: )(yes|no|in|out|unknown)\b(?=[.,; ])")
_REFUSED = re.compile(r"^(Not accepted\.|Failed:)")
_CHANNELS = {"email": ("e-mail", "e-mails"), "sms": ("SMS", "SMS")}
TONES = {
    "yes": ("pill-live", "check"),
    "branch": ("pill-live", "check"),
    "timeout": ("pill-warn", "clock"),
    "no": ("", "x"),
    "skipped": ("", "minus"),
    "failed": ("pill-danger", "alert-triangle"),
}


@dataclass(frozen=True)
class Told:
    """One step of a path. `full`: the day has changed since the step before, so the day is told too."""

    step: Step
    why: SafeString
    waited: str
    full: bool
    pill: tuple[str, str] | None


@dataclass(frozen=True)
class RunCard:
    run: Run
    version: int
    steps: list[Told]
    total: int
    decisions: int
    state: str
    tone: str
    icon: str
    tint: str
    time_inside: str
    sent: str
    days: str
    picture: SafeString

    @property
    def is_inside(self) -> bool:
        return self.run.status == RunStatus.ACTIVE


def cards(runs: Sequence[Run], *, small: bool = False) -> list[RunCard]:
    """The cards of these runs, in a fixed number of queries."""
    histories = Histories(runs)
    return [card(run, histories, small=small) for run in runs]


def card(run: Run, histories: Histories, *, small: bool = False) -> RunCard:
    steps = histories.steps(run)
    document = histories.document(run)
    visits = [{"node": step.node, "port": step.port} for step in steps]
    failed = run.node if run.status == RunStatus.FAILED else ""
    state, tone, icon, tint = _state(run, steps)
    return RunCard(
        run=run,
        version=histories.versions[run.version_id].number,
        steps=_told(steps, histories),
        total=len(document.get("nodes") or []),
        decisions=sum(step.decides or step.failed for step in steps),
        state=state,
        tone=tone,
        icon=icon,
        tint=tint,
        time_inside=span_words((run.ended_at or clock.now()) - run.started_at),
        sent=_sent(steps),
        days=_days(run, histories),
        picture=strip(document, visits, failed) if small else path_picture(document, visits, failed=failed),
    )


def _told(steps: Sequence[Step], histories: Histories) -> list[Told]:
    found: list[Told] = []
    day: date | None = None
    for step in steps:
        local = step.entered_at.astimezone(histories.zone).date()
        stay = (step.left_at or clock.now()) - step.entered_at
        waited = ""
        if step.group == "timing" and stay >= A_WAIT:
            waited = f"waited {wait_words(stay)}" if step.left_at else f"for {wait_words(stay)}"
        stopped = step.failed and step is steps[-1]
        pill = TONES.get(step.port_tone, TONES["no"]) if step.port_label and not stopped else None
        pill = pill if step.decides or step.failed else None
        found.append(Told(step, verdicts(step.why), waited, local != day, pill))
        day = local
    return found


def verdicts(why: str) -> SafeString:
    """A why with its verdicts in bold: "Opened Introduction: <b>no</b>. Sent 23 Nov 09:00." Everything is escaped."""
    told = _VERDICT.sub(r"<b>\1</b>", str(escape(why)))
    told = _REFUSED.sub(r'<b class="bad">\1</b>', told)
    return mark_safe(told)  # noqa: S308  # escaped; only <b> is ours


def wait_words(stay: timedelta) -> str:
    """How long a wait was, without the minute the machine took: 2 days, 1 day 3 hours."""
    size = timedelta(hours=1) if stay >= timedelta(days=1) else timedelta(minutes=1)
    return span_words(stay - stay % size) if stay >= size else span_words(stay)


def _state(run: Run, steps: Sequence[Step]) -> tuple[str, str, str, str]:
    """Words and tone of the pill, icon and tint of the tile."""
    last = steps[-1] if steps else None
    match run.status:
        case RunStatus.ACTIVE if last is not None:
            verb = "Waits at" if last.group == "timing" else "Is at"
            return f"{verb} {last.label}", "pill-info", last.icon, last.group
        case RunStatus.FAILED:
            return "Failed", "pill-danger", "alert-triangle", "danger"
        case RunStatus.REMOVED:
            return outcomes.words(run.outcome), "", "x", "end"
    return outcomes.words(run.outcome), "pill-live" if run.outcome in ("completed", "goal") else "", "flag-3", "end"


def _sent(steps: Sequence[Step]) -> str:
    """2 e-mails, 2 SMS"""
    went = Counter(step.message.channel for step in steps if step.message is not None and step.message.accepted_at)
    parts = [f"{n} {_CHANNELS.get(channel, (channel, channel))[n != 1]}" for channel, n in sorted(went.items()) if n]
    return ", ".join(parts) or "none"


def _days(run: Run, histories: Histories) -> str:
    """23 to 27 Nov"""
    start = run.started_at.astimezone(histories.zone)
    end = (run.ended_at or clock.now()).astimezone(histories.zone)
    last = f"{end.day} {end:%b}"
    if start.date() == end.date():
        return last
    return f"{start.day} to {last}" if start.month == end.month else f"{start.day} {start:%b} to {last}"
