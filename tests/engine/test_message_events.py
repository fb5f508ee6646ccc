"""What becomes of messages lets people into other workflows."""

from __future__ import annotations

from typing import Any

import pytest

from contacts import clock
from contacts.models import Event
from engine import triggers
from engine.messaging import content
from engine.messaging.hits import opened
from engine.messaging.models import Message
from engine.models import Run
from engine.verify import verify
from tests.engine.kit import draw, person, publish, settle

pytestmark = pytest.mark.django_db
START = "2026-11-23T08:00:00+00:00"


def sends(content_id: int) -> dict[str, Any]:
    nodes = {"n1": ("trigger", {"on": "manual"}), "n2": ("email", {"content": content_id}), "n3": ("exit", {})}
    return draw(nodes, ["n1 next n2", "n2 next n3"])


def hears(did: str, **options: Any) -> dict[str, Any]:
    return draw(
        {"n1": ("trigger", {"on": "message_event", "did": did, **options}), "n2": ("wait", {"duration": "P9D"})},
        ["n1 next n2"],
    )


def test_sent_skipped_and_opened_are_heard_by_content() -> None:
    with clock.freeze(START):
        hello = content.create(name="Hello", subject="Hello", html="<p>Hello</p>").pk
        other = content.create(name="Other", subject="Other", html="<p>Other</p>").pk
        sent, skipped, read = publish(hears("sent", content=hello)), publish(hears("skipped")), publish(hears("opened"))
        publish(hears("sent", content=other))
        workflow = publish(sends(hello))
        alice, dana = person("Alice"), person("Dana", consents_to=())
        triggers.enrol(workflow, [alice.pk, dana.pk])
        settle()
        message = Message.objects.get(contact=alice)
        opened(message.pk, method="GET", agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", headers={})
        settle()
        came = set(Run.objects.exclude(workflow=workflow).values_list("workflow_id", "contact_id"))
        assert came == {(sent.pk, alice.pk), (skipped.pk, dana.pk), (read.pk, alice.pk)}
        assert {run.depth for run in Run.objects.filter(workflow__in=[sent, skipped])} == {1}
        assert verify() == []


def test_nobody_asks_and_so_nothing_is_written_twice() -> None:
    with clock.freeze(START):
        workflow = publish(sends(content.create(name="Hello", subject="Hello", html="<p>Hello</p>").pk))
        triggers.enrol(workflow, [person("Alice").pk, person("Dana", consents_to=()).pk])
        settle()
        assert Message.objects.count() == 2
        assert not Event.objects.filter(name__startswith="message_").exists()
