"""What marketers write. A message keeps the version it was planned with; a version never changes."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from contacts import clock
from contacts.clock import MomentField


class Wording(models.Model):
    """What a node says beside or instead of a content, kept once for all its messages; the id is a hash of the body."""

    id = models.BigIntegerField(primary_key=True)
    body = models.JSONField()

    def __str__(self) -> str:
        return f"wording {self.pk}"


class _Written(models.Model):
    subject = models.CharField(max_length=500, default="", blank=True)
    preheader = models.CharField(max_length=500, default="", blank=True)
    html = models.TextField(default="", blank=True)
    text = models.TextField(default="", blank=True)
    topic = models.CharField(max_length=64, default="", blank=True)  # slug of contacts.Topic
    from_name = models.CharField(max_length=200, default="", blank=True)
    from_email = models.CharField(max_length=254, default="", blank=True)

    class Meta:
        abstract = True


class Content(_Written):
    """An e-mail or text as its author sees it; its fields are those of its latest version. Write through content.save()."""

    name = models.CharField(max_length=200)
    channel = models.CharField(max_length=16, default="email")
    number = models.PositiveIntegerField(default=0)  # of the latest version
    updated_at = MomentField(default=clock.now)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class ContentVersion(_Written):
    """A content as it was saved once. Immutable: messages point here."""

    content = models.ForeignKey(Content, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    created_at = MomentField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "number"], name="content_version_number")]

    def __str__(self) -> str:
        return f"{self.content_id} version {self.number}"
