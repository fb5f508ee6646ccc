"""A content as one contact would get it, without a message: nothing is stored, links lead where they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from liquid.exceptions import LiquidError

from engine.messaging import sql
from engine.messaging.content import WRITTEN, explain
from engine.messaging.errors import Problem
from engine.messaging.gate import Person
from engine.messaging.language import Context
from engine.messaging.models import Content, ContentVersion
from engine.messaging.prepare import Written, prepare
from engine.messaging.render import House, Sheet, one_line
from engine.messaging.segments import Segments, count

SOMEBODY = Person(
    0, "alice@example.com", "+48601234567", None, "Alice", "Example", "en", "", 0, True, "{}", "in", None, "in"
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What the reader would see. `problem` says why there is nothing to see."""

    subject: str = ""
    from_name: str = ""
    from_email: str = ""
    html: str = ""
    text: str = ""
    segments: Segments | None = None
    problem: Problem | None = None


class _Sheet(Sheet):
    """Links of ours lead nowhere in a preview: there is no message yet."""

    def href(self, number: int, context: Context | None = None) -> str:
        return "#" if number < 0 else super().href(number, context)


def preview(
    content: Content | ContentVersion,
    *,
    contact_id: int | None = None,
    body: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
    channel: str | None = None,
) -> Preview:
    """Written for this contact, or for a made-up one. `values` are event, run and steps. Never raises for what is written."""
    kind = channel or getattr(content, "channel", "") or "email"
    written = Written(**{name: getattr(content, name) for name in WRITTEN}).with_body(body)
    rows = sql.people([contact_id], kind, written.topic, fields=True) if contact_id is not None else []
    person = Person._make(rows[0]) if rows else SOMEBODY
    house = House.current()
    field = "text" if kind == "sms" or not written.html else "html"
    try:
        prepared = prepare(replace(written, track=False), channel=kind, footer=kind == "email")
        sheet = _Sheet(prepared, 0, kind, "", house)
        sheet.values = {
            "contact": person.values(),
            "workspace": house.workspace,
            "unsubscribe_url": "#",
            "preferences_url": "#",
            **(values or {}),
        }
        text = prepared.text.fill(sheet.values, sheet)
        return Preview(
            subject=one_line(prepared.subject.fill(sheet.values, sheet)),
            from_name=one_line(prepared.from_name.fill(sheet.values, sheet)) or house.workspace["from_name"],
            from_email=written.from_email or house.workspace["from_email"],
            html=prepared.html.fill(sheet.values, sheet) if prepared.html else "",
            text=text,
            segments=count(text) if kind == "sms" else None,
        )
    except LiquidError as error:
        return Preview(problem=Problem(field, explain(error)))
    except Exception as error:  # what hostile values make of a filter; shown to the author
        return Preview(problem=Problem(field, f"This cannot be written for this contact: {error}"[:300]))
