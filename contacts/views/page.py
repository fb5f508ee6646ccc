"""The one way to answer with a page: the shell around it, in the person's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.signals import request_started
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from contacts import access, demo_clock
from contacts.models import Workspace


def on_demo_time(**signal: Any) -> None:
    """Every request lives in the demo's time, wherever its clock was moved. Nothing outside demo mode."""
    demo_clock.sync()


request_started.connect(on_demo_time, dispatch_uid="trellis-demo-clock")


@dataclass(frozen=True)
class Place:
    """An entry of the navigation, seen by those whom `rule` allows."""

    name: str
    label: str
    icon: str
    path: str
    rule: str


PLACES = (
    Place("overview", "Overview", "layout-dashboard", "/", "overview.read"),
    Place("workflows", "Workflows", "sitemap", "/workflows/", "workflow.read"),
    Place("library", "Library", "books", "/library/", "library.read"),
    Place("contacts", "Contacts", "users", "/contacts/", "contact.read"),
    Place("segments", "Segments", "filter", "/segments/", "segment.read"),
    Place("content", "Content", "files", "/content/", "content.read"),
    Place("history", "History", "history", "/history/", "run.read"),
    Place("caught", "Caught mail", "inbox", "/caught/", "message.read"),
    Place("settings", "Settings", "settings", "/settings/", "overview.read"),
)
ON_PHONES = ("overview", "workflows", "contacts", "history")
THEMES = ("light", "dark", "system")


def catcher_is_used() -> bool:
    """Is there a channel whose messages are caught instead of sent? Demo people's always are."""
    return settings.DEMO or not settings.EMAIL_URL or not settings.SMS_URL


def places(request: HttpRequest) -> list[Place]:
    """Where this person may go."""
    return [
        place
        for place in PLACES
        if access.may(request.user, place.rule) and (place.name != "caught" or catcher_is_used())
    ]


def theme(request: HttpRequest) -> str:
    chosen = request.COOKIES.get("theme", "system")
    return chosen if chosen in THEMES else "system"


def person_of(request: HttpRequest) -> str:
    """What the signed-in person is called."""
    user: Any = request.user
    return str(user.get_full_name() or user.get_username())


def shell(request: HttpRequest, here: str) -> dict[str, Any]:
    """What the frame of every page shows. One query (the workspace), beside the session's own."""
    workspace = Workspace.current()
    allowed = places(request)
    phone = [place for place in allowed if place.name in ON_PHONES]
    return {
        "workspace": workspace,
        "here": here,
        "places": allowed,
        "phone_places": phone,
        "more_places": [place for place in allowed if place not in phone],
        "theme": theme(request),
        "person": person_of(request),
        "demo": settings.DEMO,
        "may": {rule.replace(".", "_"): access.may(request.user, rule) for rule in access.RULES},
    }


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, here: str = "", status: int = 200
) -> HttpResponse:
    """Render `template` within the shell. `here` names the place of the navigation that is lit."""
    frame: dict[str, Any] = shell(request, here) if request.user.is_authenticated else {"theme": theme(request)}
    zone = frame["workspace"].zone if "workspace" in frame else None
    with timezone.override(zone):
        return render(request, template, {**frame, **(context or {})}, status=status)
