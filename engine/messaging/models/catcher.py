"""The catcher: what would have been sent, as its reader would see it."""

from __future__ import annotations

from django.db import models

from contacts import clock
from contacts.clock import MomentField


class Caught(models.Model):
    """A message that went to the catcher instead of a provider. It goes with its contact."""

    contact = models.ForeignKey(
        "contacts.Contact", models.CASCADE, null=True, related_name="caught", db_constraint=False
    )
    message = models.ForeignKey(
        "messaging.Message", models.CASCADE, null=True, related_name="caught", db_constraint=False, db_index=False
    )
    at = MomentField(default=clock.now, db_index=True)
    channel = models.CharField(max_length=16)
    to = models.CharField(max_length=320)
    subject = models.CharField(max_length=1000, default="", blank=True)
    header_id = models.CharField(max_length=200, default="", blank=True)  # its Message-ID
    html = models.TextField(default="", blank=True)
    text = models.TextField(default="", blank=True)
    headers = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        # A message handed over twice is caught once.
        constraints = [models.UniqueConstraint(fields=["message"], name="caught_once")]

    def __str__(self) -> str:
        return f"{self.channel} to {self.to}"
