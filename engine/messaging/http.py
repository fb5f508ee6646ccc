"""The one guarded client for outbound HTTP: to public addresses, without redirects, with an end to size and time.

The name is resolved once, every address it has must be public, and the connection goes to that very address: an answer that
changes between look and call (DNS rebinding) changes nothing. `trusted=True` is for addresses that the operator configured.
"""

from __future__ import annotations

import ipaddress
import json as json_text
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpcore

from contacts import clock
from engine.messaging.errors import BadAddress, MessagingError

Resolver = Callable[[str, int], list[str]]


class Unreachable(MessagingError):
    """There was no connection; nothing was handed over."""


class Lost(MessagingError):
    """The connection broke after the request had begun; whether it was taken is unknown."""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: dict[str, str]  # lower-case names
    body: bytes

    def json(self) -> Any:
        """The body as JSON; raises ValueError."""
        return json_text.loads(self.body)


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    json: Any = None,
    trusted: bool = False,
    timeout_s: float = 10.0,
    max_bytes: int = 1_000_000,
    resolve: Resolver | None = None,
) -> Response:
    """One call. Raises BadAddress (refused by us), Unreachable (nothing sent) or Lost (in doubt)."""
    if clock.is_simulated():
        raise RuntimeError("A simulation calls nobody.")
    checked = check_url(url, trusted=trusted)
    told = {"User-Agent": "Trellis", "Accept": "application/json", **(headers or {})}
    if json is not None:
        body = json_text.dumps(json).encode()
        told["Content-Type"] = "application/json"
    backend = _Guard(trusted=trusted, resolve=resolve or _resolve, deadline=time.monotonic() + timeout_s)
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=_tls(), max_connections=1, http2=False, retries=0, network_backend=backend
            ) as pool,
            pool.stream(method, checked, headers=list(told.items()), content=body) as answer,
        ):
            chunks, size = [], 0
            for chunk in answer.iter_stream():
                size += len(chunk)
                if size > max_bytes:
                    raise Lost(f"The answer is larger than {max_bytes:,} bytes.")
                chunks.append(chunk)
            return Response(
                answer.status,
                {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers},
                b"".join(chunks),
            )
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
        words = f"{type(error).__name__}: {error}".strip(": ")[:300]
        raise (Lost if backend.sent else Unreachable)(words) from error


def check_url(url: str, *, trusted: bool = False) -> str:
    """The URL, if its form is one that we may call; raises BadAddress."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadAddress("This is not an address.") from None
    if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        raise BadAddress("The address holds characters that cannot stand in one.")
    if parts.scheme not in ("http", "https") or not host:
        raise BadAddress("The address must begin with https:// or http://.")
    if not trusted:
        if parts.username is not None or parts.password is not None:
            raise BadAddress("The address must not carry a user name.")
        if port is not None and port not in (80, 443) and port < 1024:
            raise BadAddress(f"Port {port} is not one for the web.")
    return url


def is_public(address: str) -> bool:
    """Is this IP address one of the public internet, also when it hides in an IPv6 one?"""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _COMPATIBLE or ip.is_site_local:
            return False
        # An IPv4 address in another coat is as public as that one.
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inside is None and ip in _NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
    return ip.is_global and not (
        ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.is_link_local or ip.is_unspecified
    )


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


def _resolve(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Guard(httpcore.NetworkBackend):
    """Connects to addresses it has looked at itself, and watches the clock."""

    def __init__(self, *, trusted: bool, resolve: Resolver, deadline: float) -> None:
        self.trusted, self.resolve, self.deadline = trusted, resolve, deadline
        self.sent = False
        self._inner = httpcore.SyncBackend()

    def left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The call took too long.")
        return left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"“{host}” has no address.") from error
        if not self.trusted:
            for address in addresses:
                if not is_public(address):
                    raise BadAddress(f"“{host}” is not on the public internet.")
        if not addresses:
            raise httpcore.ConnectError(f"“{host}” has no address.")
        return _Watched(self._inner.connect_tcp(addresses[0], port, self.left(), local_address, socket_options), self)


class _Watched(httpcore.NetworkStream):
    """A stream whose every read and write ends with the call's time."""

    def __init__(self, inner: httpcore.NetworkStream, guard: _Guard) -> None:
        self._inner, self._guard = inner, guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._guard.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._guard.sent = True
        self._inner.write(buffer, self._guard.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Watched(self._inner.start_tls(ssl_context, server_hostname, self._guard.left()), self._guard)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
