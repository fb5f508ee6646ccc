"""Why somebody did not enter: kept for 7 days."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any, ClassVar

from django.db import models

from contacts import clock, conditions
from contacts.clock import MomentField
from contacts.conditions.texts import moment

REASONS = {
    "no_match": "The trigger's filter did not match",
    "audience": "Not in the workflow's audience",
    "once": "Was in this workflow before, and everybody enters once",
    "inside": "Is inside already",
    "same_key": "Entered with the same key before",
    "no_key": "The event carries no key to enter by",
    "cooldown": "Left it too short a time ago",
    "max_entries": "Entered as often as allowed",
    "paused": "The workflow was paused",
    "not_started": "The workflow had not begun",
    "over": "The workflow takes nobody any more",
    "loop": "A chain of workflows had grown too long",
    "not_published": "It was never published",
    "holdout": "Belongs to the holdout group",
    "unreadable": "A condition could not be asked any more",
    "broken": "Something broke while they were let in; the server's log says what",
}


class Refusal(models.Model):
    workflow = models.ForeignKey("builder.Workflow", on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey("contacts.Contact", on_delete=models.CASCADE, related_name="refusals")
    event_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=20)
    why = models.JSONField(null=True)
    at = MomentField(default=clock.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="refusal_at")]

    def __str__(self) -> str:
        return f"{self.reason}: contact {self.contact_id}, workflow {self.workflow_id}"

    @property
    def sentence(self) -> str:
        return REASONS.get(self.reason, "Was turned away")

    def why_words(self, names: Any = None, zone: tzinfo = UTC) -> str:
        """The values seen, in a sentence or two; "" where there is nothing to see."""
        entries = self.why if isinstance(self.why, list) else []
        told = [
            f"They left {moment(entry[1], zone)}."
            for entry in entries
            if isinstance(entry, list) and len(entry) == 2 and entry[0] == "left" and isinstance(entry[1], int)
        ]
        return " ".join([*told, conditions.why_sentence(entries, names, zone)]).strip()
