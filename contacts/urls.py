"""Addresses of contacts: its pages and its API."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("contacts.api.urls")),
    path("", include("contacts.views.urls")),
]
