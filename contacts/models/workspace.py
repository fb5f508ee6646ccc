"""The workspace: one row of settings that marketers can change."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from contacts.clock import MomentField


class Workspace(models.Model):
    name = models.CharField(max_length=120, default="Trellis")
    time_zone = models.CharField(max_length=64, default="Europe/Warsaw")
    default_country = models.CharField(max_length=2, default="PL", help_text="For phone numbers without a +.")
    from_name = models.CharField(max_length=120, blank=True, default="Trellis")
    from_email = models.EmailField(blank=True, default="hello@example.com")
    # [{"channel": "email" or "" for all together, "n": 3, "per": "P7D"}]; empty: no cap (engine/messaging/cap.py reads it).
    frequency_cap = models.JSONField(default=list, blank=True)
    test_only = models.JSONField(default=list, blank=True, help_text="Addresses: nobody else gets anything.")
    # Stop now, for everything: nothing is handed over until it is empty again.
    stopped_at = MomentField(null=True, blank=True)
    clock_offset_s = models.BigIntegerField(default=0, editable=False, help_text="The demo clock's lead.")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="workspace_one_row")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @classmethod
    def current(cls) -> Workspace:
        """The one row, made with its defaults when it is first asked for. One query."""
        return cls.objects.filter(pk=1).first() or cls.objects.get_or_create(pk=1)[0]
