from __future__ import annotations

from typing import Any

from django.db.models import F, Q
from pydantic import Field

from contacts.conditions.comparing_sql import JsonText, comparison_q, json_source
from contacts.conditions.comparison import Comparison, number
from contacts.conditions.fact import Names
from contacts.conditions.facts.event import Behaviour, Counted
from contacts.conditions.patterns import Matches, matches
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject
from contacts.conditions.texts import Name
from contacts.models import Event


class Asked(Counted):
    url: Name = Field(
        title="Page",
        description="The address; * stands for anything. One that begins with / is a page of any site: /pricing*",
    )
    seconds: int = Field(0, ge=0, le=86_400, title="Stayed at least this many seconds")


@register
class Visited(Behaviour):
    """Visited a page; if you like, so many times, for so many seconds, or within a time."""

    fact = "visited"
    label = "Visited page"
    group = "behaviour"
    examples = (
        {"fact": "visited", "url": "/pricing*", "since": "run"},
        {"fact": "visited", "url": "https://shop.example/cart", "at_least": 2, "seconds": 10, "within": "P7D"},
    )
    Settings = Asked

    def name(self, leaf: Asked) -> str:
        return "page_visited"

    def filters(self, leaf: Asked, scope: Scope) -> Q:
        found = Q(Matches(JsonText(F("properties"), "url"), leaf.url))
        if leaf.seconds:
            stayed = Comparison(op="gte", value=leaf.seconds)
            found &= comparison_q(stayed, json_source("properties", "seconds"), scope, "contact__time_zone")
        return found

    def counts(self, leaf: Asked, event: Event, subject: Subject) -> bool:
        has = event.properties if isinstance(event.properties, dict) else {}
        stayed = number(has.get("seconds"))
        return matches(leaf.url, has.get("url")) and (
            not leaf.seconds or (stayed is not None and stayed >= leaf.seconds)
        )

    def about(self, leaf: Asked) -> dict[str, Any]:
        return {"url": leaf.url[:80]}

    def words(self, leaf: Asked, names: Names) -> str:
        stayed = f" for {leaf.seconds} seconds" if leaf.seconds else ""
        return f"Visited {leaf.url}{stayed}{self.often(leaf, names)}"

    def called(self, seen: dict[str, Any]) -> str:
        return f"visited {seen.get('url', 'the page')}"
