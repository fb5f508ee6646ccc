"""The admin's own site: who gets in, how it looks, and what its pages may do."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

from csp.decorators import csp
from django.contrib import admin
from django.contrib.admin import sites
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from contacts import access

# django-unfold runs on Alpine, which evaluates attributes, and colours itself in a style element. Nothing outside
# /admin/ has this policy.
POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}


def _sheet(name: str, request: HttpRequest) -> str:
    return static(f"css/{name}.css")


# Our tokens (static/css/tokens.css): paper and slate for the ground, the leaf ramp for what can be pressed.
LOOK: dict[str, Any] = {
    "SITE_TITLE": "Trellis",
    "SITE_HEADER": "Trellis",
    "SITE_SUBHEADER": "Administration",
    "SITE_SYMBOL": "potted_plant",
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}],
    "BORDER_RADIUS": "8px",
    # A contact's runs are drawn as on its own page.
    "STYLES": [partial(_sheet, name) for name in ("tokens", "card", "pill", "picture", "path", "contact", "admin")],
    "COLORS": {
        "base": {
            "50": "#F7F5F0",
            "100": "#F2F0EA",
            "200": "#E6E2D9",
            "300": "#D2CDC1",
            "400": "#938D80",
            "500": "#656D67",
            "600": "#4F5752",
            "700": "#2D3840",
            "800": "#222B32",
            "900": "#1C242A",
            "950": "#151B20",
        },
        "primary": {
            "50": "#F0F7EF",
            "100": "#DFEFDD",
            "200": "#BFE0BD",
            "300": "#91C891",
            "400": "#5CAA62",
            "500": "#3D8E47",
            "600": "#2E7A39",
            "700": "#25632F",
            "800": "#1F4F28",
            "900": "#193F21",
            "950": "#0D2613",
        },
    },
}


class TrellisAdminSite(UnfoldAdminSite):
    """Lets in whom `access` lets in; there is one log-in page, and it is not here."""

    def has_permission(self, request: HttpRequest) -> bool:
        return access.may(request.user, "user.manage")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        guarded: Callable[..., Any] = csp(POLICY)(super().admin_view(view, cacheable))
        return guarded

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To the product's log-in page, or the 403 page for who is logged in without the role."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def _get_config(self, key: str, *args: Any) -> Any:
        if key in LOOK:
            found = copy.deepcopy(LOOK[key])  # the skin converts colours in place
            if key == "COLORS":
                found = {**super()._get_config(key, *args), **found}
            return found
        return super()._get_config(key, *args)

    def _get_list(self, key: str, *args: Any) -> list[Any]:
        if key in LOOK:
            return [self._get_value(item, *args) for item in LOOK[key]]
        found: list[Any] = super()._get_list(key, *args)
        return found


# As the skin itself does when it starts: the default site is replaced before anything registers with it.
site = TrellisAdminSite()
admin.site = sites.site = site
