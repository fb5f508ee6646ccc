"""What `manage.py check --deploy` refuses beside Django's own checks."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

# Names that no public name server answers for (RFC 6761, RFC 6762, and .internal as ICANN reserves it).
NOT_PUBLIC = (".localhost", ".local", ".test", ".internal", ".home.arpa")
# Without TLS Django has four findings; ours says it once, and only where it matters.
ABOUT_TLS: list[str] = ["security.W004", "security.W008", "security.W012", "security.W016"]


def is_public(host: str) -> bool:
    """Whether strangers may reach this host. A name with a dot may, an address in a private network may not."""
    host = host.strip("[].").lower()
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "*" or ("." in host and not host.endswith(NOT_PUBLIC))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@checks.register(checks.Tags.security, deploy=True)
def demo_is_not_public(**kwargs: Any) -> list[checks.CheckMessage]:
    """Demo accounts have one password, and the clock can be moved."""
    hosts = [urlsplit(settings.BASE_URL).hostname or "", *settings.ALLOWED_HOSTS]
    public = sorted({host for host in hosts if is_public(host)})
    if not settings.DEMO or not public:
        return []
    return [
        checks.Error(
            f"Demo mode is on behind a public address ({', '.join(public)}).",
            hint="Set DEMO=0, or take the name out of BASE_URL and ALLOWED_HOSTS.",
            id="trellis.E001",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def links_are_encrypted(**kwargs: Any) -> list[checks.CheckMessage]:
    """One-click unsubscribe asks for HTTPS (RFC 8058), log-ins and cookies do too."""
    address = urlsplit(settings.BASE_URL)
    if address.scheme == "https" or _is_loopback(address.hostname or ""):
        return []
    return [
        checks.Error(
            f"BASE_URL is {settings.BASE_URL}: log-ins and the links in mails would travel in the clear.",
            hint="Serve it through TLS and set BASE_URL=https://...",
            id="trellis.E002",
        )
    ]
