from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from builder import catalogue
from builder.api import shapes
from builder.api.door import BuilderView
from builder.checks import whole
from builder.nodes import GROUPS
from contacts import conditions


class Catalogue(BuilderView):
    """All node kinds, facts and the workflow's own settings: what the canvas draws palette, nodes and forms from."""

    rules = {"GET": "version.read"}

    @extend_schema(responses=shapes.CatalogueShape, tags=["builder"])
    def get(self, request: Request) -> Response:
        return Response(
            {
                "kinds": [catalogue.as_json(kind) for kind in catalogue.all()],
                "groups": [{"name": name, "label": label} for name, label in GROUPS.items()],
                "facts": conditions.catalogue(),
                "workflow_settings": whole.schema(),
            }
        )
