"""What is measured: N contacts enter; e-mail; an elapsed wait; did they open it (half did); yes: a tag; no: a phone (half)? SMS; end."""

from __future__ import annotations

from typing import Any

from builder import publishing
from builder.actions.create import create
from builder.models import Workflow
from contacts import clock
from contacts.models import ConsentState, Contact
from engine.messaging import content

HTML = (
    "<html><body><h1>Hello {{ contact.first_name | default: 'there' }}</h1><p>Three ways to brew it, "
    '<a href="https://shop.example/guide">the guide</a> and <a href="https://shop.example/v60">the V60</a>.</p>'
    '<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p></body></html>'
)
# Visits of one contact, by what it does: opened, not opened with a phone, without one.
STEPS = {"opened": 6, "phone": 7, "neither": 6}


def workflow() -> Workflow:
    """Publish J6 of the interfaces page."""
    mail = content.create(name="Bench", subject="Hello {{ contact.first_name }}", html=HTML)
    nodes: list[tuple[str, str, dict[str, Any]]] = [
        ("n1", "trigger", {"on": "contact_added"}),
        ("n2", "email", {"content": mail.pk}),
        ("n3", "wait", {"duration": "P1D"}),
        ("n4", "condition", {"when": {"all": [{"fact": "message", "node": "n2", "did": "opened", "since": "n2"}]}}),
        ("n5", "tag", {"add": ["opened"]}),
        ("n6", "condition", {"when": {"all": [{"fact": "phone_valid"}]}}),
        ("n7", "sms", {"text": "Hi {{ contact.first_name }}, something waits in your inbox."}),
        ("n8", "exit", {"outcome": "completed"}),
    ]
    ways = "n1 next n2,n2 next n3,n3 next n4,n4 yes n5,n4 no n6,n5 next n8,n6 yes n7,n6 no n8,n7 next n8"
    document = {
        "format": 1,
        "nodes": [
            {
                "id": name,
                "kind": kind,
                "label": "",
                "position": {"x": 0, "y": 120 * row},
                "enabled": True,
                "settings": values,
            }
            for row, (name, kind, values) in enumerate(nodes)
        ],
        "edges": [
            {"id": f"e{row}", "source": source, "port": port, "target": target}
            for row, (source, port, target) in enumerate(way.split() for way in ways.split(","))
        ],
        "notes": [],
        "settings": {"reentry": "once"},
    }
    made = create(name="Bench", user=None, document=document)
    publishing.publish(made, user=None)
    made.refresh_from_db()
    return made


def people(n: int) -> list[int]:
    """n contacts who consent; half of those who will not open have a phone. Contact i opens if i is even."""
    ids: list[int] = []
    now = clock.now()
    for start in range(0, n, 5000):
        made = Contact.objects.bulk_create(
            [
                Contact(
                    email=f"p{i}@bench.example",
                    first_name=f"P{i}",
                    phone=f"+4860{i:07}" if i % 4 == 1 else None,
                    created_at=now,
                )
                for i in range(start, min(n, start + 5000))
            ]
        )
        ConsentState.objects.bulk_create(
            [
                ConsentState(contact=contact, subject=subject, state="in", since=now)
                for contact in made
                for subject in ("email", "sms")
            ],
            batch_size=5000,
        )
        ids += [contact.pk for contact in made]
    return ids


def visits_of(n: int) -> int:
    """How many visits n contacts leave behind, exactly."""
    opened, phone = (n + 1) // 2, len(range(1, n, 4))
    return opened * STEPS["opened"] + phone * STEPS["phone"] + (n - opened - phone) * STEPS["neither"]


def messages_of(n: int) -> int:
    return n + len(range(1, n, 4))
