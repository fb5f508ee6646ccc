"""Every address of Trellis. Each app lists its own; this page only joins them."""

from django.contrib import admin
from django.urls import include, path

from trellis.health import health

urlpatterns = [
    path("health", health, name="health"),
    path("", include("contacts.urls")),
    path("", include("builder.urls")),
    path("", include("engine.messaging.urls")),
    path("", include("engine.urls")),
    path("admin/", admin.site.urls),
]

handler403 = "contacts.views.errors.forbidden"
handler404 = "contacts.views.errors.not_found"
handler500 = "contacts.views.errors.broken"
