"""A visit: a run at a node, once. Append-only, written on leaving."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from contacts.clock import MomentField


class Visit(models.Model):
    """Keyed by contact first, so that a contact's path is one range and the table can be cut by contact.

    `why` holds codes with the values seen; `contacts.conditions.why_sentence` makes the sentence. Exactly one row per (run, nth) can
    exist: that is what "exactly once in the record" hangs on.
    """

    contact_id = models.BigIntegerField()
    run_id = models.BigIntegerField()
    nth = models.PositiveIntegerField()
    pk = models.CompositePrimaryKey("contact_id", "run_id", "nth")
    version_id = models.IntegerField()
    node = models.CharField(max_length=64)
    entered_at = MomentField()
    left_at = MomentField()
    port = models.CharField(max_length=16)
    result = models.PositiveSmallIntegerField(null=True, help_text="the message status, where the node sent one")
    why = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["version_id", "node"], name="visit_here")]

    def __str__(self) -> str:
        return f"visit {self.nth} of run {self.run_id} at {self.node}"
