"""Addresses that messages carry. Short: a text message has little room."""

from __future__ import annotations

from django.urls import path

from engine.messaging.public import hits, incoming, optout, receipts

urlpatterns = [
    path("o/<str:token>.gif", hits.pixel, name="message-pixel"),
    path("c/<str:token>", hits.click, name="message-click"),
    path("u/<str:token>", optout.unsubscribe, name="message-unsubscribe"),
    path("p/<str:token>", optout.preferences, name="message-preferences"),
    path("hooks/sms/", incoming.text, name="message-incoming"),
    path("hooks/anymail/<slug:provider>/", receipts.anymail, name="message-receipts"),
]
