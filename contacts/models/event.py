"""Events: everything that happened to a contact, entered by `contacts.events.record` alone."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contacts import clock
from contacts.clock import MomentField
from contacts.models.contact import Contact


class Event(models.Model):
    """`handled` is false until the engine has asked its triggers about it; the row is the truth, bells only hurry."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="events", db_constraint=False, db_index=False)
    name = models.CharField(max_length=80)
    properties = models.JSONField(default=dict, blank=True)
    occurred_at = MomentField(default=clock.now, help_text="Never after the receipt.")
    received_at = MomentField(default=clock.now)
    key = models.CharField(max_length=200, null=True, blank=True, help_text="The same key again changes nothing.")
    depth = models.PositiveSmallIntegerField(default=0, help_text="How many runs stand between this and the outside.")
    workflow_id = models.IntegerField(null=True, blank=True)
    run_id = models.BigIntegerField(null=True, blank=True)
    handled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            # Read by record: was this delivered before? Partial, for most events have no key.
            models.UniqueConstraint(fields=["contact", "key"], name="event_once", condition=Q(key__isnull=False)),
        ]
        indexes = [
            # Read by the engine's entry: what is not handled yet, oldest first.
            models.Index(fields=["id"], name="event_unhandled", condition=Q(handled=False)),
            # Read by conditions (did they, how often, since when) and by a contact's timeline.
            models.Index(fields=["contact", "name", "occurred_at"], name="event_of_contact"),
        ]

    def __str__(self) -> str:
        return self.name
