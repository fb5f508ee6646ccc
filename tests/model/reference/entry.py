"""Who may come in: triggers hear events, and the workflow's rules refuse with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.model.reference.calendar import later
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
                    if hears(node["settings"], event):
                        enter(world, workflow, node, person, event)
    return busy


def hears(settings: dict[str, Any], event: Event) -> bool:
    on = settings["on"]
    if on == "tag_added":
        return event.name == on and event.properties["tag"] == settings["tag"]
    if on == "list_joined":
        return event.name == on and event.properties["list"] == settings["list"]
    if on == "event":
        return event.name == settings["name"]
    return event.name == on and on in ("contact_added", "purchase")


def enrol(world: Trellis, workflow: Workflow, people: list[Person], key: str) -> None:
    """By hand: obeys every rule but the trigger's filter."""
    triggers = workflow.live.triggers
    node = next((one for one in triggers if one["settings"]["on"] == "manual"), triggers[0])
    for person in people:
        enter(world, workflow, node, person, None, key=key)


def enter(
    world: Trellis, workflow: Workflow, node: dict[str, Any], person: Person, event: Event | None, key: str = ""
) -> None:
    reason, slot = why_not(world, workflow, node, person, event, key)
    if reason:
        person.refusals.append((workflow.index, reason, world.now))
        return
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
        started_at=event.received_at if event else world.now,
        entered_at=world.now,
        due_at=world.now,
        number=numbers[len(person.runs)] if len(person.runs) < len(numbers) else 0,
        depth=event.depth if event else 0,
        slot=slot,
        event=event,
    )
    person.runs.append(run)
    world.count(run, "+entered")


def why_not(
    world: Trellis, workflow: Workflow, node: dict[str, Any], person: Person, event: Event | None, key: str
) -> tuple[str, str]:
    """(the first rule that refuses, or "", the entry slot that would be taken)."""
    settings, now = workflow.live.settings, world.now
    if event and event.depth > MAX_DEPTH:
        return "loop", ""
    if workflow.status == "paused":
        return "paused", ""
    if settings.get("starts_at") and now < datetime.fromisoformat(settings["starts_at"]):
        return "not_started", ""
    if settings.get("ends_at") and now >= datetime.fromisoformat(settings["ends_at"]):
        return "over", ""
    if event and not world.asking(person).ask(node["settings"].get("filter")).true:
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
