"""What a simulation tells: the path with its whys, messages as written, the choices there were, what changed, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder import catalogue, graph
from builder.names import DocumentNames
from builder.problem import Problem
from contacts import clock
from contacts.durations import parse
from contacts.models import ConsentState, Contact, Event
from engine import history
from engine.models import Refusal, Run, RunStatus
from engine.outcomes import words as outcome_words
from engine.simulate.drive import MOST_VISITS, Drive, making
from engine.simulate.happenings import in_words
from engine.simulate.sandbox import FIRST_ID
from engine.steps.base import Step


@dataclass(frozen=True)
class Standing:
    """What is known of a contact, to tell what changed."""

    tags: frozenset[str]
    lists: frozenset[str]
    consents: Mapping[str, str]
    fields: Mapping[str, Any]
    last_event: int

    @classmethod
    def of(cls, contact_id: int) -> Standing:
        contact = Contact.objects.get(pk=contact_id)
        own = {name: getattr(contact, name) for name in _COLUMNS}
        return cls(
            tags=frozenset(contact.tags.values_list("name", flat=True)),
            lists=frozenset(contact.lists.values_list("slug", flat=True)),
            consents=dict(ConsentState.objects.filter(contact_id=contact_id).values_list("subject", "state")),
            fields={**own, **contact.fields},
            last_event=Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0,
        )

    def changed_to(self, later: Standing) -> dict[str, Any]:
        keys = sorted({*self.fields, *later.fields})
        return {
            "tags": {"added": sorted(later.tags - self.tags), "removed": sorted(self.tags - later.tags)},
            "lists": {"joined": sorted(later.lists - self.lists), "left": sorted(self.lists - later.lists)},
            "fields": {
                key: {"before": self.fields.get(key), "after": later.fields.get(key)}
                for key in keys
                if self.fields.get(key) != later.fields.get(key)
            },
            "consents": {
                subject: state for subject, state in later.consents.items() if self.consents.get(subject) != state
            },
        }


_COLUMNS = ("email", "phone", "external_id", "first_name", "last_name", "language", "time_zone", "score")


def told(
    *,
    drive: Drive,
    drawing: graph.Graph,
    letters: list[dict[str, Any]],
    before: Standing,
    refusal: Refusal | None,
    problems: Sequence[Problem],
    broken: Mapping[str, list[str]],
    trigger: str,
) -> dict[str, Any]:
    """The answer of `POST simulate/`; called inside the sandbox, where all of it is to be read."""
    names = DocumentNames(drawing)
    contact = Contact.objects.get(pk=drive.contact_id)
    run = drive.run()
    run = run if run is not None and run.pk > FIRST_ID else None
    path = history.path_json([run])[0] if run else None
    others = Run.objects.filter(contact_id=contact.pk, pk__gt=FIRST_ID).exclude(workflow_id=drive.program.workflow_id)
    now = Standing.of(contact.pk)
    invented = drive.asked.contact_id is None
    return {
        "contact": {"id": None if invented else contact.pk, "name": _name(contact, invented), "invented": invented},
        "trigger": trigger,
        "entered": run is not None,
        "refused": _refused(refusal, names, drive) if refusal is not None else None,
        "starts_at": drive.start.isoformat(),
        "ends_at": clock.now().isoformat(),
        "status": path["status"] if path else "refused",
        "outcome": path["outcome"] if path else None,
        "outcome_label": outcome_words(run.outcome) if run and run.outcome else "",
        "stopped": _stopped(drive, names, broken, trigger, run),
        "visits": _visits(drive, path["visits"], names, broken) if path else [],
        "messages": [
            {key: value for key, value in letter.items() if key != "run"}
            for letter in letters
            if run and letter["run"] == run.pk
        ],
        "happenings": [
            {
                "at": one.at.isoformat(),
                "node": one.node,
                "nth": one.nth,
                "what": in_words(one.what, names),
                "problem": one.problem or None,
            }
            for one in drive.told
        ],
        "changes": before.changed_to(now),
        "events": list(
            Event.objects.filter(contact_id=contact.pk, pk__gt=before.last_event, run_id__gt=FIRST_ID)
            .order_by("pk")
            .values_list("name", flat=True)[:100]
        ),
        "others": [_elsewhere(one) for one in history.path_json(list(others.order_by("pk")[:20]))],
        "problems": [problem.as_json() for problem in problems],
    }


def _name(contact: Contact, invented: bool) -> str:
    full = f"{contact.first_name} {contact.last_name}".strip()
    return full or contact.email or contact.phone or ("An invented person" if invented else contact.name)


def _refused(refusal: Refusal, names: DocumentNames, drive: Drive) -> dict[str, str]:
    sentence = f"{refusal.sentence}. {refusal.why_words(names, drive.zone)}".strip()
    return {"reason": refusal.reason, "sentence": sentence}


def _elsewhere(path: dict[str, Any]) -> dict[str, Any]:
    kept = ("workflow", "workflow_name", "status", "outcome", "outcome_label", "entered_at", "ended_at", "visits")
    return {key: path[key] for key in kept}


def _stopped(
    drive: Drive, names: DocumentNames, broken: Mapping[str, list[str]], trigger: str, run: Run | None
) -> dict[str, Any] | None:
    """Where it went no further, and why, in one sentence; None when it came to an end of its own."""
    if run is None and trigger in broken:
        return {"node": trigger, "sentence": f"Nobody comes in yet: {'; '.join(broken[trigger])}."}
    if not drive.stopped or (run is not None and run.status != RunStatus.ACTIVE):
        return None
    node = drive.stopped_at or (run.node if run else None)
    here = names.node(node) if node else ""
    return {
        "node": node,
        "sentence": {
            "stuck": f"It stops at “{here}”: {_dotless('; '.join(broken.get(node or '', ())))}.",
            "nothing comes": f"It waits at “{here}” for something that never comes.",
            "too long": f"Five years on, it still waits at “{here}”.",
            "too many visits": f"After {MOST_VISITS} steps it was stopped at “{here}”: does it go in circles?",
            "too many happenings": "So much happened that it was stopped.",
            "took too long": f"It took too long to work out and was stopped at “{here}”.",
        }[drive.stopped],
    }


def _dotless(text: str) -> str:
    return text.rstrip(".") or "it cannot run yet"


def _visits(
    drive: Drive, visits: list[dict[str, Any]], names: DocumentNames, broken: Mapping[str, list[str]]
) -> list[dict[str, Any]]:
    times: dict[str, int] = {}
    found = []
    for visit in visits:
        times[visit["node"]] = times.get(visit["node"], 0) + 1
        visit = {**visit, "visit": times[visit["node"]], "label": names.node(visit["node"])}
        visit.pop("message", None)
        visit["choices"] = choices(drive, visit, names)
        if visit["left_at"] is None and visit["node"] in broken:
            visit["why"] = f"It stops here: {_dotless('; '.join(broken[visit['node']]))}."
        found.append(visit)
    return found


def choices(drive: Drive, visit: Mapping[str, Any], names: DocumentNames) -> list[dict[str, Any]]:
    """The ways that this visit could have taken: [{port, label, tone, what, after, taken, chosen}], empty where there was one."""
    drawn = drive.program.nodes.get(visit["node"])
    raw = names.graph.nodes.get(visit["node"])
    kind = catalogue.get(raw.kind) if raw else None
    if drawn is None or raw is None or kind is None or not issubclass(kind, Step):
        return []
    ports = kind.ports_of(raw.settings)
    if len(ports) < 2:
        return []
    run = drive.run()
    chosen = {one.port for one in drive.chooser.of(run.pk, visit["node"], visit["nth"]) if one.port} if run else set()
    found = []
    for port in ports:
        made = making(kind, drawn.settings, port.name) if kind.listens else None
        found.append(
            {
                "port": port.name,
                "label": port.label,
                "tone": port.tone,
                "what": ", and ".join(in_words(one, names) for one in made) if made else "",
                "after": _after(raw.settings) if kind.listens and port.tone != "timeout" else None,
                "taken": visit["port"] == port.name,
                "chosen": port.name in chosen,
            }
        )
    return found


def _after(settings: Mapping[str, Any]) -> str:
    """When a chosen thing happens unless said otherwise: three hours in, or half-way through a shorter wait."""
    try:
        seconds = parse(settings.get("timeout", "")).approximate_seconds()
    except ValueError:
        return "PT3H"
    return "PT3H" if seconds > 6 * 3600 else f"PT{max(1, seconds // 120)}M"
