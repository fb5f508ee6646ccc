"""/api/imports/: upload a CSV file, name its columns, see what it would do, start, watch, fetch the rejects."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.api import body
from contacts.api.shapes import ApiRefusal
from contacts.errors import Invalid, problem
from contacts.imports import uploads
from contacts.imports.estimate import estimate
from contacts.imports.rejects import reject_file
from contacts.models import Import
from contacts.streaming import attachment


class ImportShape(serializers.ModelSerializer):
    columns = serializers.JSONField(source="heading_cells", read_only=True)
    percent = serializers.IntegerField(read_only=True)
    by = serializers.CharField(source="by.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Import
        fields = (
            "id", "name", "size", "encoding", "delimiter", "columns", "mapping", "options", "status", "problem",
            "percent", "rows", "created", "updated", "unchanged", "rejected", "by", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class ImportUpload(serializers.Serializer):
    file = serializers.FileField()


class ImportChanges(serializers.Serializer):
    encoding = serializers.CharField(required=False)
    delimiter = serializers.CharField(required=False)
    mapping = serializers.JSONField(required=False, help_text='[{"column": "E-mail", "to": "email"}], all columns')
    options = serializers.JSONField(required=False)


class ImportEstimate(serializers.Serializer):
    rows = serializers.IntegerField()
    new = serializers.IntegerField(help_text="So many would be added, and could enter workflows if these are started.")
    known = serializers.IntegerField()
    rejected = serializers.IntegerField()
    share = serializers.FloatField(help_text="How much of the file was read for this, 0 to 1.")
    exact = serializers.BooleanField()
    problems = serializers.ListField(child=serializers.CharField())


class Imports(generics.ListAPIView):
    """Imports, newest first."""

    rules = {"GET": "import.run", "POST": "import.run"}
    serializer_class = ImportShape

    def get_queryset(self) -> QuerySet[Import]:
        return Import.objects.select_related("by").order_by("-id")

    def get_parsers(self) -> list[Any]:
        return [MultiPartParser()]

    @extend_schema(request={"multipart/form-data": ImportUpload}, responses={201: ImportShape, 400: ApiRefusal})
    def post(self, request: Request) -> Response:
        """Upload a file. Nothing is imported before it is started."""
        file = request.FILES.get("file")
        if file is None:
            raise Invalid(problems=[problem("file", "Choose a CSV file.")])
        return Response(ImportShape(uploads.receive(file, file.name or "", by=request.user)).data, status=201)


class OneImport(APIView):
    rules = {"GET": "import.run", "PATCH": "import.run"}

    @extend_schema(responses={200: ImportShape, 404: ApiRefusal})
    def get(self, request: Request, pk: int) -> Response:
        return Response(ImportShape(_one(pk)).data)

    @extend_schema(request=ImportChanges, responses={200: ImportShape, 400: ApiRefusal, 409: ApiRefusal})
    def patch(self, request: Request, pk: int) -> Response:
        """Set encoding, delimiter, mapping or options of a draft."""
        return Response(ImportShape(uploads.configure(_one(pk), body.object_of(request))).data)


class EstimateImport(APIView):
    """What it would do; writes nothing."""

    rules = {"GET": "import.run"}

    @extend_schema(responses={200: ImportEstimate, 404: ApiRefusal})
    def get(self, request: Request, pk: int) -> Response:
        of = _one(pk)
        if of.status not in ("draft", "running"):
            raise uploads.NotNow("This import is over.")
        return Response(asdict(estimate(of)))


class StartImport(APIView):
    """Begins the work; calling twice is safe."""

    rules = {"POST": "import.run"}

    @extend_schema(request=None, responses={202: ImportShape, 400: ApiRefusal, 409: ApiRefusal})
    def post(self, request: Request, pk: int) -> Response:
        return Response(ImportShape(uploads.start(_one(pk))).data, status=202)


class CancelImport(APIView):
    """Stops the work; what was imported stays."""

    rules = {"POST": "import.run"}

    @extend_schema(request=None, responses={200: ImportShape})
    def post(self, request: Request, pk: int) -> Response:
        return Response(ImportShape(uploads.cancel(_one(pk))).data)


class Rejects(APIView):
    """The rows that were not imported, as a CSV file with line and reason in front."""

    rules = {"GET": "import.run"}

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY, 404: ApiRefusal})
    def get(self, request: Request, pk: int) -> StreamingHttpResponse:
        return attachment(request, reject_file(_one(pk)), f"rejects-{pk}.csv")


def _one(pk: int) -> Import:
    return generics.get_object_or_404(Import.objects.select_related("by"), pk=pk)
