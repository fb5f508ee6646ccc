"""The engine's addresses: pages that show runs, and its part of the API."""

from django.urls import URLPattern, URLResolver, include, path

from engine.demo.api import ClockView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("engine.pages.urls")),
    path("api/", include("engine.api.urls")),
    path("api/demo/clock/", ClockView.as_view(), name="demo-clock"),
]
