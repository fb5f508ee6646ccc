"""Tags: short words on contacts, with since when and by whom."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from contacts import clock
from contacts.clock import MomentField
from contacts.models.contact import Contact, fold


class Tag(models.Model):
    name = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name = fold(self.name)
        super().save(*args, **kwargs)


class ContactTag(models.Model):
    """Written by `contacts.tags` alone. `trellis_verify` watches over the keys that carry no constraint."""

    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="contact_tags", db_constraint=False, db_index=False
    )
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="contact_tags", db_index=False)
    since = MomentField(default=clock.now)
    by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    by_workflow = models.IntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            # Read by a contact's page and by conditions asked about a batch.
            models.UniqueConstraint(fields=["contact", "tag"], name="contact_tag_once"),
        ]
        indexes = [
            # Read by "everybody with this tag": filters, segments, the tag's own page.
            models.Index(fields=["tag", "contact"], name="contact_tag_by_tag"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}: {self.tag_id}"
