from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from builder.models.document import DocumentField, empty_document
from contacts import clock


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"
    ENDED = "ended", "Ended"
    ARCHIVED = "archived", "Archived"


class Workflow(models.Model):
    """A drawing and its settings. The draft is edited in place; what runs are its frozen versions."""

    Status = Status

    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, db_index=True)

    draft: Any = DocumentField(default=empty_document)
    # Rises by one with every save; a save names the revision it started from (builder/drafts.py).
    revision = models.PositiveIntegerField(default=1)
    draft_author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    draft_saved_at = clock.MomentField(default=clock.now)

    live_version = models.ForeignKey(
        "builder.WorkflowVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    tactic = models.CharField(max_length=80, blank=True, default="")
    objectives = models.JSONField(default=list, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="workflows"
    )
    # The library workflow this one was made from.
    template = models.SlugField(max_length=80, blank=True, default="")

    created_at = clock.MomentField(default=clock.now)
    updated_at = clock.MomentField(default=clock.now)
    paused_at = clock.MomentField(null=True, blank=True)
    # A publish that was scheduled: when, and what was chosen (builder/actions/schedule.py).
    publish_at = clock.MomentField(null=True, blank=True)
    publish_plan = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="workflow_runs_only_with_a_version",
                condition=~models.Q(status__in=["live", "paused"]) | models.Q(live_version__isnull=False),
            ),
        ]
        indexes = [
            # Read by the list of workflows, newest first.
            models.Index(fields=["-updated_at", "-id"], name="workflow_newest"),
            # Read by the pulse, looking for scheduled publishes that are due.
            models.Index(
                fields=["publish_at"], name="workflow_scheduled", condition=models.Q(publish_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name
