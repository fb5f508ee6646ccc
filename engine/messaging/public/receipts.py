"""Webhooks of mail providers, read and verified by django-anymail."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from contacts import demo_clock
from contacts.normalise import storable
from engine.messaging.receipts import Receipt, TooEarly, record

# Provider: its view in anymail, and the name of its signing key; without one, the webhook carries basic authentication.
_VIEWS = {
    "brevo": ("BrevoTrackingWebhookView", ""),
    "mailersend": ("MailerSendTrackingWebhookView", "signing_secret"),
    "mailgun": ("MailgunTrackingWebhookView", "webhook_signing_key"),
    "mailjet": ("MailjetTrackingWebhookView", ""),
    "mailtrap": ("MailtrapTrackingWebhookView", "webhook_signing_key"),
    "mandrill": ("MandrillCombinedWebhookView", "webhook_key"),
    "postal": ("PostalTrackingWebhookView", "webhook_key"),
    "postmark": ("PostmarkTrackingWebhookView", ""),
    "resend": ("ResendTrackingWebhookView", "signing_secret"),
    "sparkpost": ("SparkPostTrackingWebhookView", ""),
}
_HARD = {"bounced", "invalid"}


def secret() -> str:
    """What providers sign with: EMAIL_WEBHOOK_SECRET, a signing key or `user:password`."""
    return str(getattr(settings, "EMAIL_WEBHOOK_SECRET", "") or os.environ.get("EMAIL_WEBHOOK_SECRET", ""))


@csrf_exempt  # signed by the provider
@require_http_methods(["POST", "HEAD"])
def anymail(request: HttpRequest, provider: str) -> HttpResponse:
    """Closed unless EMAIL_URL names this provider and EMAIL_WEBHOOK_SECRET is set."""
    key = secret()
    ours = urlsplit(settings.EMAIL_URL).scheme.replace("-", "_").lower()
    if provider not in _VIEWS or provider != ours or not key:
        raise Http404("There is no such address.")
    if request.method == "HEAD":
        return HttpResponse()
    name, signing = _VIEWS[provider]
    made: Any = import_string(f"anymail.webhooks.{provider}.{name}")
    options = {signing: key} if signing else {"webhook_secret": key}
    view = made(**options)
    view.setup(request)
    try:
        view.run_validators(request)  # raises SuspiciousOperation: 400
        reports = list(view.parse_events(request))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SuspiciousOperation("This is not what the provider sends.") from error
    demo_clock.sync()
    try:
        for report in reports:
            record(_receipt(report))
    except TooEarly:
        return HttpResponse("Please tell us again.", status=503, headers={"Retry-After": "30"})
    return HttpResponse()


def _receipt(report: Any) -> Receipt:
    metadata = report.metadata if isinstance(getattr(report, "metadata", None), dict) else {}
    what = str(report.event_type)
    return Receipt(
        what="bounced" if what in ("rejected", "failed") else what,
        provider_id=storable(str(getattr(report, "message_id", "") or "")),
        token=str(metadata.get("trellis") or ""),
        address=storable(str(getattr(report, "recipient", "") or "")),
        hard=str(getattr(report, "reject_reason", "") or "") in _HARD and what == "bounced",
        words=storable(str(getattr(report, "mta_response", "") or getattr(report, "description", "") or "")[:500]),
    )
