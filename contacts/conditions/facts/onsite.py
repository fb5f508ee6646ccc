from __future__ import annotations

from typing import Any, Literal

from django.db.models import Q
from pydantic import Field

from contacts.conditions.fact import Names
from contacts.conditions.facts.app import has_property, property_is
from contacts.conditions.facts.event import Behaviour, Counted
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject
from contacts.conditions.texts import Name, labelled
from contacts.models import Event

DID = {"shown": "Was shown", "clicked": "Clicked", "dismissed": "Closed", "chat_started": "Started a chat from"}
EVENTS = {
    "shown": "onsite_shown",
    "clicked": "onsite_clicked",
    "dismissed": "onsite_dismissed",
    "chat_started": "chat_started",
}


class Asked(Counted):
    did: Literal["shown", "clicked", "dismissed", "chat_started"] = Field(
        "clicked", title="What happened", json_schema_extra=labelled(DID)
    )
    item: Name | None = Field(
        None, title="On-site item", description="As the site calls it in “item”. Empty: any item."
    )


@register
class Onsite(Behaviour):
    """What they did with a pop-up, a bar, a chat or a survey on your site: saw it, clicked it, closed it, started a chat."""

    fact = "onsite"
    label = "On-site item"
    group = "behaviour"
    examples = (
        {"fact": "onsite", "did": "clicked", "since": "run"},
        {"fact": "onsite", "did": "shown", "item": "spring sale", "at_least": 2, "within": "P7D"},
    )
    Settings = Asked

    def name(self, leaf: Asked) -> str:
        return EVENTS[leaf.did]

    def filters(self, leaf: Asked, scope: Scope) -> Q:
        return property_is("item", leaf.item, scope) if leaf.item else Q()

    def counts(self, leaf: Asked, event: Event, subject: Subject) -> bool:
        return not leaf.item or has_property(event, "item", leaf.item)

    def about(self, leaf: Asked) -> dict[str, Any]:
        return {"did": leaf.did} | ({"item": leaf.item[:80]} if leaf.item else {})

    def words(self, leaf: Asked, names: Names) -> str:
        return f"{DID[leaf.did]} {leaf.item or 'an on-site item'}{self.often(leaf, names)}"

    def called(self, seen: dict[str, Any]) -> str:
        did = DID.get(seen.get("did", ""), "saw")
        return f"{did[:1].lower()}{did[1:]} {seen.get('item') or 'an on-site item'}"
