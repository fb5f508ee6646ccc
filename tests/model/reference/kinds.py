"""What each node kind does with one run that is looked at: go through a port, stay, exit, or fail.

A run may be looked at at any time, so that looking twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.model.reference import calendar
from tests.model.reference.facts import topics
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


@dataclass
class Fail:
    pass


Decision = Go | Stay | Exit | Fail
Settings = dict[str, Any]


def trigger(world: Trellis, run: Run, settings: Settings) -> Decision:
    return Go()


# --- timing ---------------------------------------------------------------------------------------
def wait(world: Trellis, run: Run, settings: Settings) -> Decision:
    if run.deadline is None:
        run.deadline = _end_of_wait(world, run, settings)
    return Go() if run.deadline <= world.now else Stay(run.deadline)


def _end_of_wait(world: Trellis, run: Run, settings: Settings) -> datetime:
    came, zone, mode = run.entered_at, world.zone_of(run.person), settings.get("mode", "duration")
    if mode == "duration":
        at = calendar.later(came, settings["duration"], zone)
    elif mode == "time":
        at = calendar.next_at(came, settings.get("time", "09:00"), settings.get("weekdays", []), zone)
    else:
        wall = datetime.fromisoformat(f"{settings['date']} {settings.get('time', '09:00')}")
        at = max(came, calendar.moment(wall, zone))
    if settings.get("jitter"):
        share = die(run, f"jitter:{run.number}")
        at += timedelta(microseconds=int(calendar.roughly(settings["jitter"]).total_seconds() * share * 1_000_000))
    return calendar.opening(at, settings["window"], zone) if settings.get("window") else at


def wait_until(world: Trellis, run: Run, settings: Settings) -> Decision:
    """On arrival all branches are tested in order; then the first to come true wins. A tie goes by their order."""
    arriving = run.deadline is None
    if arriving:
        run.deadline = calendar.later(run.entered_at, settings["timeout"], world.zone_of(run.person))
    came_true: list[tuple[datetime, str]] = []
    for branch in settings["branches"]:
        answer = world.asking(run.person, run, until=None if arriving else run.deadline).ask(branch["when"])
        if answer.true:
            came_true.append((answer.at or world.now, branch["port"]))
    if came_true:
        at, port = min(came_true, key=lambda one: one[0])
        # What has no moment of its own must hold before the time is up.
        if at <= run.deadline or world.now < run.deadline:
            return Go(port)
    if run.deadline <= world.now:
        return Go("timeout")
    heard = set().union(*(topics(branch["when"], world.segments) for branch in settings["branches"]))
    return Stay(run.deadline, frozenset(heard))


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


def die(run: Run, salt: str = "") -> float:
    """A number from 0 to 1 that is the same on every machine, for ever (docs/format.md)."""
    text = f"{run.workflow.number}:{run.node}:{run.person.number}:{salt}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64


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


def event(world: Trellis, run: Run, settings: Settings) -> Decision:
    world.record(run.person, settings["name"], settings.get("properties", {}), by=run)
    return Go()


def leave(world: Trellis, run: Run, settings: Settings) -> Decision:
    world.add_tags(run.person, settings.get("tags", []), by=run)
    return Exit(settings.get("outcome", "completed"))


KINDS: dict[str, Callable[[Trellis, Run, Settings], Decision]] = {
    "trigger": trigger,
    "wait": wait,
    "wait_until": wait_until,
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
