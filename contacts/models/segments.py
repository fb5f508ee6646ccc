"""Segments: conditions with a name."""

from __future__ import annotations

from django.db import models

from contacts import clock
from contacts.clock import MomentField
from contacts.models.contact import Contact


class Segment(models.Model):
    """Everybody for whom `condition` (a tree of `contacts.conditions`) holds, asked anew each time.

    Where somebody wants to hear who comes and goes, its members are kept as well (`contacts.memberships`).
    """

    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True, default="")
    condition = models.JSONField(default=dict)
    created_at = MomentField(default=clock.now, editable=False)
    updated_at = MomentField(default=clock.now, editable=False)
    kept_since = MomentField(null=True, editable=False, help_text="Members are kept since then; NULL: they are not.")
    looked_at = MomentField(null=True, editable=False, help_text="When all contacts were last compared with it.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SegmentMember(models.Model):
    """Who is known to be in a kept segment. Written by `contacts.memberships` alone, in the transaction of the events."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="members", db_index=False)
    since = MomentField(default=clock.now)

    class Meta:
        constraints = [
            # Read when a batch of contacts is compared with its segments.
            models.UniqueConstraint(fields=["contact", "segment"], name="segment_member_once"),
        ]
        indexes = [
            # Read when a whole segment is compared with everybody.
            models.Index(fields=["segment", "contact"], name="segment_member_by_segment"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.segment_id}"
