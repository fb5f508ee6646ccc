"""Mail that people wrote, shown in a frame of our own site: it may look as it likes, and do nothing.

The answer's own policy is the fence: no script, no form, no plug-in, an origin of its own; links open in a new tab. The
`sandbox` of the <iframe> around it says the same once more.
"""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.utils.html import escape

POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline' https:; "
    "img-src 'self' https: http: data:; font-src https: data:; form-action 'none'; frame-ancestors 'self'; base-uri 'self'"
)
_HEAD = re.compile(r"<head\b[^<>]*>", re.IGNORECASE)
# The address of an open, as engine.messaging.public serves it.
_PIXEL = re.compile(r"<img\b[^<>]*/o/[\w~.-]+\.gif[^<>]*>", re.IGNORECASE)
_BASE = '<base target="_blank">'


def sandboxed(html: str) -> HttpResponse:
    """A page of somebody's HTML; every link opens in a new tab. Without the open pixel: our look is not the reader's."""
    html = _PIXEL.sub("", html)
    found = _HEAD.search(html)
    at = found.end() if found else 0
    return _fenced(html[:at] + _BASE + html[at:])


def shown_as_text(text: str, *, bubble: bool = False) -> HttpResponse:
    """Plain text as a mail client or a phone shows it, links to follow."""
    told = _LINK.sub(r'<a href="\1" rel="noreferrer">\1</a>', str(escape(text)))
    body = f'<div class="bubble">{told}</div>' if bubble else f"<pre>{told}</pre>"
    return _fenced(f'<!doctype html><meta charset="utf-8">{_BASE}<style>{_TEXT_STYLE}</style>{body}')


_LINK = re.compile(r"(https?://[^\s<>\"]+)")
_TEXT_STYLE = """
:root { color-scheme: light }
body { margin: 0; padding: 24px; background: #fff; color: #1c221f; font: 14px/21px system-ui, sans-serif }
pre { margin: 0; white-space: pre-wrap; font: inherit; overflow-wrap: anywhere }
a { color: #1f66c0 }
.bubble { max-width: 300px; padding: 9px 13px; border-radius: 18px 18px 18px 4px; background: #e9e9eb; white-space: pre-wrap; overflow-wrap: anywhere }
"""


def _fenced(html: str) -> HttpResponse:
    answer = HttpResponse(html)
    answer._csp_exempt = True  # type: ignore[attr-defined]  # django-csp: this answer brings its own, stricter policy
    answer["Content-Security-Policy"] = POLICY
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    answer["Cache-Control"] = "no-store"
    return answer
