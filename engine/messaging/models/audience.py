"""Audiences: lists that other systems advertise to."""

from __future__ import annotations

from django.db import models

from contacts import clock
from contacts.clock import MomentField


class AudienceMember(models.Model):
    """A contact in a maintained list, until a workflow takes them out."""

    contact = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="audiences", db_constraint=False)
    audience = models.CharField(max_length=100)
    since = MomentField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audience", "contact"], name="audience_member_once")]

    def __str__(self) -> str:
        return f"contact {self.contact_id} in {self.audience}"
