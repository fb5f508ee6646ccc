"""Links in messages, and who followed them."""

from __future__ import annotations

import hashlib

from django.db import models

from contacts import clock
from contacts.clock import MomentField


class Link(models.Model):
    """A target that messages lead to. Only http and https are ever stored.

    The id is 63 bits of the address's SHA-256, so that a token can be signed before the row is read back, and the same address is
    the same link in every process. An address made from a contact's own values belongs to its one message and goes with it.
    """

    id = models.BigIntegerField(primary_key=True)
    url = models.CharField(max_length=2048)
    message = models.ForeignKey(
        "messaging.Message", models.CASCADE, null=True, related_name="own_links", db_constraint=False, db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["message"], condition=models.Q(message__isnull=False), name="link_of_message")]

    def __str__(self) -> str:
        return self.url

    @staticmethod
    def id_of(url: str, message_id: int | None = None) -> int:
        """The id of this address (of this address within one message)."""
        told = url if message_id is None else f"{message_id}:{url}"
        return int.from_bytes(hashlib.sha256(told.encode()).digest()[:8], "big") >> 1


class HitKind(models.IntegerChoices):
    OPEN = 0, "open"
    CLICK = 1, "click"


class HitClass(models.IntegerChoices):
    """Who it was, as far as one can tell. Human and unsure count as opened; machines are kept apart."""

    HUMAN = 0, "human"
    MACHINE = 1, "machine"
    UNSURE = 2, "unsure"


class Hit(models.Model):
    """One call of a message's pixel or link, with what we took it for and why."""

    message = models.ForeignKey("messaging.Message", models.CASCADE, related_name="hits", db_constraint=False)
    link = models.ForeignKey("messaging.Link", models.DO_NOTHING, null=True, db_constraint=False, db_index=False)
    at = MomentField(default=clock.now)
    wall_at = models.BigIntegerField()  # wall time in microseconds: how fast one hit follows another
    kind = models.SmallIntegerField(choices=HitKind.choices)
    verdict = models.SmallIntegerField(choices=HitClass.choices)
    reasons = models.CharField(max_length=200, default="", blank=True)  # codes, space between
    agent = models.CharField(max_length=200, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of message {self.message_id}"
