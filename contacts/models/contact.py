"""A contact: one person we may talk to."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from contacts import clock
from contacts.clock import MomentField


class ContactQuerySet(models.QuerySet["Contact"]):
    def tagged(self, *names: str) -> Self:
        """Who carries every one of these tags."""
        found = self
        for name in names:
            found = found.filter(pk__in=Contact.tags.through.objects.filter(tag__name=fold(name)).values("contact_id"))
        return found

    def in_list(self, slug: str) -> Self:
        return self.filter(pk__in=Contact.lists.through.objects.filter(list__slug=slug).values("contact_id"))

    def with_consent(self, subject: str, state: str) -> Self:
        """`state` is in, out or unknown (nothing was ever said)."""
        from contacts.models.consents import ConsentState

        said = ConsentState.objects.filter(subject=subject)
        if state == "unknown":
            return self.exclude(pk__in=said.values("contact_id"))
        return self.filter(pk__in=said.filter(state=state).values("contact_id"))

    def search(self, text: str) -> Self:
        """Who a person looking for `text` means: the start of an address, part of a number or of a name.

        Reads the whole table of contacts (0.1 s for 100,000): for people who type, not for batches.
        """
        found = self
        for word in text.replace("\x00", "").split()[:5]:
            lower = word.lower()
            digits = "".join(letter for letter in word if letter in "0123456789")
            match = (
                Q(email__startswith=lower)
                | Q(first_name__icontains=word)
                | Q(last_name__icontains=word)
                | Q(external_id=word)
            )
            if len(digits) >= 3:
                match |= Q(phone__contains=digits.removeprefix("00"))
            if lower.startswith("@") or "." in lower:
                match |= Q(email__contains=lower)
            found = found.filter(match)
        return found

    def with_details(self) -> Self:
        """With tags, lists and consents read in one query each, for lists of contacts."""
        return self.prefetch_related("tags", "lists", "consents")


def fold(name: str) -> str:
    """A tag's name as it is kept: single spaces, case-folded."""
    return " ".join(name.split()).casefold()


class Contact(models.Model):
    """Addresses are kept normalised (`contacts.normalise`), so that one person has one row.

    Its row is the lock for everything of this person (`contacts.locks`).
    """

    email = models.EmailField(null=True, blank=True, unique=True)
    phone = models.CharField(max_length=20, null=True, blank=True, help_text="International: +48601234567.")
    external_id = models.CharField(max_length=200, null=True, blank=True, help_text="The id in another system.")
    first_name = models.CharField(max_length=150, blank=True, default="")
    last_name = models.CharField(max_length=150, blank=True, default="")
    language = models.CharField(max_length=16, blank=True, default="", help_text="Such as en or pl.")
    time_zone = models.CharField(max_length=64, blank=True, default="", help_text="Such as Europe/Warsaw.")
    fields = models.JSONField(default=dict, blank=True)
    score = models.IntegerField(default=0)
    is_demo = models.BooleanField(default=False, help_text="Messages always go to the catcher.")
    created_at = MomentField(default=clock.now, editable=False)
    updated_at = MomentField(default=clock.now, editable=False)

    tags = models.ManyToManyField("contacts.Tag", through="contacts.ContactTag", related_name="contacts")
    lists = models.ManyToManyField("contacts.List", through="contacts.ListMember", related_name="contacts")

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            # Read by identity.upsert and imports. As a constraint it brings no second (pattern) index on PostgreSQL.
            models.UniqueConstraint(fields=["external_id"], name="contact_external_id"),
        ]
        indexes = [
            # Read by identity, where a phone is all we have, and by incoming text messages.
            models.Index(fields=["phone"], name="contact_phone", condition=Q(phone__isnull=False)),
            # Read by the list of contacts, newest first.
            models.Index(fields=["-created_at", "-id"], name="contact_newest"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The best name we have for this person."""
        full = f"{self.first_name} {self.last_name}".strip()
        return full or self.email or self.phone or self.external_id or f"Contact {self.pk}"
