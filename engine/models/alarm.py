"""What goes by the clock or in the background at the way in: alarms of triggers, backfills, notes of quiet changes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from contacts.clock import MomentField


class Alarm(models.Model):
    """The clock of one trigger of a live workflow. Everything up to `rung_until` has been rung, once.

    While it rings, the stretch up to `ringing_until` is worked off in batches of people, up to contact `cursor` so far.
    """

    workflow = models.ForeignKey("builder.Workflow", on_delete=models.CASCADE, related_name="+")
    node = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=40, help_text="of the trigger's settings: others begin anew")
    begins = models.DateField(help_text="from when a calendar rule counts that names no day")
    next_at = MomentField(null=True, help_text="when somebody must look; NULL: never again")
    rung_until = MomentField()
    ringing_until = MomentField(null=True)
    cursor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workflow", "node"], name="alarm_once")]
        indexes: ClassVar = [models.Index(fields=["next_at"], name="alarm_next")]

    def __str__(self) -> str:
        return f"alarm of {self.node} in workflow {self.workflow_id}"


class Backfill(models.Model):
    """Letting in, in batches, those who qualified when a trigger went live. One row a trigger and its settings: never twice."""

    workflow = models.ForeignKey("builder.Workflow", on_delete=models.CASCADE, related_name="+")
    node = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=40)
    began_at = MomentField()
    last_contact = models.BigIntegerField(help_text="who was added later comes in by the trigger itself")
    cursor = models.BigIntegerField(default=0)
    entered = models.IntegerField(default=0)
    done = models.BooleanField(default=False, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workflow", "node", "fingerprint"], name="backfill_once"),
        ]

    def __str__(self) -> str:
        return f"backfill of {self.node} in workflow {self.workflow_id}"


class Recheck(models.Model):
    """Something happened that may start nothing: kept memberships and dates are to follow it, as quietly."""

    contact_id = models.BigIntegerField()
    name = models.CharField(max_length=80)
    depth = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} of contact {self.contact_id}"
