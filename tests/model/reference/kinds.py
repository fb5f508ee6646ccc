"""What each node kind does with one run that is looked at: go through a port, stay, exit, or fail.

A run may be looked at at any time, so that looking twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.model.reference import calendar, entry
from tests.model.reference.facts import by_clock, looking_back, topics
from tests.model.reference.people import Effect, Message, Run

if TYPE_CHECKING:
    from tests.model.reference.world import Trellis


@dataclass
class Go:
    port: str = "next"


@dataclass
class Stay:
    until: datetime | None = None
    topics: frozenset[str] = frozenset()


@dataclass
class Exit:
    outcome: str
    port: str = "end"


@dataclass
class Fail:
    pass


@dataclass
class Jump:
    """Leave for another node than the lines lead to; `port` names the way."""

    target: str
    port: str


Decision = Go | Jump | Stay | Exit | Fail
Settings = dict[str, Any]


def trigger(world: Trellis, run: Run, settings: Settings) -> Decision:
    return Go()


# --- timing ---------------------------------------------------------------------------------------
def wait(world: Trellis, run: Run, settings: Settings) -> Decision:
    """The moment is settled on arrival. A date that is past, or that nobody has, holds nobody."""
    if run.deadline is None:
        zone, mode = world.zone_of(run.person), settings.get("mode", "duration")
        if mode == "duration":
            at: datetime | None = calendar.later(run.entered_at, settings["duration"], zone)
        elif mode == "time":
            at = calendar.next_at(run.entered_at, settings["time"], settings.get("weekdays", []), zone)
        else:
            at = _date(run, settings, zone)
            if at is None or at < run.entered_at:
                return Go("past" if settings.get("past") == "port" else "next")
        if settings.get("jitter"):
            seconds = calendar.roughly(settings["jitter"]).total_seconds() * die(run, f"jitter:{run.number}")
            at += timedelta(microseconds=int(seconds * 1_000_000))
        run.deadline = calendar.opening(at, settings["window"], zone) if settings.get("window") else at
    return Go() if run.deadline <= world.now else Stay(run.deadline)


def _date(run: Run, settings: Settings, zone: ZoneInfo) -> datetime | None:
    """A date of the drawing, of the contact, or of the event that let them in; at its own time of day or at the given one."""
    if settings["mode"] == "date":
        told: Any = settings.get("date")
    elif settings["mode"] == "field":
        told = run.person.get(settings["field"])
    else:
        told = run.event.properties.get(settings["property"]) if run.event else None
    if isinstance(told, str):
        try:
            told = datetime.fromisoformat(told) if "T" in told else date.fromisoformat(told)
        except ValueError:
            return None
    if not isinstance(told, date):
        return None
    if isinstance(told, datetime) and settings.get("keep_time"):
        at = told
    else:
        day = told.astimezone(zone).date() if isinstance(told, datetime) else told
        at = calendar.moment(datetime.combine(day, datetime.strptime(settings["time"], "%H:%M").time()), zone)
    if settings["mode"] == "date" or settings.get("side", "on") == "on":
        return at
    return calendar.later(at, settings["offset"], zone, sign=-1 if settings["side"] == "before" else 1)


def time_window(world: Trellis, run: Run, settings: Settings) -> Decision:
    zone = world.zone if settings.get("zone") == "workspace" else world.zone_of(run.person)
    if run.deadline is None:
        run.deadline = calendar.opening(run.entered_at, settings, zone)
    return Go() if run.deadline <= world.now else Stay(run.deadline)


def wait_until(world: Trellis, run: Run, settings: Settings) -> Decision:
    """On arrival the first branch that is true is taken; then the first to come true wins, and a tie goes by their order.

    What happened before the time was up wins, even if we look later.
    """
    arriving = run.deadline is None
    if arriving:
        run.deadline = calendar.later(run.entered_at, settings["timeout"], world.zone_of(run.person))
    time_is_up = run.deadline <= world.now and not run.woken
    won: list[tuple[datetime, int]] = []
    for number, way in enumerate(settings["branches"]):
        tree = looking_back(way["when"], way.get("look_back", ""))
        if not arriving and time_is_up and by_clock(tree, world.segments):
            continue  # time alone is never the reason to go on
        answer = world.asking(run.person, run, until=None if arriving else run.deadline).ask(tree)
        if not answer.true:
            continue
        # A state has no moment of its own: it goes by the last event that can have brought it about.
        at = answer.at or (None if arriving else _brought_about(world, run, tree))
        if at <= run.deadline if at else world.now < run.deadline:
            won.append((world.now if arriving else at or world.now, number))
    if won:
        return Go(settings["branches"][min(won)[1]]["port"])
    if run.deadline <= world.now:
        return Go("timeout")
    trees = [looking_back(way["when"], way.get("look_back", "")) for way in settings["branches"]]
    heard = set().union(*(topics(tree, world.segments) for tree in trees))
    return Stay(run.deadline, frozenset(heard))


def _brought_about(world: Trellis, run: Run, tree: Settings) -> datetime | None:
    names = topics(tree, world.segments)
    until = min(run.deadline, world.now)
    return max(
        (e.occurred_at for e in run.person.events if e.name in names and run.entered_at <= e.occurred_at <= until),
        default=None,
    )


# --- logic ----------------------------------------------------------------------------------------
def condition(world: Trellis, run: Run, settings: Settings) -> Decision:
    return Go("yes" if world.asking(run.person, run).ask(settings["when"]).true else "no")


def branch(world: Trellis, run: Run, settings: Settings) -> Decision:
    for way in settings["branches"]:
        if world.asking(run.person, run).ask(way["when"]).true:
            return Go(way["port"])
    return Go("else")


def split(world: Trellis, run: Run, settings: Settings) -> Decision:
    place = die(run, "" if settings.get("sticky", True) else f"{run.number}:{run.nth}") * 100
    edge = 0.0
    for arm in settings["arms"]:
        edge += arm["weight"]
        if place < edge:
            return Go(arm["port"])
    return Go(settings["arms"][-1]["port"])


def go_to(world: Trellis, run: Run, settings: Settings) -> Decision:
    sent = sum(visit.node == run.node and visit.port == "loop" for visit in run.visits)
    return Jump(settings["target"], "loop") if sent < settings["max_loops"] else Go("done")


def die(run: Run, salt: str = "") -> float:
    """A number from 0 to 1 that is the same on every machine, for ever (docs/format.md)."""
    text = f"{run.workflow.number}:{run.node}:{run.person.number}:{salt}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64


def goal(world: Trellis, run: Run, settings: Settings) -> Decision:
    """Counts who met it; everybody goes on."""
    if world.asking(run.person, run).ask(settings["when"]).true:
        world.count(run, "+goal")
    return Go()


# --- other workflows ----------------------------------------------------------------------------------
def enter_workflow(world: Trellis, run: Run, settings: Settings) -> Decision:
    """`start`: both run; `move`: this one ends; `call`: it waits for the other's end."""
    limit = calendar.later(run.entered_at, settings.get("timeout", "P30D"), world.zone_of(run.person))
    called = [one for one in run.person.runs if one.called_by == (run, run.nth)]
    if called:
        if called[0].ended_at and called[0].ended_at <= limit:
            return Go()
        return Go("timeout") if limit <= world.now else Stay(limit)
    entered = entry.from_workflow(world, run, world.workflows[settings["workflow"]])
    if entered is None or settings["mode"] == "start":
        return Go()
    if settings["mode"] == "move":
        return Exit("moved")
    entered.called_by = (run, run.nth)
    return Stay(limit)


def leave_workflow(world: Trellis, run: Run, settings: Settings) -> Decision:
    for other in run.person.runs:
        if other.workflow.index == settings["workflow"] and other is not run and other.status == "active":
            world.take_out(other, "removed")
    return Go()


# --- messages -------------------------------------------------------------------------------------
def email(world: Trellis, run: Run, settings: Settings) -> Decision:
    return _message(world, run, settings, "email")


def sms(world: Trellis, run: Run, settings: Settings) -> Decision:
    return _message(world, run, settings, "sms")


def _message(world: Trellis, run: Run, settings: Settings, channel: str) -> Decision:
    if run.result is None:
        source = settings
        while source.get("same_as"):
            source = run.version.nodes[source["same_as"]]["settings"]
        content = source.get("content")
        topic = world.topics.get(content, "")
        message = Message(
            run=run,
            nth=run.nth,
            node=run.node,
            channel=channel,
            purpose=settings.get("purpose", "marketing"),
            topic=topic,
            content=content,
            planned_at=world.now,
            not_before=world.now,
        )
        message.reason = world.refusal(message)
        message.status = "skipped" if message.reason else "planned"
        run.person.messages.append(message)
        run.result = message.status
    if run.result == "planned":
        return Stay()
    if run.result == "skipped":
        return Go("skipped")
    return Go() if run.result in ("accepted", "in_doubt") else Fail()


def audience(world: Trellis, run: Run, settings: Settings) -> Decision:
    if run.result is None:
        run.person.effects.append(Effect(run, run.nth, settings["audience"], world.now))
        run.result = "planned"
    if run.result == "planned":
        return Stay()
    return Go() if run.result == "accepted" else Fail()


# --- the contact ----------------------------------------------------------------------------------
def tag(world: Trellis, run: Run, settings: Settings) -> Decision:
    world.add_tags(run.person, settings.get("add", []), by=run)
    world.remove_tags(run.person, settings.get("remove", []), by=run)
    return Go()


def lists(world: Trellis, run: Run, settings: Settings) -> Decision:
    world.join_lists(run.person, settings.get("add", []), by=run)
    world.leave_lists(run.person, settings.get("remove", []), by=run)
    return Go()


def update_contact(world: Trellis, run: Run, settings: Settings) -> Decision:
    wanted: dict[str, Any] = {}
    score = [{"field": "score", "op": "increment", "value": settings["score"]}] if settings.get("score") else []
    for change in [*settings.get("changes", []), *score]:
        key, op = change["field"], change.get("op", "set")
        if op == "increment":
            held = wanted.get(key, run.person.get(key)) or 0
            wanted[key] = held + (change["value"] if change.get("value") is not None else 1)
        else:
            wanted[key] = None if op == "clear" else change["value"]
    world.set_fields(run.person, wanted, by=run)
    return Go()


def consent(world: Trellis, run: Run, settings: Settings) -> Decision:
    world.set_consent(run.person, settings["subject"], settings["state"], by=run)
    return Go()


def event(world: Trellis, run: Run, settings: Settings) -> Decision:
    world.record(run.person, settings["name"], settings.get("properties", {}), by=run)
    return Go()


def leave(world: Trellis, run: Run, settings: Settings) -> Decision:
    world.add_tags(run.person, settings.get("tags", []), by=run)
    return Exit(settings.get("outcome", "completed"))


KINDS: dict[str, Callable[[Trellis, Run, Settings], Decision]] = {
    "trigger": trigger,
    "wait": wait,
    "time_window": time_window,
    "go_to": go_to,
    "wait_until": wait_until,
    "goal": goal,
    "enter_workflow": enter_workflow,
    "leave_workflow": leave_workflow,
    "consent": consent,
    "condition": condition,
    "branch": branch,
    "split": split,
    "email": email,
    "sms": sms,
    "audience": audience,
    "tag": tag,
    "list": lists,
    "update_contact": update_contact,
    "event": event,
    "exit": leave,
}
