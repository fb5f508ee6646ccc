"""Unsubscribe (RFC 8058) and preferences. GET shows a page; only POST changes anything, and it needs no cookie."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from contacts import demo_clock
from contacts.models import CHANNELS, Workspace
from engine.messaging import optout
from engine.messaging.tokens import Address, BadToken, signer


@never_cache
@csrf_exempt  # the signed token is the credential; mail clients post without a cookie
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    try:
        address = signer().read_unsubscribe(token)
    except BadToken:
        raise Http404("There is no such link.") from None
    channel = CHANNELS[address.channel]
    context = {
        "workspace": Workspace.current(),
        "channel": channel,
        "preferences": _preferences(address),
        "done": False,
    }
    if request.method == "POST":
        demo_clock.sync()
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        optout.unsubscribe(
            address,
            source="one-click" if one_click else "unsubscribe page",
            text=f"Stop all messages by {channel}",
            ip=request.META.get("REMOTE_ADDR", "")[:45],
            agent=request.headers.get("User-Agent", ""),
        )
        if one_click:
            return HttpResponse("You are unsubscribed.", content_type="text/plain; charset=utf-8")
        context["done"] = True
    return _quietly(render(request, "messaging/public/unsubscribe.html", context))


@never_cache
@csrf_exempt  # as above
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    try:
        address = signer().read_preferences(token)
    except BadToken:
        raise Http404("There is no such link.") from None
    saved = False
    if request.method == "POST":
        demo_clock.sync()
        wanted = dict.fromkeys(request.POST.getlist("subject"), True)
        saved = optout.choose(
            address,
            wanted,
            source="preferences page",
            ip=request.META.get("REMOTE_ADDR", "")[:45],
            agent=request.headers.get("User-Agent", ""),
        )
    choices = optout.choices(address)
    context = {
        "workspace": Workspace.current(),
        "choices": choices,
        "saved": saved,
        "unsubscribe": f"/u/{signer().unsubscribe(*address)}",
    }
    return _quietly(render(request, "messaging/public/preferences.html", context))


def _preferences(address: Address) -> str:
    return f"/p/{signer().preferences(*address)}"


def _quietly(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"  # the address of this page is a credential
    return response
