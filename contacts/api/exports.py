"""/api/contacts/export/: many as CSV; /api/contacts/{id}/export/: everything about one."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts import exports
from contacts.api.contacts import ContactFilter, contact_or_gone
from contacts.api.shapes import ApiRefusal
from contacts.errors import Invalid, problem
from contacts.models import Contact


class ExportContacts(APIView):
    """A CSV file of the contacts that the filters of the list leave; cells that spreadsheets would run are guarded."""

    rules = {"GET": "contact.write"}

    @extend_schema(
        operation_id="contacts_export_many", responses={(200, "text/csv"): OpenApiTypes.BINARY, 400: ApiRefusal}
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        chosen = ContactFilter(request.query_params, Contact.objects.all())
        if not chosen.is_valid():
            raise Invalid(problems=[problem(name, str(words[0])) for name, words in chosen.errors.items()])
        return exports.csv_response(request, chosen.qs)


class ExportContact(APIView):
    """For the person who asks what is held about them."""

    rules = {"GET": "contact.write"}

    @extend_schema(operation_id="contacts_export_one", responses={200: OpenApiTypes.OBJECT, 404: ApiRefusal})
    def get(self, request: Request, pk: int) -> Response:
        response = Response(exports.everything(contact_or_gone(pk)))
        response["Content-Disposition"] = f'attachment; filename="contact-{pk}.json"'
        return response
