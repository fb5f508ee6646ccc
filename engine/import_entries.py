"""How many an import would let into which workflow: said before it starts, since it cannot be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from builder.models import Workflow
from contacts.imports.estimate import Estimate
from contacts.models import Import, fold
from engine.standing import doors


class Entering(NamedTuple):
    workflow: str
    people: int


def entering(of: Import, found: Estimate) -> list[Entering]:
    """Workflows that hear what this import does, with the most people who could enter each: filters, audiences and re-entry
    may let in fewer. Two queries."""
    most: dict[int, int] = {}
    for name, properties, people in _told(of, found):
        for door in doors().get(name, ()):
            if not door.paused and door.hears(properties):
                most[door.program.workflow_id] = max(people, most.get(door.program.workflow_id, 0))
    rows = Workflow.objects.filter(pk__in=most).order_by("name").values_list("pk", "name")
    return [Entering(name, most[pk]) for pk, name in rows if most[pk]]


def _told(of: Import, found: Estimate) -> Iterator[tuple[str, dict[str, Any], int]]:
    """What would be recorded: the event's name, its properties, for at most how many people."""
    everybody = found.new + found.known
    yield "contact_added", {}, found.new
    for tag in of.options.get("tags", []):
        yield "tag_added", {"tag": fold(tag)}, everybody
    for slug in of.options.get("lists", []):
        yield "list_joined", {"list": slug}, everybody
    for subject, state in of.options.get("consents", {}).items():
        yield "consent_changed", {"subject": subject, "state": state}, everybody
    if of.options.get("update_existing", True):
        for entry in of.mapping:
            yield "field_changed", {"field": entry.get("to", "")}, found.known
