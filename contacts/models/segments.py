"""Segments: conditions with a name."""

from __future__ import annotations

from django.db import models

from contacts import clock
from contacts.clock import MomentField


class Segment(models.Model):
    """Everybody for whom `condition` (a tree of `contacts.conditions`) holds, asked anew each time."""

    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True, default="")
    condition = models.JSONField(default=dict)
    created_at = MomentField(default=clock.now, editable=False)
    updated_at = MomentField(default=clock.now, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
