"""What the product tells people by itself, and what it counts in order to know."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from contacts.clock import MomentField


class Notice(models.Model):
    """Something that a person should know: shown until somebody puts it away, mailed once to those whom it concerns."""

    # What it is about, so that one thing is told once: "failing:7:29391840".
    key = models.CharField(max_length=120, unique=True)
    level = models.CharField(max_length=10, default="danger")
    workflow_id = models.IntegerField(null=True)
    title = models.CharField(max_length=200)
    words = models.CharField(max_length=1000, default="")
    at = MomentField()
    put_away_at = MomentField(null=True)
    put_away_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes: ClassVar = [
            # Read by every page: is there anything to tell?
            models.Index(fields=["-id"], name="notice_open", condition=models.Q(put_away_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title


class NoticeMail(models.Model):
    """One mail of a notice. Handed over once: after a crash in the middle it is not repeated, the notice stands in the app."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="mails")
    address = models.CharField(max_length=320)
    due_at = MomentField(null=True, help_text="when it may be tried (again); NULL: tried for the last time, or sent")
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = MomentField(null=True)
    error = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["notice", "address"], name="notice_mailed_once")]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="notice_mail_due", condition=models.Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} to {self.address}"


class Failure(models.Model):
    """n people failed at a step of a workflow in one minute (since the epoch). Kept for a day; no row when nothing fails."""

    workflow_id = models.IntegerField()
    minute = models.IntegerField()
    node = models.CharField(max_length=64)
    pk = models.CompositePrimaryKey("workflow_id", "minute", "node")
    n = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"workflow {self.workflow_id} {self.node}: {self.n}"
