"""What became of messages, of this workflow or any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from builder.nodes import Names
from contacts.conditions.patterns import matches
from engine.starts.base import Start, Tree

DID = {
    "sent": "was sent", "delivered": "was delivered", "opened": "was opened", "clicked": "was clicked",
    "bounced": "bounced", "replied": "was replied to", "skipped": "was not sent", "complained": "was reported as spam",
    "unsubscribed": "led to an unsubscribe",
}  # fmt: skip
_PEOPLE = {
    "sent": "sent", "delivered": "with", "opened": "opening", "clicked": "clicking in", "bounced": "with a bounce of",
    "replied": "replying to", "skipped": "not sent", "complained": "reporting", "unsubscribed": "unsubscribing in",
}  # fmt: skip


class OfMessage(BaseModel):
    did: Literal[
        "sent", "delivered", "opened", "clicked", "bounced", "replied", "skipped", "complained", "unsubscribed"
    ] = Field("clicked", title="A message", json_schema_extra={"x-widget": "select", "x-labels": dict[str, Any](DID)})
    content: int | None = Field(
        None,
        title="Which content",
        description="Left empty: any message.",
        json_schema_extra={"x-widget": "content"},
    )
    link: str = Field(
        "",
        title="Which link",
        max_length=500,
        description="* stands for anything. Left empty: any link.",
        json_schema_extra={"x-show-if": {"did": "clicked"}, "x-placeholder": "https://shop.example/*"},
    )


class MessageEvent(Start):
    on, label, section, place = "message_event", "Something happens to a message", "behaviour", 25
    Settings = OfMessage
    fills = True
    came = "Something happened to a message."

    @classmethod
    def event_name(cls, settings: Any) -> str | None:
        return f"message_{settings.did}"

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        if settings.content is not None and properties.get("content") != settings.content:
            return False
        return settings.did != "clicked" or not settings.link or matches(settings.link, properties.get("url"))

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        if settings.did in ("complained", "unsubscribed"):
            return None
        which = {"content": settings.content} if settings.content is not None else {"any": True}
        link = {"link": settings.link} if settings.did == "clicked" and settings.link else {}
        return {"fact": "message", **which, "did": settings.did, **link}

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        which = f"“{names.content(settings.content)}”" if settings.content is not None else "any message"
        link = f" {settings.link}" if settings.did == "clicked" and settings.link else ""
        return f"{who} {_PEOPLE[settings.did]}{link} {which}"
