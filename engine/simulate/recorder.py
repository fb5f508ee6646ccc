"""Where a simulation's messages go: nowhere. They are kept as their reader would have got them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

from contacts import clock
from engine.messaging import segments, tokens
from engine.messaging.errors import SendError
from engine.messaging.models import Link, Message
from engine.messaging.render import House, Letter
from engine.messaging.senders.base import Sender

MOST_BYTES = 4_000_000
_SIGNED = r"[\w~.=-]+"


class Recorder(Sender):
    """Takes every letter of every channel; `refuses(message)` says which a provider is to reject."""

    repeatable = True

    def __init__(self, refuses: Callable[[Message], bool]) -> None:
        self.refuses = refuses
        self.letters: list[dict[str, Any]] = []
        self.bytes = 0

    def send(self, letter: Letter) -> str:
        message = Message.objects.get(pk=letter.message_id)
        if self.refuses(message):
            raise SendError("Chosen in this test", permanent=True)
        html, text = letter.html, letter.text
        self.bytes += len(html) + len(text)
        if self.bytes > MOST_BYTES:
            html, text = "", "Too much to show: this simulation has written four megabytes of messages."
        told: dict[str, Any] = {
            "run": message.run_id,
            "nth": message.nth,
            "node": message.node,
            "channel": letter.channel,
            "at": clock.now().isoformat(),
            "to": letter.to,
            "from_name": letter.from_name,
            "from_email": letter.from_email if letter.channel == "email" else "",
            "subject": letter.subject,
            "html": _plain_links(html, in_html=True),
            "text": _plain_links(text, in_html=False),
        }
        if letter.channel == "sms":
            counted = segments.count(text)
            told["segments"] = counted.segments
            told["length"] = counted.length
        self.letters.append(told)
        return ""


def _plain_links(text: str, *, in_html: bool) -> str:
    """Our tracked links as where they lead, without the open pixel: following one in a test must count for nobody."""
    if not text:
        return text
    base = re.escape(House.current().base_url)
    if in_html:
        text = re.sub(rf"<img\b[^>]*{base}/o/{_SIGNED}[^>]*>", "", text, flags=re.IGNORECASE)
        text = re.sub(rf'<a href="{base}/c/{_SIGNED}" style="display:none"[^>]*></a>', "", text)
    text = re.sub(rf"{base}/c/({_SIGNED})", lambda found: _target(found[1], in_html=in_html), text)
    return re.sub(rf"{base}/[up]/{_SIGNED}", "#", text)


def _target(token: str, *, in_html: bool) -> str:
    try:
        _, link_id = tokens.signer().read_click(token)
    except tokens.BadToken:
        return "#"
    url = Link.objects.filter(pk=link_id).values_list("url", flat=True).first() or "#"
    return escape(url) if in_html else url
