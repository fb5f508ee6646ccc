"""The builder's pages: the canvas and the library."""

from django.urls import path

from builder import views

urlpatterns = [
    path("workflows/<int:pk>/", views.editor, name="workflow"),
    path("library/", views.library, name="library"),
    path("library/<slug:slug>/use/", views.use),
]
