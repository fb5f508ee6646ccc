"""Fields of the customer's own: their keys, types and choices."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

TYPES = {
    "text": "Text",
    "number": "Number",
    "boolean": "Yes or no",
    "date": "Date",
    "datetime": "Date and time",
    "choice": "One of a list",
}


class Field(models.Model):
    """What may stand in `Contact.fields` under `key`. The type cannot change once values exist."""

    key = models.CharField(
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z", "Use small letters, digits and _, beginning with a letter.")],
    )
    label = models.CharField(max_length=120)
    type = models.CharField(max_length=16, default="text")
    choices = models.JSONField(default=list, blank=True, help_text="For a list: the texts to choose from.")

    class Meta:
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label
