from __future__ import annotations

from typing import Any

from django.db.models import Q
from pydantic import Field

from contacts.conditions.comparing_sql import comparison_q, json_source
from contacts.conditions.comparison import Comparison, holds
from contacts.conditions.fact import FactSettings, Names
from contacts.conditions.facts.newest import Newest
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope
from contacts.conditions.texts import Name
from contacts.models import Event


class Asked(FactSettings):
    app: Name | None = Field(None, title="App", description="As the events call it in “app”. Empty: any app.")


def property_is(name: str, value: str, scope: Scope) -> Q:
    """A property of an event is this text; capitals do not matter."""
    return comparison_q(Comparison(op="is", value=value), json_source("properties", name), scope, "contact__time_zone")


def has_property(event: Event, name: str, value: str) -> bool:
    """The same in plain Python."""
    has = event.properties if isinstance(event.properties, dict) else {}
    return holds(Comparison(op="is", value=value), has.get(name), event.occurred_at, lambda: event.occurred_at.tzinfo)  # type: ignore[arg-type,return-value]


@register
class App(Newest):
    """Has an app: the last thing that was heard of it is that it was installed, not that it was removed."""

    fact = "app"
    label = "Has the app"
    group = "contact"
    examples = ({"fact": "app"}, {"fact": "app", "app": "shop"})
    Settings = Asked

    def names(self, leaf: Asked) -> tuple[str, ...]:
        return ("app_installed", "app_removed")

    def about(self, leaf: Asked, scope: Scope) -> Q:
        return property_is("app", leaf.app, scope) if leaf.app else Q()

    def concerns(self, leaf: Asked, event: Event) -> bool:
        return not leaf.app or has_property(event, "app", leaf.app)

    def good(self, leaf: Asked, scope: Scope) -> Q:
        return Q(name="app_installed")

    def speaks(self, leaf: Asked, event: Event) -> bool:
        return event.name == "app_installed"

    def asked(self, leaf: Asked) -> dict[str, Any]:
        return {"app": leaf.app} if leaf.app else {}

    def words(self, leaf: Asked, names: Names) -> str:
        return f"Has the app {leaf.app}" if leaf.app else "Has an app"

    def called(self, seen: dict[str, Any]) -> str:
        return f"has the app {seen['app']}" if seen.get("app") else "has an app"
