"""Downloads that are never whole in memory, whichever server they pass through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import islice

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

_PIECES = 200  # for one hop between the server's loop and the thread that asks the database


def attachment(
    request: HttpRequest, pieces: Iterator[bytes], name: str, kind: str = "text/csv"
) -> StreamingHttpResponse:
    """`pieces` as a file called `name`, which is ours and never comes from outside.

    Under ASGI Django would collect a plain iterator into a list first, so it gets an asynchronous one there.
    """
    plain = getattr(request, "_request", request)  # REST framework wraps it
    content = _awaited(pieces) if isinstance(plain, ASGIRequest) else pieces
    response = StreamingHttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


async def _awaited(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while some := await sync_to_async(lambda: b"".join(islice(pieces, _PIECES)))():
        yield some
