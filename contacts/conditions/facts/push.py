from __future__ import annotations

from typing import Any, Literal

from django.db.models import Q
from pydantic import Field

from contacts.conditions.fact import FactSettings, Names
from contacts.conditions.facts.app import has_property, property_is
from contacts.conditions.facts.newest import Newest
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope
from contacts.conditions.texts import labelled
from contacts.models import Event

CHANNELS = {"web_push": "web push", "mobile_push": "mobile push"}


class Asked(FactSettings):
    channel: Literal["web_push", "mobile_push"] = Field(
        "web_push", title="Channel", json_schema_extra=labelled(CHANNELS)
    )


@register
class Push(Newest):
    """Can receive web push or mobile push: the last thing that was heard is that they subscribed. Consent is asked apart."""

    fact = "push"
    label = "Can receive push"
    group = "contact"
    examples = ({"fact": "push", "channel": "web_push"}, {"fact": "push", "channel": "mobile_push"})
    Settings = Asked

    def names(self, leaf: Asked) -> tuple[str, ...]:
        return ("push_subscribed", "push_unsubscribed")

    def about(self, leaf: Asked, scope: Scope) -> Q:
        return property_is("channel", leaf.channel, scope)

    def concerns(self, leaf: Asked, event: Event) -> bool:
        return has_property(event, "channel", leaf.channel)

    def good(self, leaf: Asked, scope: Scope) -> Q:
        return Q(name="push_subscribed")

    def speaks(self, leaf: Asked, event: Event) -> bool:
        return event.name == "push_subscribed"

    def asked(self, leaf: Asked) -> dict[str, Any]:
        return {"channel": leaf.channel}

    def words(self, leaf: Asked, names: Names) -> str:
        return f"Can receive {CHANNELS[leaf.channel]}"

    def called(self, seen: dict[str, Any]) -> str:
        return f"can receive {CHANNELS.get(seen.get('channel', ''), 'push')}"
