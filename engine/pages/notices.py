"""What the product tells by itself: the bell of every page, putting a notice away, stopping all sending."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from builder.errors import NotNow
from contacts import access
from engine import notices, stopping


def bell(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: what nobody has put away. One query, and only where a template asks."""
    user = getattr(request, "user", None)

    def found() -> list[Any]:
        return list(notices.open_notices()) if user is not None and access.may(user, "workflow.read") else []

    return {"notices": SimpleLazyObject(found)}


@require_POST
@access.needs("workflow.write")
def put_away(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has seen it. Twice changes nothing."""
    notices.put_away(pk, request.user)
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return redirect(back if safe else "/")


@require_POST
@access.needs("settings.write")
def stop(request: HttpRequest) -> HttpResponse:
    """Stop all sending (`rest` = hold), cancel what waits, or start again (release)."""
    rest = request.POST.get("rest")
    try:
        if rest == "release":
            stopping.release_all()
            messages.success(request, "Sending again.")
        elif rest == "cancel":
            before = stopping.standing()
            stopping.cancel_all()
            messages.success(request, f"{_messages(before.held)} cancelled. Sending stays stopped.")
        else:
            done = stopping.stop_all()
            messages.success(
                request, f"Stopped. {_messages(done.held)} held; {done.left:,} went out within the last 24 hours."
            )
    except NotNow as error:
        messages.error(request, str(error))
    return redirect("/settings/#sending")


def _messages(n: int) -> str:
    return f"{n:,} {'message is' if n == 1 else 'messages are'}"
