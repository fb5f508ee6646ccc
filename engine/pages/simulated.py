"""A message of a simulation in its frame: what the browser was told comes back as a page of its own, where nothing can run."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from contacts import access
from engine.messaging.sandbox import sandboxed, shown_as_text


@require_POST
@access.needs("workflow.read")
@xframe_options_sameorigin
def message(request: HttpRequest) -> HttpResponse:
    """`html`, else `text`; nothing is kept. The sandboxed answer has no scripts, no forms and no origin."""
    html = request.POST.get("html", "")
    if html:
        return sandboxed(html)
    return shown_as_text(request.POST.get("text", ""), bubble=request.POST.get("channel") == "sms")
