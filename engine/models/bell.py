"""Doorbells: one row a bell, so that a bell already ringing is not rung again, and the cluster's heartbeat."""

from __future__ import annotations

from django.db import models


class Bell(models.Model):
    """`rung_at` (wall time, seconds): somebody was called and has not come yet. A call can get lost in the queue, so it is
    believed for some seconds only."""

    name = models.CharField(max_length=20, primary_key=True)
    rung_at = models.FloatField(default=0)

    def __str__(self) -> str:
        return self.name


class Beat(models.Model):
    """When a worker of a host last answered the supervisor's call through the queue (wall time, seconds)."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.FloatField(default=0)

    def __str__(self) -> str:
        return self.name
