"""What Ctrl+K finds: workflows, contacts, contents, pages; each only for whom may see it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from builder.models import Workflow
from contacts import access
from contacts.models import Contact, Segment
from contacts.views.page import page, places
from engine.messaging.models import Content

EACH = 6


@dataclass(frozen=True)
class Found:
    href: str
    icon: str
    tint: str
    label: str
    more: str = ""


@access.needs("overview.read")
def search(request: HttpRequest) -> HttpResponse:
    """At most four queries."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found: list[tuple[str, list[Found]]] = []
    here = [place for place in places(request) if text.casefold() in place.label.casefold()]
    pages = [Found(place.path, place.icon, "end", place.label, "Page") for place in here[: EACH if text else 20]]
    if text:
        found += _workflows(request, text) + _contacts(request, text) + _contents(request, text)
        found += _segments(request, text)
    if pages:
        found.append(("Pages", pages))
    return page(request, "engine/search.html", {"found": [group for group in found if group[1]], "q": text})


def _workflows(request: HttpRequest, text: str) -> list[tuple[str, list[Found]]]:
    if not access.may(request.user, "workflow.read"):
        return []
    rows = Workflow.objects.filter(name__icontains=text).only("name", "status", "tactic")[:EACH]
    return [
        ("Workflows", [Found(f"/workflows/{w.pk}/", "sitemap", "logic", w.name, w.get_status_display()) for w in rows])
    ]


def _contacts(request: HttpRequest, text: str) -> list[tuple[str, list[Found]]]:
    if not access.may(request.user, "contact.read"):
        return []
    rows = Contact.objects.search(text).order_by("-id")[:EACH]
    return [
        ("Contacts", [Found(f"/contacts/{c.pk}/", "user", "messages", c.name, c.email or c.phone or "") for c in rows])
    ]


def _contents(request: HttpRequest, text: str) -> list[tuple[str, list[Found]]]:
    if not access.may(request.user, "content.read"):
        return []
    rows = Content.objects.filter(name__icontains=text).only("name", "channel", "subject")[:EACH]
    icons = {"email": "mail", "sms": "message-2"}
    return [
        (
            "Content",
            [Found(f"/content/{c.pk}/", icons.get(c.channel, "files"), "messages", c.name, c.subject) for c in rows],
        )
    ]


def _segments(request: HttpRequest, text: str) -> list[tuple[str, list[Found]]]:
    if not access.may(request.user, "segment.read"):
        return []
    rows = Segment.objects.filter(name__icontains=text).only("name")[:EACH]
    return [("Segments", [Found(f"/segments/{s.pk}/", "filter", "contact", s.name) for s in rows])]
