from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts import conditions
from engine import starts
from engine.batch import Batch
from engine.steps.base import Step

_STARTS = starts.all()
_NAMES = tuple(start.on for start in _STARTS)
_MENU: dict[str, Any] = {
    "x-widget": "select",
    "x-labels": {start.on: start.label for start in _STARTS},
    "x-sections": {start.on: starts.SECTIONS[start.section] for start in _STARTS},
}


def _form(schema: dict[str, Any]) -> None:
    """Each option is shown for the starts that have it; what is common stands around them."""
    properties = schema["properties"]
    for key, part in properties.items():
        ons = [start.on for start in _STARTS if key in start.Settings.model_fields]
        if key == "backfill":
            ons = [start.on for start in _STARTS if start.fills]
        if ons:
            part["x-show-if"] = {"on": ons, **part.get("x-show-if", {})}
    last = ("filter", "backfill")
    order = ["on", *(key for key in properties if key not in ("on", *last)), *last]
    schema["properties"] = {key: properties[key] for key in order}


class _Common(Settings):
    model_config = ConfigDict(extra="allow", json_schema_extra=_form)

    on: Literal[_NAMES] = Field("contact_added", title="Starts when", json_schema_extra=_MENU)  # type: ignore[valid-type]
    filter: dict[str, Any] | None = Field(
        None, title="Only people who", json_schema_extra={"x-widget": "condition", "x-run": False}
    )
    backfill: bool = Field(
        False,
        title="Let in those who qualify already",
        description="Once, when this is published. You are told how many before.",
    )


_OPTIONS: list[type[BaseModel]] = list(
    dict.fromkeys(start.Settings for start in _STARTS if start.Settings is not BaseModel)
)
# Bases first: a family's options may build on those that several families share.
_OPTIONS = [one for one in _OPTIONS if not any(one is not other and issubclass(other, one) for other in _OPTIONS)]
TriggerSettings: type[BaseModel] = create_model("TriggerSettings", __base__=(_Common, *_OPTIONS))


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
    def start(cls, settings: Any) -> type[starts.Start]:
        """What this trigger goes by."""
        return starts.get(settings.on)

    @classmethod
    def event_name(cls, settings: Any) -> str | None:
        """The event that this trigger hears; None if people are let in by a call or by the clock."""
        return cls.start(settings).event_name(settings)

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        """Does an event of the right name fit the trigger's own choice, such as of a tag or list?"""
        return cls.start(settings).hears(settings, properties)

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        settings = cls.read(node.settings)
        start = cls.start(settings)
        for option, message in start.problems(settings.model_dump(), names):
            yield Problem(node.id, option, message)
        if getattr(settings, "backfill", False) and not start.fills:
            yield Problem(node.id, "backfill", "Nobody can say who qualifies already for this start. Switch it off.")
        elif getattr(settings, "backfill", False) and (wrong := conditions.problems(start.qualifies(settings))):
            yield Problem(node.id, "backfill", f"Who qualifies already cannot be asked for. {wrong[0].message}")
        elif graph.settings.get("reentry") == "each_key":
            key = graph.settings.get("key") or "a key"
            if start.section == "clock":
                message = f"Nobody gets in this way: people enter once for each {key}, and the clock brings no event that has one."
                yield Problem(node.id, "on", message, "warning")
            elif getattr(settings, "backfill", False):
                message = f"Nobody is let in by this: people enter once for each {key}, and who qualifies already brings none."
                yield Problem(node.id, "backfill", message, "warning")

    @classmethod
    def summary(cls, settings: Any, names: Names) -> str:
        return cls.start(settings).summary(settings, names, "People who match" if settings.filter else "Anyone")

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] != "came_in":
            return None
        return starts.get(entry[1]).came if entry[1] in _NAMES else "Came in."
