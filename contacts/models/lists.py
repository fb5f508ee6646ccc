"""Lists: named groups that contacts join and leave."""

from __future__ import annotations

from django.db import models

from contacts import clock
from contacts.clock import MomentField
from contacts.models.contact import Contact


class List(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ListMember(models.Model):
    """Written by `contacts.lists` alone."""

    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="memberships", db_constraint=False, db_index=False
    )
    list = models.ForeignKey(List, models.CASCADE, related_name="memberships", db_index=False)
    since = MomentField(default=clock.now)
    source = models.CharField(max_length=80, blank=True, default="", help_text="Such as import:12 or workflow:3.")

    class Meta:
        constraints = [
            # Read by a contact's page and by conditions asked about a batch.
            models.UniqueConstraint(fields=["contact", "list"], name="list_member_once"),
        ]
        indexes = [
            # Read by "everybody on this list".
            models.Index(fields=["list", "contact"], name="list_member_by_list"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id}: {self.list_id}"
