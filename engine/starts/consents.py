"""Consent given or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from builder.nodes import Names
from contacts.models import CHANNELS
from engine.starts.base import Start, Tree

STATES = {"any": "Given or withdrawn", "in": "Given", "out": "Withdrawn"}


class OfConsent(BaseModel):
    subject: str = Field(
        "",
        title="Consent to",
        max_length=60,
        description="A channel, or a topic such as newsletter.",
        json_schema_extra={"x-widget": "remote", "x-options": "/api/consents/subjects/"},
    )
    state: Literal["any", "in", "out"] = Field(
        "any", title="Is", json_schema_extra={"x-widget": "select", "x-labels": dict[str, Any](STATES)}
    )


class ConsentChanged(Start):
    on, label, section, place = "consent_changed", "Consent changes", "people", 50
    event = "consent_changed"
    Settings = OfConsent
    needs = {"subject": "Consent to what?"}
    fills = True
    came = "The consent changed."

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        return properties.get("subject") == settings.subject and settings.state in ("any", properties.get("state"))

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        if settings.state == "any" or not settings.subject:
            return None
        return {"fact": "consent", "subject": settings.subject, "state": settings.state}

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        subject = settings.subject or "…"
        called = CHANNELS.get(subject) or getattr(names, "topic", str)(subject)
        verb = {"in": "agreeing to", "out": "withdrawing their consent to", "any": "changing their consent to"}
        return f"{who} {verb[settings.state]} {called}"
