"""Tags, lists and segments: coming into them and going out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, Field

from builder.nodes import Names
from engine.starts.base import OfSegment, Start, Tree, segment_problems


class OfTag(BaseModel):
    tag: str = Field("", title="Tag", max_length=80, json_schema_extra={"x-widget": "tag"})


class OfList(BaseModel):
    list: str = Field("", title="List", json_schema_extra={"x-widget": "list"})


class TagAdded(Start):
    on, label, section, place = "tag_added", "A tag is added", "people", 20
    event = "tag_added"
    Settings = OfTag
    needs = {"tag": "Which tag?"}
    fills = True
    came = "Was given the tag."

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        # A tag's name is kept with single spaces and case-folded.
        return str(properties.get("tag", "")).casefold() == " ".join(settings.tag.split()).casefold()

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return {"fact": "tag", "is": settings.tag} if settings.tag else None

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return f"{who} given the tag {settings.tag or '…'}"


class TagRemoved(TagAdded):
    on, label, place = "tag_removed", "A tag is removed", 22
    event = "tag_removed"
    fills = False
    came = "The tag was taken away."

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return None

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return f"{who} losing the tag {settings.tag or '…'}"


class ListJoined(Start):
    on, label, section, place = "list_joined", "A list is joined", "people", 30
    event = "list_joined"
    Settings = OfList
    needs = {"list": "Which list?"}
    fills = True
    came = "Joined the list."

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        return bool(properties.get("list") == settings.list)

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return {"fact": "list", "is": settings.list} if settings.list else None

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return f"{who} joining {names.list(settings.list) if settings.list else '…'}"


class ListLeft(ListJoined):
    on, label, place = "list_left", "A list is left", 32
    event = "list_left"
    fills = False
    came = "Left the list."

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return None

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return f"{who} leaving {names.list(settings.list) if settings.list else '…'}"


class SegmentEntered(Start):
    on, label, section, place = "segment_entered", "A segment is entered", "people", 40
    event = "segment_entered"
    Settings = OfSegment
    needs = {"segment": "Which segment?"}
    fills = True
    came = "Came into the segment."

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        return settings.segment in (properties.get("segment"), properties.get("name"))

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return {"fact": "segment", "is": settings.segment} if settings.segment else None

    @classmethod
    def problems(cls, settings: Mapping[str, Any], names: Names) -> Iterable[tuple[str, str]]:
        yield from super().problems(settings, names)
        yield from segment_problems("segment", settings.get("segment"))

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return f"{who} entering the segment {names.segment(settings.segment) if settings.segment else '…'}"


class SegmentLeft(SegmentEntered):
    on, label, place = "segment_left", "A segment is left", 42
    event = "segment_left"
    fills = False
    came = "Left the segment."

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return None

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return f"{who} leaving the segment {names.segment(settings.segment) if settings.segment else '…'}"
