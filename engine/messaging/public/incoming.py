"""Where an SMS provider tells of texts that people sent: `/hooks/sms/`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from contacts import demo_clock
from contacts.normalise import phone, storable
from engine.messaging.incoming import Incoming, receive


@csrf_exempt  # signed by the provider
@require_POST
def text(request: HttpRequest) -> HttpResponse:
    """`{"id", "from", "to", "text"}`; answers `{"reply": text or null}`, which the provider sends back.

    Closed unless SMS_WEBHOOK_SECRET is set: `user:password` asks for basic authentication, anything else is the key of an
    HMAC-SHA256 of the body, as hex in `X-Signature`. The same id again changes nothing.
    """
    secret = str(settings.SMS_WEBHOOK_SECRET)
    if not secret:
        raise Http404("There is no such address.")
    if not _signed(request, secret):
        return JsonResponse({"detail": "This is not signed as SMS_WEBHOOK_SECRET says."}, status=403)
    try:
        incoming = _read(request.body)
    except (ValueError, RecursionError) as error:
        return JsonResponse({"detail": str(error)}, status=400)
    demo_clock.sync()
    return JsonResponse({"reply": receive(incoming) or None})


def _signed(request: HttpRequest, secret: str) -> bool:
    if ":" in secret:
        told = request.headers.get("Authorization", "").encode("utf-8", "replace")
        wanted = b"Basic " + base64.b64encode(secret.encode())
    else:
        told = request.headers.get("X-Signature", "").removeprefix("sha256=").lower().encode("utf-8", "replace")
        wanted = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest().encode()
    return hmac.compare_digest(told, wanted)


def _read(body: bytes) -> Incoming:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("The body is not JSON.") from None
    if not isinstance(told, dict):
        raise ValueError("The body is one object.")
    for name, most in (("id", 150), ("from", 40), ("text", 10_000)):
        if not isinstance(told.get(name), str) or len(told[name]) > most or (name != "text" and not told[name].strip()):
            raise ValueError(f"“{name}” is a text of at most {most:,} characters.")
    return Incoming(storable(told["id"]), phone(told["from"]), storable(told["text"]))
