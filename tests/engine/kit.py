"""What engine tests draw with: small documents, published at once, and people of the house."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder import publishing
from builder.actions.create import create
from builder.models import Workflow
from contacts import consents
from contacts.models import Contact
from engine import pulse
from engine.models import Run, Visit

EMPTY: dict[str, Any] = {"format": 1, "nodes": [], "edges": [], "notes": [], "settings": {}}


def draw(
    nodes: Mapping[str, tuple[str, dict[str, Any]]], edges: Sequence[str], settings: dict[str, Any] | None = None
) -> dict[str, Any]:
    """{"n1": ("trigger", {...})} and ["n1 next n2"] -> a document."""
    return {
        **EMPTY,
        "nodes": [
            {
                "id": name,
                "kind": kind,
                "label": "",
                "position": {"x": 0, "y": 120 * row},
                "enabled": True,
                "settings": values,
            }
            for row, (name, (kind, values)) in enumerate(nodes.items())
        ],
        "edges": [
            {"id": f"e{row}", "source": source, "port": port, "target": target}
            for row, (source, port, target) in enumerate(edge.split() for edge in edges)
        ],
        "settings": settings or {},
    }


def publish(document: dict[str, Any], name: str = "Test") -> Workflow:
    workflow = create(name=name, user=None, document=document)
    publishing.publish(workflow, user=None)
    workflow.refresh_from_db()
    return workflow


def person(first_name: str = "Alice", *, consents_to: Sequence[str] = ("email", "sms"), **values: Any) -> Contact:
    """A contact, made quietly: no event, so nothing starts by itself."""
    values.setdefault("email", f"{first_name.lower()}@example.com")
    contact = Contact.objects.create(first_name=first_name, **values)
    for subject in consents_to:
        consents.set([contact.pk], subject, "in", source="test")
    return contact


def settle() -> None:
    """Work off everything that is due at this moment."""
    assert pulse.drain(30), "still busy after 30 s"


def path(contact: Contact) -> list[str]:
    """The nodes of the contact's newest run, the open one last."""
    run = Run.objects.filter(contact=contact).order_by("-pk").first()
    assert run is not None, f"{contact} is in no workflow"
    nodes = list(
        Visit.objects.filter(contact_id=contact.pk, run_id=run.pk).order_by("nth").values_list("node", flat=True)
    )
    return nodes + ([run.node] if run.status == 1 else [])


def run_of(contact: Contact) -> Run:
    found = Run.objects.filter(contact=contact).order_by("-pk").first()
    assert found is not None
    return found
