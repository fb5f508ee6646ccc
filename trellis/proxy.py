"""Whose request it is, behind a proxy: log-ins are throttled by that address, and proofs of consent keep it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


def client_address(told: str) -> str | None:
    """The last entry of X-Forwarded-For, without a port; None if it is no address.

    Our proxy added the last one. What stands before it came with the request, and may be made up.
    """
    last = told.rpartition(",")[2].strip()
    if last.startswith("["):
        last = last[1:].partition("]")[0]
    elif last.count(":") == 1:
        last = last.partition(":")[0]
    try:
        return str(ipaddress.ip_address(last))
    except ValueError:
        return None


def behind_proxy(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, in use with BEHIND_PROXY=1 alone."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        address = client_address(request.META.get("HTTP_X_FORWARDED_FOR", ""))
        if address is not None:
            request.META["REMOTE_ADDR"] = address
        return get_response(request)

    return middleware
