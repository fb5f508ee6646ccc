"""Addresses of messaging's API."""

from __future__ import annotations

from django.urls import path

from engine.messaging.api import audiences, contents, messages

urlpatterns = [
    path("contents/", contents.Contents.as_view()),
    path("contents/<int:pk>/", contents.OneContent.as_view()),
    path("contents/<int:pk>/render/", contents.Render.as_view()),
    path("contacts/<int:pk>/messages/", messages.ContactMessages.as_view()),
    path("messages/", messages.Messages.as_view()),
    path("messages/<int:pk>/", messages.OneMessage.as_view()),
    path("messages/<int:pk>/resend/", messages.Resend.as_view()),
    path("audiences/", audiences.Audiences.as_view()),
    path("audiences/export/", audiences.Export.as_view()),
    path("caught/", messages.CaughtMessages.as_view()),
    path("caught/<int:pk>/", messages.OneCaught.as_view()),
]
