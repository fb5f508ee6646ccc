"""Pages of one's own site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from builder.nodes import Names
from contacts.conditions.comparison import number
from contacts.conditions.patterns import matches
from engine.starts.base import Start, Tree


class OfPage(BaseModel):
    url: str = Field(
        "",
        title="Page",
        max_length=500,
        description="The address; * stands for anything. One that begins with / is a page of any site: /pricing*",
        json_schema_extra={"x-placeholder": "/pricing*"},
    )
    seconds: int = Field(0, ge=0, le=86_400, title="Stayed at least this many seconds")


class PageVisited(Start):
    on, label, section, place = "page_visited", "A page is visited", "behaviour", 30
    event = "page_visited"
    Settings = OfPage
    needs = {"url": "Which page? * stands for anything."}
    fills = True
    came = "Visited the page."

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        stayed = number(properties.get("seconds"))
        return matches(settings.url, properties.get("url")) and (
            not settings.seconds or (stayed is not None and stayed >= settings.seconds)
        )

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return {"fact": "visited", "url": settings.url, "seconds": settings.seconds} if settings.url else None

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        stayed = f" for {settings.seconds} seconds" if settings.seconds else ""
        return f"{who} visiting {settings.url or '…'}{stayed}"
