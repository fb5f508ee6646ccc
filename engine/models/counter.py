"""Counts that are kept, not counted: per version, node and way out; per workflow and day."""

from __future__ import annotations

from django.db import models

ENTERED, FAILED, SKIPPED, MOVED, ERASED = "+entered", "+failed", "+skipped", "+moved", "+erased"
# Who met a goal: under node "" the workflow's own, else that of a goal node. Beside it, for comparison, how many were held out
# and how many of those met it.
GOAL, HOLDOUT, HELD_OUT = "+goal", "+holdout", "+goal_holdout"
# Before a port's name: visits that left by it and were erased with their contact since (they still count as left).
GONE = "-"


class Counter(models.Model):
    """n people at (version, node): under a port's name how many left by it, under a "+name" what else happened.

    entered = waiting + left + moved + erased at every commit. Written by one upsert with sorted keys as the last statement of
    a batch: two batches in different key order would deadlock on PostgreSQL.
    """

    version_id = models.IntegerField()
    node = models.CharField(max_length=64)
    port = models.CharField(max_length=16)
    pk = models.CompositePrimaryKey("version_id", "node", "port")
    n = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.node}.{self.port}: {self.n}"


class Daily(models.Model):
    """n runs of a workflow that did `what` ("entered", or an outcome's class: "ended", "failed", "removed"; "met": reached the goal) on a day.

    `day` counts days since the epoch in the workspace's zone, so that charts need no scan of runs.
    """

    workflow_id = models.IntegerField()
    day = models.IntegerField()
    what = models.CharField(max_length=16)
    pk = models.CompositePrimaryKey("workflow_id", "day", "what")
    n = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"workflow {self.workflow_id} day {self.day} {self.what}: {self.n}"
