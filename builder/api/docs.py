"""The OpenAPI schema of the whole API, and a page to read and try it. For people who are logged in."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from contacts.access import Needs, needs


@extend_schema(exclude=True)
class Schema(SpectacularAPIView):
    """Every endpoint of every app."""

    rules = {"GET": "library.read"}
    permission_classes = [Needs]


class Page(SpectacularSwaggerSplitView):
    """Without inline scripts and styles, which the content security policy refuses."""

    rules = {"GET": "library.read"}
    permission_classes = [Needs]
    template_name = "builder/api_docs.html"


# Who is not logged in is led to the log-in, as on every page; an API view alone would answer with bare JSON.
page = needs("library.read")(Page.as_view(url_name="api-schema"))
