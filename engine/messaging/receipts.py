"""What providers tell about a message after they took it: delivered, bounced, complained, unsubscribed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from contacts import clock, consents, events, locks, suppressions
from contacts.models import Event
from contacts.normalise import address_hash
from engine.messaging.errors import MessagingError
from engine.messaging.models import Message, Status
from engine.messaging.tokens import BadToken, signer

SOFT_BOUNCES, SOFT_DAYS = 5, 14


class TooEarly(MessagingError):
    """The provider was faster than our own record; it should tell us again."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One report. `what`: delivered, bounced, complained or unsubscribed; others are not for us."""

    what: str
    provider_id: str = ""
    token: str = ""  # what we gave the provider with the message
    address: str = ""
    hard: bool = False
    words: str = ""


_RANK = {Status.ACCEPTED: 0, Status.IN_DOUBT: 0, Status.DELIVERED: 1, Status.BOUNCED: 2, Status.COMPLAINED: 3}
_STATUS = {"delivered": Status.DELIVERED, "bounced": Status.BOUNCED, "complained": Status.COMPLAINED}


def record(receipt: Receipt) -> bool:
    """Write one report; the same again changes nothing. False if it is about none of our messages. Raises TooEarly."""
    if receipt.what not in (*_STATUS, "unsubscribed"):
        return False
    found = _message_of(receipt)
    if found is None:
        return False
    with transaction.atomic():
        locks.lock([found.contact_id])
        message = Message.objects.select_related("contact").select_for_update(of=("self",)).filter(pk=found.pk).first()
        if message is None:
            return False
        if message.status in (Status.PLANNED, Status.CLAIMED):
            raise TooEarly(TooEarly.__doc__)
        _status(message, receipt)
        address = receipt.address or message.contact.email or ""
        recorded = _event(message, receipt)
        if not address or not recorded:
            return True
        if receipt.what == "complained":
            suppressions.suppress(message.channel, [address], "complaint")
        elif receipt.what == "bounced" and (receipt.hard or _often(message.contact_id)):
            suppressions.suppress(message.channel, [address], "hard_bounce")
        elif receipt.what == "unsubscribed":
            suppressions.suppress_hashes(message.channel, {address_hash(message.channel, address)}, "unsubscribe")
            consents.set(
                [message.contact_id], message.channel, "out", source="provider", text=receipt.words, lock=False
            )
    return True


def _message_of(receipt: Receipt) -> Message | None:
    if receipt.token:
        try:
            return Message.objects.filter(pk=signer().read_receipt(receipt.token)).first()
        except BadToken:
            return None
    if not receipt.provider_id:
        return None
    return Message.objects.filter(provider_id=receipt.provider_id).exclude(provider_id="").first()


def _status(message: Message, receipt: Receipt) -> None:
    status = _STATUS.get(receipt.what)
    if status is None or _RANK.get(Status(message.status), 9) >= _RANK[status]:
        return
    message.status = status
    if status is Status.DELIVERED:
        message.delivered_at = clock.now()
    else:
        message.error = receipt.words[:500]
    message.save(update_fields=["status", "delivered_at", "error"])


def _event(message: Message, receipt: Receipt) -> bool:
    told = {
        "message": message.pk,
        "node": message.node,
        "run": message.run_id,
        "workflow": message.workflow_id,
        "content": message.content_version.content_id if message.content_version else None,
    }
    key = f"{receipt.what}:{message.pk}"
    if receipt.what == "bounced":
        told["hard"] = receipt.hard
        if receipt.hard:
            key += ":hard"  # a mailbox that was only full for days may turn out to be gone
    row = events.NewEvent(message.contact_id, f"message_{receipt.what}", told, key=key)
    return bool(events.record_many([row], lock=False))


def _often(contact_id: int) -> bool:
    """Five soft bounces in 14 days are a mailbox that nobody empties."""
    since = clock.now() - timedelta(days=SOFT_DAYS)
    soft = Event.objects.filter(contact_id=contact_id, name="message_bounced", occurred_at__gte=since)
    return soft.count() >= SOFT_BOUNCES
