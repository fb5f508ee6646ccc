"""What the catcher caught, each message as its reader would see it."""

from __future__ import annotations

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin

from contacts import access
from contacts.views.listing import link, paginate, segments, whole
from contacts.views.page import page
from engine.messaging.models import Caught
from engine.messaging.sandbox import sandboxed, shown_as_text

PARTS = (("seen", "Message", None), ("text", "Text part", None), ("headers", "Headers", None))


@access.needs("message.read")
def caught(request: HttpRequest) -> HttpResponse:
    """The list, and one of it beside. Three queries."""
    query = request.GET
    found = Caught.objects.select_related("contact").defer("html").order_by("-id")
    if text := query.get("q", "").replace("\x00", "").strip()[:200]:
        found = found.filter(Q(to__icontains=text) | Q(subject__icontains=text) | Q(text__icontains=text))
    if query.get("channel") in ("email", "sms"):
        found = found.filter(channel=query["channel"])
    pages = paginate(request, found, 40)
    rows = list(pages.object_list)
    asked = whole(query.get("id"))
    chosen = next((one for one in rows if one.pk == asked), None)
    if asked and chosen is None:
        chosen = Caught.objects.select_related("contact").filter(pk=asked).first()
    if chosen is None and rows and not asked:
        chosen = rows[0]
    part = query.get("part") if query.get("part") in ("text", "headers") else "seen"
    context = {
        "rows": [(one, link(query, id=one.pk, page=query.get("page"), part=None)) for one in rows],
        "pages": pages if pages.paginator.num_pages > 1 else None,
        "total": pages.paginator.count,
        "chosen": chosen,
        "asked": bool(asked),
        "part": part,
        "parts": segments(query, "part", PARTS, default="seen"),
        "channels": segments(
            query, "channel", [("all", "All", None), ("email", "E-mail", None), ("sms", "SMS", None)], default="all"
        ),
        "q": query.get("q", ""),
        "back": link(query, id=None, page=query.get("page")),
        "headers": sorted((chosen.headers or {}).items()) if chosen else [],
    }
    return page(request, "messaging/caught.html", context, here="caught")


@access.needs("message.read")
@xframe_options_sameorigin
def body(request: HttpRequest, pk: int) -> HttpResponse:
    """The message itself, for the sandboxed frame."""
    one = Caught.objects.filter(pk=min(pk, 2**63 - 1)).first()
    if one is None:
        raise Http404("This message is gone.")
    if one.channel == "sms" or request.GET.get("part") == "text" or not one.html:
        return shown_as_text(one.text, bubble=one.channel == "sms")
    return sandboxed(one.html)
