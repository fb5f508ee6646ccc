"""Links in what marketers write, found once per content version and given a number that the renderer fills.

Liquid inside an address is kept: such an address is made per message and checked again then. Only http and https ever become a
link; `javascript:` and its like are refused when saving and dead when rendered.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from engine.messaging.language import ROOTS
from engine.messaging.models import Link
from engine.messaging.template import Template

LONGEST = 2_000
MOST_LINKS = 300
# Numbers of the links that are no link of the author's.
PIXEL, HONEYPOT, UNSUBSCRIBE, PREFERENCES = -1, -2, -3, -4

# `<a ...>` up to its end; a ">" inside quotes belongs to the value. No "<" outside quotes, so that it stays linear.
_ANCHOR = re.compile(r"<(?:a|area)\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>", re.IGNORECASE)
_HREF = re.compile(r"(\shref\s*=\s*)(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_BARE = re.compile(r"https?://(?:\{\{[^{}]*\}\}|[^\s<>\"'{}])+", re.IGNORECASE)
_OURS = re.compile(r"\s*\{\{-?\s*(unsubscribe_url|preferences_url)\b[^{}]*\}\}\s*")
_DEAD = re.compile(r"(?:javascript|data|vbscript|file|blob):", re.IGNORECASE)
_BLANKS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Href:
    """A link of the author's: a constant one with its Link id, or one whose address is made per message."""

    url: str = ""
    link_id: int | None = None
    template: Template | None = None


@dataclass
class Rewriting:
    """One content's links. Use the same one for its HTML and its text, so that both share numbers."""

    track: bool = True
    hrefs: list[Href] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    relative: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def in_html(self, source: str) -> str:
        """The source with each followed `href` replaced by its number. Raises LiquidError for broken Liquid in one."""
        return _ANCHOR.sub(lambda anchor: _HREF.sub(self._html_href, anchor.group(), count=1), source)

    def in_text(self, source: str) -> str:
        """The same for bare addresses in plain text."""
        return _BARE.sub(self._bare, source)

    def _html_href(self, found: re.Match[str]) -> str:
        raw = next(value for value in found.groups()[1:] if value is not None)
        target = self._target(html.unescape(raw))
        return found.group() if target is None else f'{found.group(1)}"{target}"'

    def _bare(self, found: re.Match[str]) -> str:
        raw = found.group()
        # The full stop after an address ends the sentence.
        address = raw.rstrip(".,;:!?)]")
        target = self._target(address)
        return raw if target is None else target + raw[len(address) :]

    def _target(self, address: str) -> str | None:
        """What to write instead; None leaves it as it is."""
        if "{{" in address or "{%" in address:
            return None if _OURS.fullmatch(address) else self._number(address, dynamic=True)
        shown = _BLANKS.sub("", address)
        if _DEAD.match(shown):
            self.dead.append(address[:80])
            return "#"
        url = safe_url(address)
        if url is None:
            if not re.match(r"[a-z][a-z0-9+.-]*:|#", shown, re.IGNORECASE):
                self.relative.append(address[:80])
            return None
        return self._number(url, dynamic=False) if self.track else None

    def _number(self, address: str, *, dynamic: bool) -> str:
        if address not in self._numbers:
            if len(self.hrefs) >= MOST_LINKS:
                return "#"
            self._numbers[address] = len(self.hrefs)
            if dynamic:
                self.hrefs.append(Href(template=Template(address, escape=False)))
            else:
                self.hrefs.append(Href(url=address, link_id=Link.id_of(address)))
        number = self._numbers[address]
        template = self.hrefs[number].template
        local = template is not None and any(path[0] not in ROOTS for path in template.paths)
        return "{% __href " + str(number) + (" local" if local else "") + " %}"


def safe_url(address: str) -> str | None:
    """The address if it is a whole http or https one, cleaned of what browsers ignore; else None."""
    url = _BLANKS.sub("", address) if not address.isprintable() else address.strip().replace(" ", "%20")
    if len(url) > LONGEST or "\\" in url.split("?", 1)[0]:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
        parts.port  # noqa: B018  raises for a port that is none
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    try:
        url.encode()
    except UnicodeEncodeError:
        return None
    return url
