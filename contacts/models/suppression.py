"""Suppressions: addresses that must not be written to, whoever they belong to."""

from __future__ import annotations

from django.db import models

from contacts import clock
from contacts.clock import MomentField

REASONS = {
    "hard_bounce": "The address does not exist",
    "complaint": "Reported as spam",
    "unsubscribe": "Unsubscribed",
    "manual": "Blocked by hand",
}


class Suppression(models.Model):
    """Keyed by `normalise.address_hash`, so that it outlives the contact's erasure."""

    channel = models.CharField(max_length=16)
    address_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=16)
    at = MomentField(default=clock.now)

    class Meta:
        constraints = [
            # Read by the consent gate for a batch.
            models.UniqueConstraint(fields=["channel", "address_hash"], name="suppression_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.reason}"
