"""Text in settings of facts: what a database cannot hold is refused when it is typed, not when it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any

from pydantic import AfterValidator, Field


def _plain(text: str) -> str:
    # PostgreSQL has no NUL in text; a lone surrogate, which JSON can spell, has no UTF-8.
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("This text contains a character that cannot be kept.")
    return text


Text = Annotated[str, Field(max_length=1_000), AfterValidator(_plain)]
# What a BIGINT holds.
Id = Annotated[int, Field(ge=0, lt=2**63)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]


def moment(seconds: int, zone: tzinfo) -> str:
    """12 May 09:02 in the zone; `seconds` since the epoch, as whys keep moments."""
    at = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    return f"{at.day} {at:%b %H:%M}"


def day(seconds: int, zone: tzinfo) -> str:
    """12 May in the zone."""
    return moment(seconds, zone).rsplit(" ", 1)[0]


def yes(value: bool) -> str:
    return "yes" if value else "no"


def labelled(labels: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """Extras of a JSON Schema from which the browser draws a choice with these words."""
    return {"x-labels": dict(labels), **more}
