"""Whose turn it is at a rate limit."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Turns(models.Model):
    """At (workflow, node): when people passed within the last period, and for when turns are promised to those who wait.

    Both are runs of equal moments, [[microseconds, people], ...], oldest first. The row is the lock: who reads it to promise a turn
    holds it until the commit. See `engine.rates`.
    """

    workflow_id = models.IntegerField()
    node = models.CharField(max_length=64)
    passed = models.JSONField(default=list)
    promised = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workflow_id", "node"], name="turns_once")]

    def __str__(self) -> str:
        return f"turns at {self.node}"
