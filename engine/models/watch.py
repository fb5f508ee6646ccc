"""Which events concern a version as a whole: written when it is published."""

from __future__ import annotations

from django.db import models


class Watch(models.Model):
    """An event of `topic` may end, count or pull people under this version, wherever they stand (see `engine.watching`)."""

    topic = models.CharField(max_length=80)
    version_id = models.IntegerField()
    pk = models.CompositePrimaryKey("topic", "version_id")

    def __str__(self) -> str:
        return f"version {self.version_id} watches {self.topic}"
