"""`/health`: for whoever watches the server from outside. Open to everybody, so it tells nothing but yes or no."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, else 503."""
    try:
        get_user_model()._default_manager.exists()
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})
