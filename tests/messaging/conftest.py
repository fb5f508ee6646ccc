"""Alice (consents, opens), Bob (phone, too), Charlie (e-mail only), Dana (no consent at all); and short ways to send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from contacts import clock
from contacts.models import ConsentState, Contact, Topic
from engine.messaging import content, delivery, plan
from engine.messaging.models import Content, Message

NOON = "2026-11-22T12:00:00+00:00"


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """Versions never change in life, but a rolled-back test gives their ids to others."""
    from engine.messaging import library

    library._cache.clear()
    plan._known_wordings.clear()
    yield


@pytest.fixture
def frozen(db: Any) -> Iterator[clock.Frozen]:
    with clock.freeze(NOON) as still:
        yield still


@pytest.fixture
def people(db: Any) -> SimpleNamespace:
    def person(name: str, *, phone: str | None = None, consents: dict[str, str] | None = None, **more: Any) -> Contact:
        made = Contact.objects.create(email=f"{name.lower()}@example.com", first_name=name, phone=phone, **more)
        for subject, state in (consents or {}).items():
            ConsentState.objects.create(contact=made, subject=subject, state=state)
        return made

    Topic.objects.create(slug="newsletter", label="Newsletter")
    yes = {"email": "in", "newsletter": "in"}
    return SimpleNamespace(
        alice=person("Alice", consents=yes, fields={"city": "Gdańsk"}),
        bob=person("Bob", phone="+48601234567", consents={**yes, "sms": "in"}),
        charlie=person("Charlie", consents=yes),
        dana=person("Dana", phone="+48601234568"),
    )


@pytest.fixture
def letter(db: Any) -> Content:
    """A content with a name, a link and a topic."""
    return content.create(
        name="Introduction",
        subject="Hello {{ contact.first_name | default: 'there' }}",
        html='<html><body><p>Hi {{ contact.first_name }}</p><a href="https://shop.example/a?x=1&amp;y=2">Shop</a></body></html>',
        topic="newsletter",
    )


@pytest.fixture
def send(letter: Content) -> Callable[..., Message]:
    """Plan, claim, deliver and record one message; answers its row."""

    def sending(contact: Contact, **more: Any) -> Message:
        message = planned(contact, letter, **more)
        work_off()
        message.refresh_from_db()
        return message

    return sending


def planned(contact: Contact, written: Content | None = None, **more: Any) -> Message:
    run = more.pop("run_id", contact.pk * 100)
    nth = more.pop("nth", 2)
    version = content.current([written.pk])[written.pk] if written else None
    told = {"version_id": 1, "workflow_id": 7, "node": "n2", "channel": "email", "content_version_id": version, **more}
    plan.plan([plan.NewMessage(contact_id=contact.pk, run_id=run, nth=nth, **told)])
    return Message.objects.get(contact=contact, run_id=run, nth=nth)


def work_off(limit: int = 100) -> list[delivery.Settled]:
    """One round of the outbox."""
    results = delivery.deliver(delivery.claim(limit, clock.now()))
    with transaction.atomic():
        return delivery.record(results)
