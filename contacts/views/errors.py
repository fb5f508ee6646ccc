"""The pages for what went wrong, in the same hand as all others."""

from __future__ import annotations

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from contacts.views.page import page, theme


def _answer(request: HttpRequest, status: int, template: str, words: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": words, "problems": []}, status=status)
    return page(request, template, {"words": words}, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, "errors/403.html", "Your role does not allow this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    told = exception.args[0] if exception is not None and exception.args and isinstance(exception.args[0], str) else ""
    return _answer(request, 404, "errors/404.html", told or "There is nothing at this address.")


def too_many_tries(
    request: HttpRequest, response: HttpResponse | None = None, credentials: object = None
) -> HttpResponse:
    """As django-axes asks for it: for who is kept from logging in."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    answer = _answer(
        request, 429, "errors/429.html", f"Too many wrong names or passwords. Try again in {minutes} minutes."
    )
    answer["Retry-After"] = str(minutes * 60)
    return answer


def broken(request: HttpRequest) -> HttpResponse:
    """Without the shell: whatever broke may be what the shell needs. 503 while the database is away: it will be back."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _database_away(request)
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": "Something broke on our side.", "problems": []}, status=500)
    return render(request, "errors/500.html", {"theme": theme(request)}, status=500)


def _database_away(request: HttpRequest) -> HttpResponse:
    words = "The database is busy or not reachable. Nothing was changed; please try again."
    answer = (
        JsonResponse({"detail": words, "problems": []})
        if request.path.startswith("/api/")
        else render(request, "errors/503.html", {"theme": theme(request)})
    )
    answer.status_code = 503
    answer["Retry-After"] = "5"
    return answer
