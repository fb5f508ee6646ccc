"""The pages of signing in, segments and settings."""

from django.urls import path

from contacts.views import login, segments, sending, settings

urlpatterns = [
    path("login/", login.Login.as_view(), name="login"),
    path("logout/", login.sign_out, name="logout"),
    path("segments/", segments.segments, name="segments"),
    path("segments/new/", segments.new),
    path("segments/preview/", segments.preview),
    path("segments/<int:pk>/", segments.segment, name="segment"),
    path("segments/<int:pk>/count/", segments.count),
    path("segments/<int:pk>/delete/", segments.delete),
    path("settings/", settings.overview, name="settings"),
    path("settings/workspace/", settings.save_workspace),
    path("settings/sending/", sending.save),
    path("settings/password/", settings.change_password),
    path("settings/users/", settings.add_user),
    path("settings/users/<int:pk>/", settings.change_user),
]
