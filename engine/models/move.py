"""A publish that takes the people inside along: worked off in batches after it."""

from __future__ import annotations

from django.db import models


class Move(models.Model):
    """Everybody inside an older version of the workflow goes to `version`. `deleted`: {node that is gone: where to | None}."""

    workflow = models.ForeignKey("builder.Workflow", on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey("builder.WorkflowVersion", on_delete=models.CASCADE, related_name="+")
    deleted = models.JSONField(default=dict)
    done = models.BooleanField(default=False, db_index=True)

    def __str__(self) -> str:
        return f"move to version {self.version_id}"
