"""A run: one contact in one workflow, under one version. Its row carries the open visit and the next step."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from contacts.clock import MomentField


class RunStatus(models.IntegerChoices):
    ACTIVE = 1, "inside"
    ENDED = 2, "ended"
    FAILED = 3, "failed"
    REMOVED = 4, "removed"

    @property
    def word(self) -> str:
        """What the API calls it."""
        return self.name.lower()


class Lane(models.IntegerChoices):
    FAST = 0, "woken by an event"
    NORMAL = 1, "by the clock"
    HELD = 2, "its workflow is paused"


class Run(models.Model):
    """Narrow on purpose: this row is written at every stop of every contact.

    The open visit lives here (node, nth, entered_at, attempts, fence); its Visit row is written on leaving. `due_at` says
    when somebody must look at the run: NULL waits for the outbox, for an event, or for ever. The runner is the only writer,
    but for `due_at`, `lane` and `result`, by which events and the outbox ring.
    """

    workflow = models.ForeignKey(
        "builder.Workflow", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    version = models.ForeignKey(
        "builder.WorkflowVersion", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="runs"
    )
    node = models.CharField(max_length=64)
    nth = models.PositiveIntegerField(default=1)
    entered_at = MomentField()
    started_at = MomentField()
    ended_at = MomentField(null=True)
    status = models.PositiveSmallIntegerField(choices=RunStatus.choices, default=RunStatus.ACTIVE)
    lane = models.PositiveSmallIntegerField(choices=Lane.choices, default=Lane.NORMAL)
    due_at = MomentField(null=True)
    deadline = MomentField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    result = models.PositiveSmallIntegerField(null=True, help_text="the outbox's answer for the open visit")
    outcome = models.CharField(max_length=64, default="", blank=True)
    slot = models.CharField(max_length=200, null=True, help_text="what re-entry makes unique; NULL: free again")
    event_id = models.BigIntegerField(null=True, help_text="the event that let the contact in")
    depth = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="", blank=True)
    heard_at = MomentField(null=True, help_text="an event arrived that the version watches; the runner looks at it")
    goal_at = MomentField(null=True, help_text="when the workflow's goal was reached")
    called_by = models.BigIntegerField(null=True, help_text="the run that waits for the end of this one")

    class Meta:
        constraints: ClassVar = [
            # One entry slot: re-entry rules hold under any race. NULLs differ from each other, so the same index
            # also answers "the runs of this contact" (path, wake, exit_when).
            models.UniqueConstraint(fields=["contact", "workflow", "slot"], name="run_slot"),
        ]
        indexes: ClassVar = [
            # Without the id, so that PostgreSQL keeps a batch that is due at one moment as one key (a fifth of the bytes); SQLite's
            # indexes end with it anyway. Read by the claim alone (engine.sql.claim).
            models.Index(
                fields=["lane", "due_at"],
                name="run_due",
                condition=models.Q(status=RunStatus.ACTIVE, due_at__isnull=False),
            ),
            # "Who is inside", history by workflow; both columns hardly ever change.
            models.Index(fields=["workflow", "status"], name="run_inside"),
            # Who was held out and may have reached the goal (engine.watching.measure).
            models.Index(
                fields=["heard_at"],
                name="run_measured",
                condition=models.Q(heard_at__isnull=False, status=RunStatus.REMOVED),
            ),
            # History, newest step first.
            models.Index(fields=["entered_at"], name="run_last_step"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of contact {self.contact_id} at {self.node}"


class Subscription(models.Model):
    """What would wake a run: events of `topic` of its contact. Deleted when the run leaves the node."""

    contact_id = models.BigIntegerField()
    topic = models.CharField(max_length=60)
    run_id = models.BigIntegerField()
    pk = models.CompositePrimaryKey("contact_id", "topic", "run_id")

    def __str__(self) -> str:
        return f"run {self.run_id} hears {self.topic}"
