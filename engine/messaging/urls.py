"""Messaging's addresses: what readers' links lead to, and the API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("engine.messaging.public.urls")),
    path("", include("engine.messaging.page_urls")),
    path("api/", include("engine.messaging.api.urls")),
]
