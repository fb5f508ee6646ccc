"""The outbox of what is not a message: ad audiences (and, later, webhooks)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from contacts.clock import MomentField


class EffectStatus(models.IntegerChoices):
    PLANNED = 1, "planned"
    CLAIMED = 2, "claimed"
    DONE = 3, "done"
    REJECTED = 4, "rejected"
    CANCELLED = 5, "cancelled"


class Effect(models.Model):
    """What a visit asks of the outside, planned in the visit's own transaction, carried out by `engine.outbox`.

    Calls are idempotent (an audience takes the same member twice), so that a lease that ran out is simply taken again; `fence`
    refuses the late answer of whoever lost it.
    """

    contact_id = models.BigIntegerField()
    run_id = models.BigIntegerField()
    nth = models.PositiveIntegerField()
    node = models.CharField(max_length=64)
    kind = models.CharField(max_length=32)
    payload = models.JSONField()
    status = models.PositiveSmallIntegerField(choices=EffectStatus.choices, default=EffectStatus.PLANNED)
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    due_at = MomentField(null=True, help_text="when it may be tried (again); NULL: final")
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["contact_id", "run_id", "nth"], name="effect_once")]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], name="effect_due", condition=models.Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for run {self.run_id}"
