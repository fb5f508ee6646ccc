"""Unsubscribing and preferences: what a reader decides through the links of a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from contacts import consents, events, locks, suppressions
from contacts.consents import Evidence, Said
from contacts.models import CHANNELS, ConsentState, Topic
from contacts.normalise import address_hash
from engine.messaging.models import Message
from engine.messaging.tokens import Address

OFFERED = ("email", "sms")


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the preferences page."""

    subject: str
    label: str
    state: str  # in, out or unknown


def unsubscribe(address: Address, *, source: str, text: str = "", ip: str = "", agent: str = "") -> None:
    """Stop all messages of this channel to this address; calling twice changes nothing. Works after the contact's erasure.

    Writes the suppression, the consent with its proof, and the event message_unsubscribed, in one transaction.
    """
    message = Message.objects.filter(pk=address.message_id).select_related("contact").first()
    with transaction.atomic():
        if message is not None:
            locks.lock([message.contact_id])
        suppressions.suppress_hashes(address.channel, {address.address_hash}, "unsubscribe")
        if message is None or not _same(message, address):
            return
        consents.set(
            [message.contact_id],
            address.channel,
            "out",
            source=source,
            text=text,
            ip=ip,
            agent=agent,
            lock=False,
        )
        told = {
            "message": message.pk,
            "node": message.node,
            "run": message.run_id,
            "workflow": message.workflow_id,
            "channel": address.channel,
        }
        key = f"unsubscribe:{message.pk}"
        events.record_many([events.NewEvent(message.contact_id, "message_unsubscribed", told, key=key)], lock=False)


def _same(message: Message, address: Address) -> bool:
    """Is this still the contact's address? A mail to an address they left says nothing about the one they have."""
    now = message.contact.email if address.channel == "email" else message.contact.phone
    return bool(now) and address_hash(address.channel, str(now)) == address.address_hash


def choices(address: Address) -> list[Choice] | None:
    """What the reader may choose; None if nobody is known by this link any more."""
    message = Message.objects.filter(pk=address.message_id).select_related("contact").first()
    if message is None or not _same(message, address):
        return None
    said = dict(ConsentState.objects.filter(contact_id=message.contact_id).values_list("subject", "state"))
    shown = [(channel, CHANNELS[channel]) for channel in OFFERED if channel == address.channel or channel in said]
    shown += Topic.objects.values_list("slug", "label")
    return [Choice(subject, label, said.get(subject, "unknown")) for subject, label in shown]


def choose(address: Address, wanted: Mapping[str, bool], *, source: str, ip: str = "", agent: str = "") -> bool:
    """Set what the reader ticked; what was never said and is not ticked stays unsaid. False if nobody is known by this link."""
    offered = choices(address)
    if offered is None:
        return False
    contact_id = Message.objects.values_list("contact_id", flat=True).get(pk=address.message_id)
    rows, words = [], []
    for choice in offered:
        state = "in" if wanted.get(choice.subject) else "out"
        if state == choice.state or (state == "out" and choice.state == "unknown"):
            continue
        rows.append(Said(contact_id, choice.subject, state))
        words.append(f"{choice.label}: {'yes' if state == 'in' else 'no'}")
    if rows:
        consents.set_many(rows, Evidence(source, text="; ".join(words), ip=ip, agent=agent))
    return True
