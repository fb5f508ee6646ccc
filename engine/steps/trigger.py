from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, Literal

from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from engine.batch import Batch
from engine.steps.base import Step

# on -> the name of the event that it hears; None: nobody records one, people are let in by a call
EVENTS: dict[str, str | None] = {
    "contact_added": "contact_added",
    "tag_added": "tag_added",
    "list_joined": "list_joined",
    "event": "",
    "purchase": "purchase",
    "manual": None,
    "api": None,
}
LABELS: dict[str, Any] = {
    "contact_added": "A contact is added",
    "tag_added": "A tag is added",
    "list_joined": "A list is joined",
    "event": "An event of your own",
    "purchase": "A purchase",
    "manual": "By hand",
    "api": "By the API",
}


class TriggerSettings(Settings):
    on: Literal["contact_added", "tag_added", "list_joined", "event", "purchase", "manual", "api"] = Field(
        "contact_added", title="Starts when", json_schema_extra={"x-widget": "select", "x-labels": LABELS}
    )
    tag: str = Field("", title="Tag", json_schema_extra={"x-widget": "tag", "x-show-if": {"on": "tag_added"}})
    list: str = Field("", title="List", json_schema_extra={"x-widget": "list", "x-show-if": {"on": "list_joined"}})
    name: str = Field("", title="Event", max_length=60, json_schema_extra={"x-show-if": {"on": "event"}})
    filter: dict[str, Any] | None = Field(None, title="Only people who", json_schema_extra={"x-widget": "condition"})


class Trigger(Step):
    """Lets people in. A workflow may have several triggers: any of them lets in.

    How often one person may enter is said in the workflow's own settings.
    """

    kind = "trigger"
    label = "Trigger"
    icon = "player-play"
    group = "start"
    ports = (Step.NEXT,)
    example = {"on": "contact_added"}
    Settings = TriggerSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        why = [["came_in", batch.settings.on]]
        for token in batch.tokens:
            batch.go(token, "next", why)

    @classmethod
    def event_name(cls, settings: TriggerSettings) -> str | None:
        """The event that this trigger hears; None if people are let in by a call alone."""
        return settings.name if settings.on == "event" else EVENTS[settings.on]

    @classmethod
    def hears(cls, settings: TriggerSettings, properties: dict[str, Any]) -> bool:
        """Does an event of the right name fit the trigger's own choice of tag or list?"""
        if settings.on == "tag_added":
            return str(properties.get("tag", "")).casefold() == settings.tag.casefold()
        if settings.on == "list_joined":
            return properties.get("list") == settings.list
        return True

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        wanted = {
            "tag_added": ("tag", "Which tag?"),
            "list_joined": ("list", "Which list?"),
            "event": ("name", "Which event?"),
        }
        field, question = wanted.get(node.settings.get("on", ""), ("", ""))
        if field and not node.settings.get(field):
            yield Problem(node.id, field, question)

    @classmethod
    def summary(cls, settings: TriggerSettings, names: Names) -> str:
        who = "People who match" if settings.filter else "Anyone"
        return {
            "contact_added": "New contacts who match" if settings.filter else "Anyone new, once each",
            "tag_added": f"{who} given the tag {settings.tag or '…'}",
            "list_joined": f"{who} joining {names.list(settings.list) if settings.list else '…'}",
            "event": f"{who}, at “{settings.name or '…'}”",
            "purchase": f"{who} buying something",
            "manual": "People you add by hand",
            "api": "People added by the API",
        }[settings.on]

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] != "came_in":
            return None
        return {
            "contact_added": "Was added as a contact.",
            "tag_added": "Was given the tag.",
            "list_joined": "Joined the list.",
            "event": "The event happened.",
            "purchase": "Bought something.",
            "manual": "Was added by hand.",
            "api": "Was added by the API.",
        }.get(entry[1], "Came in.")
