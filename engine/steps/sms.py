from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from engine.batch import Batch, Token
from engine.steps.email import PURPOSES, held_back
from engine.steps.message import MessageStep
from engine.steps.wording import (
    AutomaticWinner,
    Variant,
    Words,
    by_words,
    chosen,
    repeated,
    source_of,
    text_problems,
    variant_problems,
)


class SmsVariant(Variant):
    text: str = Field("", title="Text", max_length=1000, json_schema_extra={"x-widget": "liquid", "x-sms": True})


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
    variants: list[SmsVariant] = Field(
        default_factory=list,
        title="Variants",
        max_length=5,
        description="Each person gets one of them, always the same.",
        json_schema_extra={"x-widget": "variants"},
    )
    winner: AutomaticWinner | None = Field(None, title="Automatic winner")
    quiet_hours: Literal["postpone", "skip"] = held_back("In quiet hours")
    cap: Literal["postpone", "skip"] = held_back("After too many messages")
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
    def written(cls, batch: Batch, tokens: Sequence[Token]) -> Iterable[tuple[Words, Sequence[Token]]]:
        node, source, settings = batch.node, source_of(batch), batch.settings
        sent = repeated(batch, source, tokens) if source is not node else {}
        for (own, original), people in by_words(tokens, chosen(batch, node, tokens), sent):
            body: dict[str, Any] = {
                "text": next(
                    text
                    for one in (own, settings, original, source.settings)
                    if one and ((text := one.text.strip()) or one is source.settings)
                )
            }
            if settings.sender:
                body["sender"] = settings.sender
            if own or original:
                body["variant"] = (own or original).name
            yield Words(None, body, "", says_all=True), people

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        settings = node.settings
        variants = settings.get("variants") or []
        yield from variant_problems(node, variants)
        worded = variants and all(one.get("text", "").strip() for one in variants)
        if not settings.get("text", "").strip() and not settings.get("same_as") and not worded:
            yield Problem(node.id, "text", "The text is empty")
        yield from text_problems(node, ("text",))

    @classmethod
    def summary(cls, settings: SmsSettings, names: Names) -> str:
        tested = f" in {len(settings.variants)} variants" if settings.variants else ""
        if settings.same_as:
            return f"Resend of {names.node(settings.same_as)}{tested}"
        text = settings.text.strip() or next((one.text.strip() for one in settings.variants), "")
        return f"“{text}”{tested}" if text else "No text yet"
