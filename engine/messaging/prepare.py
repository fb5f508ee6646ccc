"""A content made ready to be written a thousand times: templates parsed, links numbered, pixel and footer in place.

Cached per content version, wording and kind of mail, in each process; what it costs (milliseconds) is paid once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.messaging import plaintext, tokens
from engine.messaging.links import HONEYPOT, PIXEL, PREFERENCES, UNSUBSCRIBE, Href, Rewriting
from engine.messaging.template import Template

_BODY = re.compile(r"<body\b[^<>]*>", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """The words of one message, before anybody's values: a content version, overridden by what its node says."""

    subject: str = ""
    preheader: str = ""
    html: str = ""
    text: str = ""
    from_name: str = ""
    from_email: str = ""
    topic: str = ""
    track: bool = True

    def with_body(self, body: Mapping[str, Any] | None) -> Written:
        """With what a node sets itself; empty settings leave the content's words."""
        if not body:
            return self
        words = {name: str(body.get(name) or getattr(self, name)) for name in _OVERRIDES}
        return Written(
            html=self.html,
            text=str(body.get("text") or self.text),
            topic=self.topic,
            track=body.get("track", True) is not False,
            **words,
        )


_OVERRIDES = ("subject", "preheader", "from_name", "from_email")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Ready to be filled. `paths` are the variables it asks for, such as ("contact", "fields", "city")."""

    written: Written
    subject: Template
    html: Template | None
    text: Template
    from_name: Template
    hrefs: tuple[Href, ...]
    paths: frozenset[tuple[str, ...]]
    roots: frozenset[str]
    # The links whose address is the same for everybody: their numbers, and their ids as tokens carry them.
    constant_numbers: tuple[int, ...]
    constant_links: tuple[bytes, ...]

    @property
    def wants_fields(self) -> bool:
        return any(path[0] == "contact" and (len(path) == 1 or path[1] == "fields") for path in self.paths)

    @property
    def wants_run(self) -> bool:
        return bool(self.roots & {"event", "run", "steps"})


def prepare(written: Written, *, channel: str, footer: bool) -> Prepared:
    """Parse and number everything. Raises LiquidError with words for the author."""
    rewriting = Rewriting(track=written.track)
    if channel == "email":
        html, text = _mail(written, rewriting, footer=footer)
    else:
        html, text = None, Template(rewriting.in_text(written.text), escape=False)
    subject = Template(written.subject, escape=False)
    from_name = Template(written.from_name, escape=False)
    templates = [
        subject,
        text,
        from_name,
        *([html] if html else []),
        *(href.template for href in rewriting.hrefs if href.template),
    ]
    paths = frozenset(path for template in templates for path in template.paths)
    constant = {number: href.link_id for number, href in enumerate(rewriting.hrefs) if href.link_id is not None}
    if html and written.track:
        constant[HONEYPOT] = tokens.HONEYPOT
    return Prepared(
        written=written,
        subject=subject,
        html=html,
        text=text,
        from_name=from_name,
        hrefs=tuple(rewriting.hrefs),
        paths=paths,
        roots=frozenset(path[0] for path in paths),
        constant_numbers=tuple(constant),
        constant_links=tuple(link.to_bytes(8, "big") for link in constant.values()),
    )


def _mail(written: Written, rewriting: Rewriting, *, footer: bool) -> tuple[Template, Template]:
    source = written.html.strip() or plaintext.to_html(written.text)
    links_out = "unsubscribe_url" in source or "unsubscribe_url" in written.text
    source = rewriting.in_html(source)
    words = rewriting.in_text(written.text) if written.text.strip() else plaintext.from_html(source)
    start = (
        f'<div style="display:none;max-height:0;overflow:hidden">{written.preheader}</div>' if written.preheader else ""
    )
    end = ""
    if footer and not links_out:
        out, choose = _place(UNSUBSCRIBE), _place(PREFERENCES)
        end += (
            '<p style="margin:32px 0 0;font-size:12px;color:#777;text-align:center">'
            f'<a href="{out}" style="color:#777">Unsubscribe</a> &middot; <a href="{choose}" style="color:#777">Preferences</a></p>'
        )
        words += f"\n\n--\nUnsubscribe: {out}\nPreferences: {choose}"
    if written.track:
        # No person sees or reaches the first link: who follows it is a machine.
        end += f'<a href="{_place(HONEYPOT)}" style="display:none" tabindex="-1" aria-hidden="true" rel="nofollow"></a>'
        end += f'<img src="{_place(PIXEL)}" width="1" height="1" alt="" style="display:block">'
    return Template(_around_body(source, start, end), escape=True), Template(words, escape=False)


def _place(number: int) -> str:
    return "{% __href " + str(number) + " %}"


def _around_body(source: str, start: str, end: str) -> str:
    """`start` after the body's tag, `end` before its end; without a body, around everything."""
    if start:
        opening = _BODY.search(source)
        at = opening.end() if opening else 0
        source = source[:at] + start + source[at:]
    closings = [found.start() for found in _BODY_END.finditer(source)]
    at = closings[-1] if closings else len(source)
    return source[:at] + end + source[at:]
