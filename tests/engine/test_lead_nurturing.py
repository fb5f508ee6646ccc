"""The article's first workflow, from the library, with all its waits elapsed: the three paths come out exactly."""

from __future__ import annotations

from typing import Any

import pytest

from builder import library, publishing
from contacts import clock, events
from contacts.clock import to_micros
from contacts.models import Contact
from engine.messaging.models import Message
from engine.verify import verify
from tests.engine.kit import path, person, run_of, settle

pytestmark = pytest.mark.django_db


def opens(contact: Contact, node: str) -> None:
    """As the public open link does it (tests/messaging covers the link itself)."""
    message = Message.objects.get(contact=contact, node=node)
    now = clock.now()
    Message.objects.filter(pk=message.pk).update(opened_at=now)
    events.record(
        contact.pk,
        "message_opened",
        {"message": message.pk, "node": node, "run": message.run_id},
        key=f"open:{message.pk}",
    )
    assert to_micros(now)


@pytest.fixture
def people(admin_user: Any) -> Any:
    with clock.freeze("2026-11-23T08:00:00+00:00") as frozen:
        workflow = library.use("lead-nurturing", {}, user=admin_user)
        publishing.publish(workflow, user=admin_user)
        alice = person("Alice")
        bob = person("Bob", phone="+48600148214")
        charlie = person("Charlie", consents_to=["email"])
        for contact in (alice, bob, charlie):
            events.record(contact.pk, "contact_added")
        settle()
        yield frozen, alice, bob, charlie


def test_the_three_paths_come_out_exactly(people: Any) -> None:
    frozen, alice, bob, charlie = people
    assert path(alice) == path(bob) == path(charlie) == ["n1", "n2", "n3"]
    frozen.advance("PT1H")
    opens(alice, "n2")
    settle()
    assert path(alice) == ["n1", "n2", "n3", "n4"]
    for _ in range(20):
        frozen.advance("P1D")
        settle()
    assert path(alice) == ["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"]
    assert path(bob) == ["n1", "n2", "n3", "n9", "n10", "n11", "n12", "n13", "n14"]
    assert path(charlie) == ["n1", "n2", "n3", "n9", "n15", "n16", "n18", "n19"]
    assert [run_of(one).outcome for one in (alice, bob, charlie)] == ["completed", "no_response", "to_ads"]
    assert verify() == []


def test_an_open_of_the_resend_ends_well(people: Any) -> None:
    frozen, _, _, charlie = people
    frozen.advance("P2D")
    settle()
    assert path(charlie)[-1] == "n16"
    opens(charlie, "n15")
    settle()
    assert path(charlie) == ["n1", "n2", "n3", "n9", "n15", "n16", "n17"]


def test_who_opens_after_the_sms_gets_the_rest(people: Any) -> None:
    frozen, _, bob, _ = people
    frozen.advance("P2D")
    settle()
    assert path(bob)[-1] == "n12"
    opens(bob, "n11")
    settle()
    for _ in range(4):
        frozen.advance("P1D")
        settle()
    assert path(bob) == ["n1", "n2", "n3", "n9", "n10", "n11", "n12", "n6", "n7", "n8"]
    assert Message.objects.filter(contact=bob).count() == 4
    assert verify() == []
