"""The pixel and the links."""

from __future__ import annotations

import logging
from base64 import b64decode
from typing import Any

from django.db import Error
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from contacts import demo_clock
from engine.messaging import hits
from engine.messaging.links import safe_url
from engine.messaging.models import Link
from engine.messaging.tokens import HONEYPOT, BadToken, signer

log = logging.getLogger("trellis.hits")
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@require_safe
def pixel(request: HttpRequest, token: str) -> HttpResponse:
    """Always 200 and the same tiny picture, whatever the token or the database says."""
    try:
        demo_clock.sync()
        hits.opened(signer().read_pixel(token), **_told(request))
    except BadToken:
        log.debug("A pixel with a bad token.")
    except Error:
        log.exception("An open could not be recorded.")
    return _unkept(HttpResponse(GIF, content_type="image/gif"))


@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """To the link's own address, from our table and never from the request. A bad signature is a 404."""
    try:
        message_id, link_id = signer().read_click(token)
    except BadToken:
        raise Http404("There is no such link.") from None
    own = Q(message_id=None) | Q(message_id=message_id)
    url = Link.objects.filter(own, pk=link_id).values_list("url", flat=True).first()
    target = safe_url(url) if url else None
    if target is None and link_id != HONEYPOT:
        raise Http404("There is no such link.")
    try:
        demo_clock.sync()
        hits.clicked(message_id, link_id, **_told(request))
    except Error:
        # The reader goes where they wanted; what is lost is one number, and it is told.
        log.exception("A click could not be recorded.")
    return _unkept(HttpResponseRedirect(target) if target else HttpResponse(status=204))


def _told(request: HttpRequest) -> dict[str, Any]:
    headers = {name.lower(): value.lower() for name, value in request.headers.items()}
    return {"method": request.method or "GET", "agent": request.headers.get("User-Agent", ""), "headers": headers}


def _unkept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, no-cache, must-revalidate, private"
    response["X-Robots-Tag"] = "noindex"
    return response
