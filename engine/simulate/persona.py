"""An invented person, made in the sandbox by the same verbs that take a real one in."""

from __future__ import annotations

from contacts import clock, events, saving
from contacts.durations import parse
from contacts.events import NewEvent
from contacts.models import Event
from engine.simulate.asked import Persona

# Who has no address at all is still somebody.
NOBODY = "invented"


def make(persona: Persona) -> int:
    """Write this person as known since `known_for` before now, with their past. Raises `Invalid`. Answers the contact's id."""
    start = clock.now()
    values = dict(persona.values)
    values.pop("id", None)
    if not any(values.get(key) for key in ("email", "phone", "external_id")):
        values["external_id"] = NOBODY
    known_since = start - (parse(persona.known_for).add_to(start) - start) if persona.known_for else start
    with clock.simulate(known_since):
        contact = saving.save_new(values, by_user=None, source="simulation").contact
    past = [
        (start - (parse(event.before).add_to(start) - start), event.name, dict(event.properties))
        for event in persona.events
    ]
    for at, name, properties in sorted(past, key=lambda one: one[0]):
        with clock.simulate(at):
            events.record_many([NewEvent(contact.pk, name, properties, handled=True)])
    # Their past lets them into nothing: what lets them in is said apart.
    Event.objects.filter(contact_id=contact.pk).update(handled=True)
    return contact.pk
