"""Who may come in: triggers hear events, and the workflow's rules refuse with a reason."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.model.reference.calendar import later
from tests.model.reference.facts import Asking, like
from tests.model.reference.people import Event, Person, Run

if TYPE_CHECKING:
    from tests.model.reference.world import Trellis, Workflow

MAX_DEPTH = 10


def handle_events(world: Trellis) -> bool:
    """Every event that was not handled yet, in the order received, by every trigger that hears it."""
    busy = False
    for person in world.people:
        for event in person.events:
            if event.handled:
                continue
            event.handled = busy = True
            for workflow in world.workflows:
                for node in workflow.live.triggers:
                    if hears(world, person, node["settings"], event):
                        enter(world, workflow, node, person, event)
    return busy


def hears(world: Trellis, person: Person, settings: dict[str, Any], event: Event) -> bool:
    on, has = settings["on"], event.properties
    name = settings["name"] if on == "event" else f"message_{settings['did']}" if on == "message_event" else on
    if event.name != name or on in ("manual", "api", "from_workflow"):
        return False
    if on in ("tag_added", "tag_removed"):
        return has["tag"] == settings["tag"]
    if on in ("list_joined", "list_left"):
        return has["list"] == settings["list"]
    if on == "consent_changed":
        return has["subject"] == settings["subject"] and settings["state"] in ("any", has["state"])
    if on == "field_changed":
        values = ((settings.get("was"), has["old"]), (settings.get("becomes"), has["new"]))
        return has["field"] == settings["field"] and all(
            not wanted or str(value if value is not None else "").lower() == wanted.lower() for wanted, value in values
        )
    if on == "page_visited":
        long = not settings.get("seconds") or has.get("seconds", 0) >= settings["seconds"]
        return like(settings["url"], has["url"]) and long
    if on == "form_submitted" and settings.get("form") and has.get("form") != settings["form"]:
        return False
    if on == "app_installed" and settings.get("app"):
        return has.get("app") == settings["app"]
    if on == "message_event":
        return settings["did"] != "clicked" or not settings.get("link") or like(settings["link"], has["url"])
    return Asking(person, world.now, world.zone, {}).fit(settings.get("where", []), has)


def enrol(world: Trellis, workflow: Workflow, people: list[Person], key: str) -> None:
    """By hand: obeys every rule but the trigger's filter."""
    triggers = workflow.live.triggers
    node = next((one for one in triggers if one["settings"]["on"] == "manual"), triggers[0])
    for person in people:
        enter(world, workflow, node, person, None, key=key)


def enter(
    world: Trellis,
    workflow: Workflow,
    node: dict[str, Any],
    person: Person,
    event: Event | None,
    key: str = "",
    sent_by: Run | None = None,
) -> Run | None:
    """A run at the trigger, or a refusal with its reason. `sent_by`: the run of another workflow that sends them here."""
    depth = sent_by.depth + 1 if sent_by else event.depth if event else 0
    by_filter = node["settings"]["on"] == "from_workflow" if sent_by else event is not None
    reason, slot = why_not(world, workflow, node, person, event, key, depth, by_filter)
    if reason:
        person.refusals.append((workflow.index, reason, world.now))
        return None
    rule = workflow.live.settings.get("reentry", "once")
    if rule == "restart":
        for run in person.runs:
            if run.workflow is workflow and run.status == "active":
                world.take_out(run, "restarted")
    numbers = world.run_numbers.get(person.number, [])
    run = Run(
        person=person,
        workflow=workflow,
        version=workflow.live,
        node=node["id"],
        started_at=event.received_at if event and not sent_by else world.now,
        entered_at=world.now,
        due_at=world.now,
        number=numbers[len(person.runs)] if len(person.runs) < len(numbers) else 0,
        depth=depth,
        slot=slot,
        event=event,
    )
    person.runs.append(run)
    if is_held_out(run, workflow.live.settings.get("holdout", 0)):
        # Come and gone at once: it uses up the entry, and stands in no count but the group's own.
        world.counters[workflow.index, workflow.live.number, "", "+holdout"] += 1
        person.refusals.append((workflow.index, "holdout", world.now))
        world.end(run, "holdout")
        return None
    world.count(run, "+entered")
    world.wake(person, f"workflow:{workflow.index}")
    return run


def is_held_out(run: Run, percent: float) -> bool:
    """By hash of workflow and contact: the same person every time."""
    text = f"{run.workflow.number}:holdout:{run.person.number}:"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64 * 100 < percent


def from_workflow(world: Trellis, run: Run, to: Workflow) -> Run | None:
    """By the first trigger that is for this, else by the first: but then its filter is not asked."""
    triggers = to.live.triggers
    node = next((one for one in triggers if one["settings"]["on"] == "from_workflow"), triggers[0])
    return enter(world, to, node, run.person, run.event, sent_by=run)


def why_not(
    world: Trellis,
    workflow: Workflow,
    node: dict[str, Any],
    person: Person,
    event: Event | None,
    key: str,
    depth: int,
    by_filter: bool,
) -> tuple[str, str]:
    """(the first rule that refuses, or "", the entry slot that would be taken)."""
    settings, now = workflow.live.settings, world.now
    if depth > MAX_DEPTH:
        return "loop", ""
    if workflow.status == "paused":
        return "paused", ""
    if settings.get("starts_at") and now < datetime.fromisoformat(settings["starts_at"]):
        return "not_started", ""
    if settings.get("ends_at") and now >= datetime.fromisoformat(settings["ends_at"]):
        return "over", ""
    if by_filter and not world.asking(person).ask(node["settings"].get("filter")).true:
        return "no_match", ""
    if not world.asking(person).ask(settings.get("audience")).true:
        return "audience", ""
    return by_reentry(world, workflow, person, event, key)


def by_reentry(world: Trellis, workflow: Workflow, person: Person, event: Event | None, key: str) -> tuple[str, str]:
    """Counts all runs of the workflow over all versions; the cooldown runs from the exit."""
    settings = workflow.live.settings
    runs = [run for run in person.runs if run.workflow is workflow]
    rule = settings.get("reentry", "once")
    if rule == "each_key":
        value = key or (event.properties.get(settings["key"].removeprefix("event.")) if event else None)
        if value in (None, ""):
            return "no_key", ""
        slot = f"key:{value}"
    else:
        slot = rule if rule == "once" else "inside"
    if settings.get("max_entries") and len(runs) >= settings["max_entries"]:
        return "max_entries", ""
    ends = [run.ended_at for run in runs if run.ended_at]
    if settings.get("cooldown") and ends and later(max(ends), settings["cooldown"], world.zone_of(person)) > world.now:
        return "cooldown", ""
    if rule != "restart" and any(run.slot == slot for run in runs):
        return {"once": "once", "each_key": "same_key"}.get(rule, "inside"), ""
    return "", slot
