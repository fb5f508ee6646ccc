"""Messaging's pages: contents and the catcher."""

from django.urls import path

from engine.messaging import catcher_views, views

urlpatterns = [
    path("content/", views.contents, name="contents"),
    path("content/new/", views.new),
    path("content/problems/", views.problems),
    path("content/preview/", views.rendered),
    path("content/readers/", views.readers),
    path("content/<int:pk>/", views.editor, name="content"),
    path("content/<int:pk>/delete/", views.delete),
    path("caught/", catcher_views.caught, name="caught"),
    path("caught/<int:pk>/body/", catcher_views.body),
]
