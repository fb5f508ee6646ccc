"""May we send this? One answer and one reason, for a batch of contacts at once.

Marketing needs `in` for the channel and for the topic; service ignores the topic but not an `out` of the channel;
transactional ignores consent. Hard bounces, complaints and manual suppression stop all three. An unsubscribe counts as `out`
until a later opt-in lifts it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

from contacts.normalise import address_hash
from engine.messaging import sql

REASONS = {
    "no_address": "has no address for this channel",
    "opted_out": "said no to this channel",
    "no_consent": "never said yes to this channel",
    "topic_opted_out": "said no to this topic",
    "no_topic_consent": "never said yes to this topic",
    "unsubscribe": "unsubscribed",
    "hard_bounce": "the address does not exist",
    "complaint": "reported a message as spam",
    "manual": "the address was blocked by hand",
    "gone": "the contact was deleted",
}
_ADDRESS = {"email": 1, "sms": 2}  # the column of a person that each channel writes to


class Person(NamedTuple):
    """A contact as gate and renderer see it; columns as in `sql.people`."""

    id: int
    email: str | None
    phone: str | None
    external_id: str | None
    first_name: str
    last_name: str
    language: str
    time_zone: str
    score: int
    is_demo: bool
    fields_json: str
    state: str | None
    state_since: int | None
    topic_state: str | None

    def address(self, channel: str) -> str:
        column = _ADDRESS.get(channel)
        return (self[column] or "") if column else ""  # type: ignore[return-value]

    def values(self) -> dict[str, Any]:
        """What templates see as `contact`."""
        return {
            "id": self.id,
            "email": self.email or "",
            "phone": self.phone or "",
            "external_id": self.external_id or "",
            "first_name": self.first_name,
            "last_name": self.last_name,
            "name": f"{self.first_name} {self.last_name}".strip(),
            "language": self.language,
            "time_zone": self.time_zone,
            "score": self.score,
            "fields": json.loads(self.fields_json) if self.fields_json != "{}" else {},
        }


class Verdicts:
    """The gate's answer for one batch: who they are, and why each may not be written to (None: may)."""

    def __init__(
        self, channel: str, purpose: str, topic: str, contact_ids: Iterable[int], *, fields: bool = False
    ) -> None:
        self.channel, self.purpose, self.topic = channel, purpose, topic
        self.asked = list(contact_ids)
        rows = sql.people(self.asked, channel, topic, fields=fields) if self.asked else []
        self.people = {row[0]: Person._make(row) for row in rows}
        self.hashes = {
            person.id: address_hash(channel, address)
            for person in self.people.values()
            if (address := person.address(channel))
        }

    @cached_property
    def reasons(self) -> dict[int, str | None]:
        found = sql.suppressions(self.channel, list(self.hashes.values())) if self.hashes else []
        stopped = {address: (reason, at) for address, reason, at in found}
        people, hashes, reason = self.people, self.hashes, self._reason
        return {
            contact: reason(people[contact], stopped.get(hashes.get(contact, ""))) if contact in people else "gone"
            for contact in self.asked
        }

    def _reason(self, person: Person, stopped: tuple[str, int] | None) -> str | None:
        if person.id not in self.hashes:
            return "no_address"
        if stopped and stopped[0] != "unsubscribe":
            return stopped[0]
        if self.purpose == "transactional":
            return None
        if person.state == "out":
            return "opted_out"
        if stopped and not (person.state == "in" and (person.state_since or 0) > stopped[1]):
            return "unsubscribe"
        if self.purpose == "service":
            return None
        if person.state != "in":
            return "no_consent"
        if self.topic and person.topic_state != "in":
            return "topic_opted_out" if person.topic_state == "out" else "no_topic_consent"
        return None


def decide(channel: str, purpose: str, topic: str, contact_ids: Iterable[int]) -> dict[int, str | None]:
    """Each contact's refusal, a code of REASONS, or None: may be sent. 2 queries a batch."""
    return Verdicts(channel, purpose, topic, contact_ids).reasons


def reachable(channel: str, purpose: str, topic: str, contact_ids: Iterable[int]) -> set[int]:
    """Those of them whom the gate lets through."""
    return {contact for contact, reason in decide(channel, purpose, topic, contact_ids).items() if reason is None}
