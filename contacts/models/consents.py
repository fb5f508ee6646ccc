"""Consents: what a contact agreed to, and the proof that outlives the contact."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models

from contacts import clock
from contacts.clock import MomentField
from contacts.models.contact import Contact

CHANNELS = {"email": "E-mail", "sms": "SMS", "web_push": "Web push", "mobile_push": "Mobile push"}


class Topic(models.Model):
    """What messages are about, such as a newsletter. Marketing needs an `in` for channel and topic."""

    slug = models.SlugField(max_length=60, unique=True)
    label = models.CharField(max_length=120)

    class Meta:
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label


class ConsentState(models.Model):
    """What holds today; no row means unknown. Written by `contacts.consents` alone, with its proof."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="consents", db_index=False)
    subject = models.CharField(max_length=60, help_text="A channel (email, sms, web_push, mobile_push) or a topic.")
    state = models.CharField(max_length=3, help_text="in or out")
    since = MomentField(default=clock.now)

    class Meta:
        constraints = [
            # Read by the consent gate for a batch, and by a contact's page.
            models.UniqueConstraint(fields=["contact", "subject"], name="consent_once"),
        ]
        indexes = [
            # Read by filters and segments: everybody who said yes to this.
            models.Index(fields=["subject", "state", "contact"], name="consent_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.state}"


class ProofIsAppendOnly(Exception):
    """Proof of consent can be added, never changed or deleted."""


class ProofQuerySet(models.QuerySet["ConsentProof"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise ProofIsAppendOnly(ProofIsAppendOnly.__doc__)

    def delete(self) -> NoReturn:
        raise ProofIsAppendOnly(ProofIsAppendOnly.__doc__)


class ConsentProof(models.Model):
    """Who said what, when, to which text, from where. Append-only: also in `save`, `update` and `delete`.

    `address_hash` is there from the first day, so that proof can be found by an address after erasure, when
    `contact` is empty and the plain address is gone (`contacts.erasure` does that with SQL of its own).
    """

    contact = models.ForeignKey(
        Contact, models.DO_NOTHING, null=True, related_name="consent_proofs", db_constraint=False, db_index=False
    )
    subject = models.CharField(max_length=60)
    state = models.CharField(max_length=3)
    at = MomentField(default=clock.now)
    source = models.CharField(max_length=200, help_text="Where it was said: form:footer, import:12, api, admin.")
    text = models.TextField(blank=True, default="", help_text="The words that were agreed to.")
    address = models.CharField(max_length=254, blank=True, default="", help_text="The address it was said for.")
    address_hash = models.CharField(max_length=64, blank=True, default="")
    ip = models.CharField(max_length=45, blank=True, default="")
    agent = models.CharField(max_length=400, blank=True, default="")
    by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    objects = ProofQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            # Read by a contact's page, by exports and by merge.
            models.Index(fields=["contact", "at"], name="consent_proof_contact"),
            # Read when somebody who was erased asks what we can prove.
            models.Index(fields=["address_hash"], name="consent_proof_address"),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.state}, {self.source}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise ProofIsAppendOnly(ProofIsAppendOnly.__doc__)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ProofIsAppendOnly(ProofIsAppendOnly.__doc__)
