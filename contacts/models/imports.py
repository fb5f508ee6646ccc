"""Imports: one uploaded CSV file on its way into contacts."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from contacts import clock
from contacts.clock import MomentField

STATUSES = {
    "draft": "Waiting for its columns to be named",
    "running": "Running",
    "done": "Done",
    "failed": "Stopped by a problem",
    "cancelled": "Cancelled",
}


class Import(models.Model):
    """`offset` (bytes read) and every number are written in the same transaction as the rows they count.

    A killed import therefore goes on where its last chunk ended. `mapping` is a list, one entry a column:
    {"column": "E-mail", "to": "email"}; see `contacts.imports.mapping`.
    """

    name = models.CharField(max_length=200, help_text="The file's name on the computer it came from.")
    file = models.FileField(upload_to="imports/", max_length=200, blank=True)
    size = models.BigIntegerField(default=0)
    encoding = models.CharField(max_length=16, default="utf-8")
    delimiter = models.CharField(max_length=1, default=",")
    heading = models.BinaryField(default=b"", help_text="The first line as it stands in the file.")
    heading_cells = models.JSONField(default=list, blank=True)
    mapping = models.JSONField(default=list, blank=True)
    options = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=16, default="draft")
    problem = models.CharField(max_length=400, blank=True, default="")
    offset = models.BigIntegerField(default=0)
    line = models.IntegerField(default=0, help_text="Lines of the file read so far.")
    rows = models.IntegerField(default=0)
    created = models.IntegerField(default=0)
    updated = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = MomentField(default=clock.now, editable=False)
    finished_at = MomentField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> int:
        return 100 if self.status == "done" else min(99, self.offset * 100 // (self.size or 1))


class Reject(models.Model):
    """A line that was not imported, as it stood in the file."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="rejects", db_index=False)
    line = models.IntegerField()
    reason = models.CharField(max_length=200)
    original = models.BinaryField()
    address_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            # Read by the reject file, in the order of the lines.
            models.UniqueConstraint(fields=["of", "line"], name="reject_once"),
        ]
        indexes = [
            # Read by erasure.
            models.Index(fields=["address_hash"], name="reject_address", condition=~models.Q(address_hash="")),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
