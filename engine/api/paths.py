"""A contact's path through each of its workflows, newest run first."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.models import Contact
from engine import history
from engine.models import Run


class PathView(GenericAPIView):
    rules = {"GET": "contact.read"}
    queryset = Run.objects.none()

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        get_object_or_404(Contact, pk=pk)
        page = self.paginate_queryset(Run.objects.filter(contact_id=pk).order_by("-id"))
        return self.get_paginated_response(history.path_json(page or []))
