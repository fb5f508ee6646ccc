from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from contacts import clock


class Scenario(models.Model):
    """Somebody's way through a drawing, kept as it should be: tried again at each publish (engine/simulate/scenarios.py)."""

    workflow = models.ForeignKey("builder.Workflow", on_delete=models.CASCADE, related_name="scenarios")
    name = models.CharField(max_length=120)
    # As `POST simulate/` takes it: who, from when, what happens on the way.
    asked: Any = models.JSONField(default=dict)
    # What should come of it, each part optional: {"path": [nodes], "labels": {node: label}, "outcome": text, "tags": {"added", "removed"}}.
    expected: Any = models.JSONField(default=dict)
    # What came of it the last time: {"at", "revision", "passed", "differences": [sentences]}.
    last: Any = models.JSONField(null=True, blank=True)
    created_at = clock.MomentField(default=clock.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
