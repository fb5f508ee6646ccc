"""What a start is, and the options that several share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from builder.nodes import Names
from contacts import clock
from contacts.conditions.comparison import holds
from contacts.conditions.facts.event import Filter

# The menu's sections, in its order.
SECTIONS: dict[str, str] = {
    "people": "What is known of people",
    "behaviour": "What people do",
    "clock": "By the clock",
    "call": "On demand",
}

Tree = dict[str, Any]
EVERYBODY: Tree = {"all": []}


class Start:
    """Base of all starts. Classes only: they hold no state."""

    on: ClassVar[str] = ""
    label: ClassVar[str] = ""
    section: ClassVar[str] = ""
    place: ClassVar[int] = 50
    # The event it hears; None: nobody records one (people are let in by a call, or by the clock).
    event: ClassVar[str | None] = None
    # Its own options. They stand flat among the trigger's settings, shown only when this start is chosen. Checks belong to the
    # types (`AfterValidator`): validators that are methods would overwrite those of another start with the same name.
    Settings: ClassVar[type[BaseModel]] = BaseModel
    # Option -> the question that is asked while it is empty.
    needs: ClassVar[dict[str, str]] = {}
    # Can people qualify who are here already?
    fills: ClassVar[bool] = False
    # The why of the visit: "Was given the tag."
    came: ClassVar[str] = ""

    @classmethod
    def event_name(cls, settings: Any) -> str | None:
        return cls.event

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        """Does an event of the right name fit the options? `properties` come from outside: anything may stand in them."""
        return True

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        """The condition that those meet who would have come in, had the workflow been live; None: nobody can say."""
        return None

    @classmethod
    def problems(cls, settings: Mapping[str, Any], names: Names) -> Iterable[tuple[str, str]]:
        """(option, message) for what the schema cannot see; `settings` is valid JSON."""
        for option, question in cls.needs.items():
            if settings.get(option) in (None, "", [], {}):
                yield option, question

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        """ "Anyone given the tag vip"; `who` is "Anyone" or "People who match"."""
        return f"{who}: {cls.label.lower()}"


class Where(BaseModel):
    """Options of starts that hear events with properties."""

    where: list[Filter] = Field(
        default_factory=list,
        max_length=10,
        title="Only if",
        description="All must hold.",
        json_schema_extra={"x-widget": "where"},
    )


def fits(where: Iterable[Filter], properties: Mapping[str, Any]) -> bool:
    """Do these properties meet all filters? The same comparison that conditions use."""

    def zone() -> tzinfo:
        from engine.standing import home_zone

        return home_zone()

    return all(holds(one, properties.get(one.property), clock.now(), zone) for one in where)


def where_words(where: Iterable[Filter]) -> str:
    from contacts.conditions.comparison import comparison_words

    parts = [f"{one.property} {comparison_words(one)}" for one in where]
    return f" ({', '.join(parts)})" if parts else ""


def same_text(wanted: str, value: Any) -> bool:
    """Is this value what was typed? Case does not count; numbers and yes/no compare as such."""
    typed = wanted.strip().casefold()
    if isinstance(value, bool):
        return typed in (("true", "yes") if value else ("false", "no"))
    if isinstance(value, int | float):
        try:
            return float(typed.replace(",", ".")) == value
        except ValueError:
            return False
    return value is not None and str(value).strip().casefold() == typed


class OfSegment(BaseModel):
    segment: int | str | None = Field(
        None, title="Segment", json_schema_extra={"x-widget": "remote", "x-options": "/api/segments/"}
    )


class OfField(BaseModel):
    field: str = Field("", title="Field", max_length=60, json_schema_extra={"x-widget": "field"})


def segment_problems(option: str, segment: Any) -> Iterable[tuple[str, str]]:
    from contacts import conditions

    if segment not in (None, ""):
        for problem in conditions.problems({"fact": "segment", "is": segment}):
            yield option, problem.message
