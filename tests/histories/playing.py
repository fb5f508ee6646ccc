"""Plays a recorded history: a document, people, what happened to them and how time passed; answers what became of everybody.

A history is a JSON file that stands for itself: {"recorded", "document", "contents", "people", "steps", "expected"}. `steps` are
{"event": {...}}, {"tag": [who, name]}, {"open": [who, node]}, {"advance": "P1D"}, {"publish": document, "people_inside": "move"}, in their order.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from builder import drafts, publishing
from builder.models import Workflow
from contacts import clock, consents, events, tags
from contacts.durations import parse
from contacts.models import Contact
from engine import hurry, pulse
from engine.messaging import content, hits
from engine.messaging.models import Message, Status
from engine.models import Run, Visit

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
BEGINS = "2026-11-23T08:00:00+00:00"


def play(history: dict[str, Any]) -> dict[str, Any]:
    """Person -> runs with their visits, tags, score and messages. Ids are given, as ways through a split hang on them."""
    with clock.freeze(BEGINS) as frozen, hurry.held():
        mails = {
            name: content.create(name=name, subject=subject, html=f"<p>{subject}</p>").pk
            for name, subject in history["contents"].items()
        }
        workflow = _workflow(_filled(history["document"], mails))
        people = {name: _person(name, number, row) for number, (name, row) in enumerate(history["people"].items())}
        for step in history["steps"]:
            ((what, told),) = ((key, value) for key, value in step.items() if key != "people_inside")
            if what == "event":
                at = told.get("occurred_at")
                events.record(
                    people[told["who"]].pk,
                    told["name"],
                    told.get("properties"),
                    occurred_at=datetime.fromisoformat(at) if at else None,
                    key=told.get("id"),
                )
            elif what == "tag":
                tags.add([people[told[0]].pk], [told[1]])
            elif what == "open":
                message = Message.objects.get(contact_id=people[told[0]].pk, node=told[1])
                hits.opened(message.pk, method="GET", agent=FIREFOX, headers={})
            elif what == "advance":
                _advance(frozen, told)
            else:
                revision = Workflow.objects.get(pk=workflow.pk).revision
                drafts.save(workflow.pk, _filled(told, mails), revision=revision, user=None)
                publishing.publish(workflow, user=None, people_inside=step["people_inside"])
            assert pulse.drain(30)
        return {name: _became(person) for name, person in people.items()}


def _workflow(document: dict[str, Any]) -> Workflow:
    workflow = Workflow.objects.create(
        pk=7001, name="History", draft=document, created_at=clock.now(), updated_at=clock.now()
    )
    publishing.publish(workflow, user=None)
    return workflow


def _person(name: str, number: int, row: dict[str, Any]) -> Contact:
    values = {"email": f"{name}@example.com", "first_name": name.title()} | {
        key: value for key, value in row.items() if key != "consents"
    }
    contact = Contact.objects.create(pk=8001 + number, **values)
    for subject in row.get("consents", ["email", "sms"]):
        consents.set([contact.pk], subject, "in", source="history")
    return contact


def _filled(document: dict[str, Any], mails: dict[str, int]) -> dict[str, Any]:
    """Contents are named in a history; here they get the ids of this database."""
    nodes = []
    for node in document["nodes"]:
        settings = dict(node["settings"])
        if isinstance(settings.get("content"), str):
            settings["content"] = mails[settings["content"]]
        nodes.append({**node, "settings": settings})
    return {**document, "nodes": nodes}


def _advance(frozen: clock.Frozen, duration: str) -> None:
    """From due moment to due moment, working off everything at each."""
    target = parse(duration).add_to(clock.now())
    while True:
        assert pulse.drain(30)
        due = pulse.next_due()
        if due is None or due > target:
            break
        frozen.set(due)
    frozen.set(target)
    assert pulse.drain(30)


def _became(person: Contact) -> dict[str, Any]:
    runs = []
    for run in Run.objects.filter(contact=person).order_by("pk"):
        visits = Visit.objects.filter(contact_id=person.pk, run_id=run.pk).order_by("nth")
        runs.append(
            {
                "status": run.get_status_display(),
                "outcome": run.outcome,
                "stands_at": run.node if run.status == 1 else None,
                "due": run.due_at.isoformat() if run.status == 1 and run.due_at else None,
                "visits": [
                    [visit.node, visit.port, visit.entered_at.isoformat(), visit.left_at.isoformat()]
                    for visit in visits
                ],
            }
        )
    person.refresh_from_db()
    return {
        "runs": runs,
        "tags": sorted(person.contact_tags.values_list("tag__name", flat=True)),
        "score": person.score,
        "messages": [
            [message.node, Status(message.status).label]
            for message in Message.objects.filter(contact_id=person.pk).order_by("planned_at", "pk")
        ],
    }
