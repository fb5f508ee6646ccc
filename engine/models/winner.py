"""What a test between several arms came to, decided once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from contacts.clock import MomentField


class Winner(models.Model):
    """At (workflow, node), for exactly these arms: other words or other arms are another test.

    `arm` "" means that no difference was proven: the weights stay. `seen` holds the numbers that decided.
    """

    workflow_id = models.IntegerField()
    node = models.CharField(max_length=64)
    arms = models.CharField(max_length=32, help_text="a fingerprint of the arms and their words")
    arm = models.CharField(max_length=16, default="", blank=True)
    decided_at = MomentField()
    seen = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workflow_id", "node", "arms"], name="winner_once")]

    def __str__(self) -> str:
        return f"{self.node}: {self.arm or 'no difference'}"
