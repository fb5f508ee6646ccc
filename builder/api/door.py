"""What all views of the builder's API share: how bodies are read, how refusals are told, how revisions are named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from builder import documents
from builder.errors import (
    BadParameters,
    BuilderError,
    DocumentTooLarge,
    MalformedDocument,
    NotInLibrary,
    NotNow,
    StaleDraft,
    Unpublishable,
    VersionsAreFrozen,
)
from contacts.errors import Invalid

# Room for the envelope around a document of full size.
ENVELOPE_BYTES = 64 * 1024

STATUS: dict[type[BuilderError], int] = {
    StaleDraft: 409,
    NotNow: 409,
    NotInLibrary: 404,
    BadParameters: 400,
    VersionsAreFrozen: 409,
    Unpublishable: 422,
    DocumentTooLarge: 413,
    MalformedDocument: 400,
}


class DocumentParser(BaseParser):
    """JSON of bounded size and depth; says the place of the first error."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        # One byte more than allowed is enough to know; the rest is never read.
        most = documents.MAX_BYTES + ENVELOPE_BYTES
        return documents.read(stream.read(most + 1), most) if stream is not None else {}


class BuilderView(APIView):
    """Base of the views: refusals of the builder become JSON in words."""

    parser_classes = [DocumentParser]
    rules: Mapping[str, str] = {}

    def handle_exception(self, exc: Exception) -> Response:
        if not isinstance(exc, BuilderError):
            return super().handle_exception(exc)
        set_rollback()
        body: dict[str, Any] = {"detail": str(exc), "problems": []}
        if isinstance(exc, Unpublishable | BadParameters):
            body["problems"] = [problem.as_json() for problem in exc.problems]
        elif isinstance(exc, StaleDraft):
            body |= {"document": exc.document, "revision": exc.revision, "author": exc.author}
        elif isinstance(exc, MalformedDocument):
            body["place"] = exc.place
            body["problems"] = [{"node": None, "field": exc.place or None, "message": str(exc), "severity": "error"}]
        status = next((code for kind, code in STATUS.items() if isinstance(exc, kind)), 400)
        response = Response(body, status=status)
        response.exception = True
        if isinstance(exc, StaleDraft):
            response["ETag"] = etag(exc.revision)
        return response


def body_of(request: Request) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object."""
    data = request.data
    if not isinstance(data, Mapping):
        raise Invalid("A JSON object is expected.")
    return dict(data)


def etag(revision: int) -> str:
    return f'"{revision}"'


def if_match(request: Request) -> int | None:
    """The revision that `If-Match` names; None without the header. Raises `Invalid` for anything else."""
    header = request.headers.get("If-Match")
    if header is None:
        return None
    match = re.fullmatch(r'\s*(?:W/)?"?(\d{1,9})"?\s*', header)
    if not match:
        raise Invalid('If-Match names the draft\'s revision, such as "7".')
    return int(match[1])
