from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from engine.batch import Batch
from engine.steps.email import PURPOSES
from engine.steps.message import MessageStep


class SmsSettings(Settings):
    text: str = Field(
        "",
        title="Text",
        max_length=1000,
        description="160 characters make one part; one letter outside the GSM alphabet, and it is 70.",
        json_schema_extra={"x-widget": "liquid", "x-sms": True},
    )
    same_as: str | None = Field(
        None, title="Or send again", json_schema_extra={"x-widget": "message_node", "x-channel": "sms"}
    )
    purpose: Literal["marketing", "service", "transactional"] = Field(
        "marketing",
        title="Purpose",
        json_schema_extra={
            "x-widget": "select",
            "x-labels": {**PURPOSES, "service": "Service: unless they said no to SMS"},
        },
    )
    sender: str = Field("", title="Sender", max_length=20, description="Empty: the workspace's own.")


class Sms(MessageStep):
    """Sends a text to a valid phone number whose owner consented. Long texts go as several parts, each of which costs.

    Who has no phone or no consent goes out by Skipped, or simply on if it leads nowhere.
    """

    kind = "sms"
    label = "SMS"
    icon = "message-2"
    channel = "sms"
    example = {
        "text": "Hi {{ contact.first_name | default: 'there' }}, something interesting waits in your inbox.",
        "purpose": "marketing",
    }
    Settings = SmsSettings

    @classmethod
    def written(cls, batch: Batch) -> tuple[int | None, dict[str, Any] | None, str]:
        settings, source = batch.settings, batch.settings
        while source.same_as:
            source = batch.program.nodes[source.same_as].settings
        body = {"text": settings.text or source.text}
        if settings.sender:
            body["sender"] = settings.sender
        return None, body, ""

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if not node.settings.get("text", "").strip() and not node.settings.get("same_as"):
            yield Problem(node.id, "text", "The text is empty")

    @classmethod
    def summary(cls, settings: SmsSettings, names: Names) -> str:
        if settings.same_as:
            return f"Resend of {names.node(settings.same_as)}"
        return f"“{settings.text.strip()}”" if settings.text.strip() else "No text yet"
