"""The one client for outbound HTTP: to public addresses alone, whatever a URL looks like."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from engine.messaging import http
from engine.messaging.errors import BadAddress

PRIVATE = [
    "127.0.0.1", "127.8.8.8", ".".join("0000"), "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "192.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::", "2001:db8::1",
    "2001:0:7f00:1::", "100::1", "fec0::1", "not an address", "",
]  # fmt: skip
PUBLIC = ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::"]
URLS = [
    "http://127.0.0.1/", "http://localhost/", "http://LOCALHOST:8000/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
    "http://127.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[0:0:0:0:0:ffff:7f00:1]/", "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/", "http://127.0.0.1.nip.io/", "http://evil.example/", "http://0/", "http://0.0.0.0:80/",
    "https://10.0.0.1/", "http://[fe80::1%25eth0]/", "http://[fd00:ec2::254]/",
]  # fmt: skip
MALFORMED = [
    "file:///etc/passwd", "ftp://x.example/", "gopher://127.0.0.1:6379/_x", "dict://x.example", "//x.example", "x.example", "", "http://",
    "http:///x", "http://user@x.example/", "http://x.example@127.0.0.1/", "http://a:b@x.example/", "http://x.example:22/", "http://x.example:25/",
    "http://x.example:6379999/", "http://x.example\\@127.0.0.1/", "http://x.example /", "http://x.example/\r\nHost: y", "http://x.example/\x00",
    "http://１２７.0.0.1/", "http://x。example/", "javascript:alert(1)", "data:text/html,x", "http://[::1/", "http://x.example:-1/", "http://x.example:0/",
]  # fmt: skip


def refuse(host: str, port: int) -> list[str]:
    """A resolver for names that all lead home."""
    return {"evil.example": ["93.184.215.14", "127.0.0.1"]}.get(host, ["127.0.0.1"])


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known(address):
    assert not http.is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_let_through(address):
    assert http.is_public(address)


@pytest.mark.parametrize("url", URLS)
def test_no_name_leads_inside(url):
    with pytest.raises(BadAddress):
        http.request("GET", url, resolve=refuse)


@pytest.mark.parametrize("url", [url for url in URLS if not re.search(r"nip\.io|evil|metadata\.", url)])
def test_nor_does_it_with_the_systems_own_resolver(url):
    with pytest.raises((BadAddress, http.Unreachable)):
        http.request("GET", url, timeout_s=2)


@pytest.mark.parametrize("url", MALFORMED)
def test_what_is_no_web_address_is_refused_before_anything_is_asked(url):
    def never(host: str, port: int) -> list[str]:
        raise AssertionError(f"asked for {host}")

    with pytest.raises(BadAddress):
        http.request("GET", url, resolve=never)


def test_a_name_without_an_address_is_unreachable():
    with pytest.raises(http.Unreachable):
        http.request("GET", "http://nowhere.example/", resolve=lambda host, port: [])


class Handler(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str, str, bytes]]] = []

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self.seen.append((self.command, self.path, self.headers["Host"], self.rfile.read(size)))
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
        elif self.path == "/large":
            self.send_response(200)
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b"x" * 100_000)
        elif self.path == "/drip":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            for _ in range(50):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        elif self.path == "/drop":
            self.connection.close()
        else:
            self.send_response(201)
            self.end_headers()
            self.wfile.write(b'{"id": "7"}')

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ValueError):
            return


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen.clear()
    made = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()
    thread.join(5)


def test_the_connection_goes_to_the_address_that_was_looked_at(server):
    """The name is resolved once; its host name stays what the server hears."""
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = server.rpartition(":")[2]
    answer = http.request("POST", f"http://provider.example:{port}/x", json={"a": 1}, trusted=True, resolve=resolve)
    assert (answer.status, answer.json()) == (201, {"id": "7"})
    assert asked == ["provider.example"]
    assert Handler.seen == [("POST", "/x", f"provider.example:{port}", b'{"a": 1}')]


def test_redirects_are_answers_not_ways(server):
    assert http.request("GET", f"{server}/redirect", trusted=True).status == 302
    assert len(Handler.seen) == 1


def test_size_has_an_end(server):
    with pytest.raises(http.Lost, match="larger"):
        http.request("GET", f"{server}/large", trusted=True, max_bytes=200_000)


def test_time_has_an_end_also_drop_by_drop(server):
    began = time.monotonic()
    with pytest.raises(http.Lost):
        http.request("GET", f"{server}/drip", trusted=True, timeout_s=0.4)
    assert time.monotonic() - began < 1.5


def test_a_lost_answer_is_told_from_no_connection(server):
    with pytest.raises(http.Lost):
        http.request("GET", f"{server}/drop", trusted=True)
    with pytest.raises(http.Unreachable):
        http.request("GET", "http://127.0.0.1:1/", trusted=True)
