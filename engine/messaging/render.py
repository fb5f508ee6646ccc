"""One message written for one contact: subject, HTML, text, links signed for this message alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from liquid import escape as escape_html

from contacts.models import Workspace
from engine.messaging import tokens
from engine.messaging.gate import Person
from engine.messaging.language import Context
from engine.messaging.links import PIXEL, PREFERENCES, UNSUBSCRIBE, safe_url
from engine.messaging.models import Link, Purpose
from engine.messaging.prepare import Prepared
from engine.messaging.template import render as render_node


@dataclass(slots=True)
class Letter:
    """A message as it leaves: everything a sender needs, nothing it has to look up."""

    message_id: int
    contact_id: int
    workflow_id: int
    channel: str
    to: str
    subject: str
    html: str
    text: str
    from_name: str
    from_email: str
    header_id: str  # Message-ID
    key: str  # idempotency key: deployment:run:nth
    unsubscribe_url: str  # empty for transactional mail
    is_demo: bool


@dataclass(frozen=True, slots=True)
class House:
    """What all messages of a batch share: the workspace and where our links lead."""

    base_url: str
    domain: str
    workspace: dict[str, Any]
    signer: tokens.Signer

    @classmethod
    def current(cls) -> House:
        """One query."""
        return cls.of(Workspace.current())

    @classmethod
    def of(cls, row: Workspace) -> House:
        return cls(
            base_url=settings.BASE_URL,
            domain=urlsplit(settings.BASE_URL).hostname or "localhost",
            workspace={
                "name": row.name,
                "from_name": row.from_name,
                "from_email": row.from_email,
                "time_zone": row.time_zone,
            },
            signer=tokens.signer(),
        )


class Sheet:
    """One message's links while it is written. `own` collects addresses made from its contact's values, to be kept."""

    __slots__ = ("address_hash", "channel", "clicks", "house", "message_id", "own", "prepared", "urls", "values")

    def __init__(self, prepared: Prepared, message_id: int, channel: str, address_hash: str, house: House) -> None:
        self.prepared, self.message_id, self.channel = prepared, message_id, channel
        self.address_hash, self.house = address_hash, house
        self.clicks = house.base_url + "/c/"
        # Nearly every link stands in both parts: all are made at once.
        made = house.signer.clicks(self.clicks, message_id, prepared.constant_links)
        self.urls: dict[int, str] = dict(zip(prepared.constant_numbers, made, strict=True))
        self.own: list[tuple[int, str, int]] = []
        self.values: Mapping[str, Any] = {}

    def href(self, number: int, context: Context | None = None) -> str:
        """The address to put in place of link `number`; safe in HTML and in text."""
        known = self.urls.get(number)
        if known is not None:
            return known
        if number >= 0:
            return self._dynamic(number, context)
        url = self.urls[number] = self._special(number)
        return url

    def _special(self, number: int) -> str:
        base, signer = self.house.base_url, self.house.signer
        if number == PIXEL:
            return f"{base}/o/{signer.pixel(self.message_id)}.gif"
        if number == UNSUBSCRIBE:
            return f"{base}/u/{signer.unsubscribe(self.message_id, self.address_hash, self.channel)}"
        assert number == PREFERENCES
        return f"{base}/p/{signer.preferences(self.message_id, self.address_hash, self.channel)}"

    def _dynamic(self, number: int, context: Context | None) -> str:
        """An address with this contact's values in it, checked now that it is whole."""
        template = self.prepared.hrefs[number].template
        assert template is not None
        if context is None:
            made = template.fill(self.values)
        else:
            escaping, context.autoescape = context.autoescape, False
            try:
                made = "".join(render_node(node, context) for node in template.nodes)
            finally:
                context.autoescape = escaping
        url = safe_url(made.strip())
        if url is None:
            return "#"
        if not self.prepared.written.track:
            return str(escape_html(url)) if self.channel == "email" else url
        link_id = Link.id_of(url, self.message_id)
        self.own.append((link_id, url, self.message_id))
        return self.clicks + self.house.signer.click(self.message_id, link_id)


def render(
    prepared: Prepared,
    person: Person,
    house: House,
    *,
    message_id: int,
    run_id: int,
    nth: int,
    workflow_id: int,
    channel: str,
    purpose: int,
    address_hash: str,
    is_demo: bool,
    run_values: Mapping[str, Any] | None = None,
) -> tuple[Letter, list[tuple[int, str, int]]]:
    """The letter, and the rows of links made for it alone. Raises LiquidError, or what a filter raises on hostile values."""
    sheet = Sheet(prepared, message_id, channel, address_hash, house)
    values: dict[str, Any] = {"contact": person.values(), "workspace": house.workspace}
    if run_values:
        values.update(run_values)
    if "unsubscribe_url" in prepared.roots:
        values["unsubscribe_url"] = sheet.href(UNSUBSCRIBE)
    if "preferences_url" in prepared.roots:
        values["preferences_url"] = sheet.href(PREFERENCES)
    sheet.values = values
    written, key = prepared.written, house.signer.idempotency_key(run_id, nth)
    letter = Letter(
        message_id=message_id,
        contact_id=person.id,
        workflow_id=workflow_id,
        channel=channel,
        to=person.address(channel),
        subject=one_line(prepared.subject.fill(values, sheet)),
        html=prepared.html.fill(values, sheet) if prepared.html else "",
        text=prepared.text.fill(values, sheet),
        from_name=one_line(prepared.from_name.fill(values, sheet)) or house.workspace["from_name"],
        from_email=written.from_email or house.workspace["from_email"],
        header_id=house.signer.header_id(key, house.domain),
        key=key,
        unsubscribe_url=sheet.href(UNSUBSCRIBE) if purpose != Purpose.TRANSACTIONAL and channel == "email" else "",
        is_demo=is_demo,
    )
    return letter, sheet.own


def one_line(text: str) -> str:
    """Text for a header: no line breaks (they would begin another header), no control characters."""
    if text.isprintable():
        return text.strip()
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
