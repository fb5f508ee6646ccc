"""A message to one contact, from its planning to what became of it. The one owner of its status."""

from __future__ import annotations

from typing import Any

from django.db import models

from contacts import clock
from contacts.clock import MomentField


class Status(models.IntegerChoices):
    """The law's one list. Planned, held and claimed are open; everything else is an answer."""

    PLANNED = 0, "planned"
    HELD = 1, "held"
    CLAIMED = 2, "claimed"
    ACCEPTED = 3, "accepted"
    DELIVERED = 4, "delivered"
    BOUNCED = 5, "bounced"
    COMPLAINED = 6, "complained"
    REJECTED = 7, "rejected"
    SKIPPED = 8, "skipped"
    IN_DOUBT = 9, "in_doubt"
    CANCELLED = 10, "cancelled"

    @classmethod
    def of(cls, word: str) -> Status:
        """The status of this word; raises KeyError."""
        return cls[word.upper()]


OPEN = (Status.PLANNED, Status.HELD, Status.CLAIMED)
# Handed to the provider, as far as we know: what "sent" means in a condition.
SENT = (Status.ACCEPTED, Status.DELIVERED, Status.BOUNCED, Status.COMPLAINED, Status.IN_DOUBT)


class Purpose(models.IntegerChoices):
    """Marketing needs consent for channel and topic, service no objection to the channel, transactional neither."""

    MARKETING = 0, "marketing"
    SERVICE = 1, "service"
    TRANSACTIONAL = 2, "transactional"

    @classmethod
    def of(cls, word: str) -> Purpose:
        """The purpose of this word; raises KeyError."""
        return cls[word.upper()]


class Message(models.Model):
    """One message of one visit: (contact, run, nth) is its identity and its idempotency key.

    A hot table: columns stand widest first (PostgreSQL pads between them), foreign keys have no constraint in the database
    (10 us a row each), and what many messages share (own subject, SMS text) is kept once, in `Wording`.
    """

    contact = models.ForeignKey(
        "contacts.Contact", models.CASCADE, related_name="messages", db_constraint=False, db_index=False
    )
    run_id = models.BigIntegerField()
    version_id = models.BigIntegerField()  # of the workflow
    workflow_id = models.BigIntegerField()
    content_version = models.ForeignKey(
        "messaging.ContentVersion",
        models.DO_NOTHING,
        null=True,
        related_name="messages",
        db_constraint=False,
        db_index=False,
    )
    wording = models.ForeignKey(
        "messaging.Wording", models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    planned_at = MomentField(default=clock.now)
    not_before = MomentField(default=clock.now)  # earliest hand-off; later after a transient failure
    lease_until = models.BigIntegerField(null=True)  # wall time in microseconds: whose call it is until then
    accepted_at = MomentField(null=True)
    delivered_at = MomentField(null=True)
    opened_at = MomentField(null=True)  # by a person, or perhaps one; machines are counted apart
    clicked_at = MomentField(null=True)
    nth = models.IntegerField()
    fence = models.IntegerField(default=0)  # goes up with each claim; a late answer carries an older one
    status = models.SmallIntegerField(choices=Status.choices, default=Status.PLANNED)
    purpose = models.SmallIntegerField(choices=Purpose.choices, default=Purpose.MARKETING)
    attempts = models.SmallIntegerField(default=0)
    machine_opens = models.SmallIntegerField(default=0)
    is_demo = models.BooleanField(default=False)
    channel = models.CharField(max_length=16)
    node = models.CharField(max_length=64)
    reason = models.CharField(max_length=40, default="", blank=True)  # why it was skipped or is held, as a code
    provider_id = models.CharField(max_length=200, default="", blank=True)
    error = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        constraints = [
            # Contact first: a contact's messages are one range, and so are those of a run and node when its contact is known
            # (message facts, anchors, the path). No other index carries (run, node).
            models.UniqueConstraint(fields=["contact", "run_id", "nth"], name="message_once_per_visit"),
        ]
        indexes = [
            # Readers: delivery.claim (planned, by not_before) and delivery.recover (claimed). Answered messages leave it. Without the
            # id, so that PostgreSQL keeps what was planned together as one key.
            models.Index(fields=["status", "not_before"], condition=models.Q(status__in=[0, 2]), name="message_open"),
            # Reader: waiting.work, for messages that wait for their hour or for a place under the cap. Empty otherwise.
            models.Index(
                fields=["not_before", "id"],
                condition=models.Q(status=1, reason__in=["quiet_hours", "capped"]),
                name="message_waiting",
            ),
            # Readers: provider receipts.
            models.Index(fields=["provider_id"], condition=~models.Q(provider_id=""), name="message_provider"),
            # Readers: "what went wrong", release of held messages. Rare statuses only, so it costs nothing when all goes well.
            models.Index(
                fields=["status", "id"], condition=models.Q(status__in=[1, 5, 6, 7, 9]), name="message_trouble"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk} to contact {self.contact_id}"

    @property
    def body(self) -> dict[str, Any] | None:
        """What the node says beside or instead of a content: subject, preheader, from_name, from_email, text."""
        return self.wording.body if self.wording else None
