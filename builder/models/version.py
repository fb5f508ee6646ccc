from __future__ import annotations

import hashlib
from typing import Any, NoReturn

from django.conf import settings
from django.db import models

from builder.errors import VersionsAreFrozen
from builder.models.document import DocumentField, dump
from contacts import clock


class Frozen(models.QuerySet["WorkflowVersion"]):
    """Rows that are added and read, nothing else."""

    def update(self, **values: Any) -> NoReturn:
        raise VersionsAreFrozen

    def delete(self) -> NoReturn:
        raise VersionsAreFrozen

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise VersionsAreFrozen


class WorkflowVersion(models.Model):
    """A published drawing. People run through exactly this, so it never changes."""

    workflow = models.ForeignKey("builder.Workflow", on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document: Any = DocumentField()
    # SHA-256 of the stored document: what was changed behind the product's back shows in `trellis_verify`.
    digest = models.CharField(max_length=64, editable=False)
    # The draft's revision that was published, so that publishing the same one twice makes no second version.
    revision = models.PositiveIntegerField(default=0)
    published_at = clock.MomentField(default=clock.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True, default="")
    # How many there are in the document, so that lists need not read it.
    steps = models.PositiveIntegerField(default=0, editable=False)

    objects = Frozen.as_manager()

    class Meta:
        ordering = ["workflow_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["workflow", "number"], name="version_number_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="version_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise VersionsAreFrozen
        self.digest = digest(self.document)
        nodes = self.document.get("nodes")
        self.steps = len(nodes) if isinstance(nodes, list) else 0
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise VersionsAreFrozen

    def is_intact(self) -> bool:
        """Is the document still the one that was published?"""
        return self.digest == digest(self.document)


def digest(document: Any) -> str:
    return hashlib.sha256(dump(document).encode()).hexdigest()
