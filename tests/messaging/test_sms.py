"""Text messages through a generic HTTP provider on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from engine.messaging.models import Message, Status
from engine.messaging.senders import registry
from tests.messaging.conftest import planned, work_off


class Gateway:
    def __init__(self) -> None:
        self.got: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[tuple[int, str] | str] = []


@pytest.fixture
def gateway(settings) -> Iterator[Gateway]:
    made = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            made.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer = made.answers.pop(0) if made.answers else (200, '{"id": "sms-1"}')
            if answer == "drop":
                self.connection.close()
                return
            status, body = answer
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            """Quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ValueError):
                return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    settings.SMS_URL = f"http://me:pass@127.0.0.1:{server.server_port}/send"
    registry._repeatable.cache_clear()
    yield made
    server.shutdown()
    server.server_close()
    thread.join(5)
    registry._repeatable.cache_clear()


def text(people, **more) -> Message:
    told = {
        "channel": "sms",
        "body": {"text": "Hi {{ contact.first_name }}", "from_name": "Shop"},
        "node": "n10",
        **more,
    }
    return planned(people.bob, None, **told)


def test_one_post_a_message(people, gateway):
    message = text(people)
    assert [one.status for one in work_off()] == [Status.ACCEPTED]
    (got,) = gateway.got
    assert got == {"id": got["id"], "to": "+48601234567", "from": "Shop", "text": "Hi Bob"}
    assert got["id"].endswith(f":{message.run_id}:2")
    assert gateway.headers[0]["authorization"].startswith("Basic ")
    assert gateway.headers[0]["idempotency-key"] == got["id"]
    message.refresh_from_db()
    assert message.provider_id == "sms-1"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((201, '{"id": 5}'), Status.ACCEPTED),
        ((200, "{}"), Status.IN_DOUBT),
        ((200, "not json"), Status.IN_DOUBT),
        ((400, "bad number"), Status.REJECTED),
        ((422, "bad number"), Status.REJECTED),
        ((401, "who are you"), Status.PLANNED),
        ((429, "slowly"), Status.PLANNED),
        ((500, "oops"), Status.PLANNED),
        ((502, "gateway"), Status.IN_DOUBT),
        ((302, "moved"), Status.PLANNED),
        ("drop", Status.IN_DOUBT),
    ],
)
def test_what_the_provider_answers(people, gateway, answer, status):
    gateway.answers = [answer]
    message = text(people)
    work_off()
    message.refresh_from_db()
    assert message.status == status
    assert len(gateway.got) == 1


def test_a_provider_that_knows_idempotency_keys_may_be_asked_again(gateway, settings):
    assert not registry.repeatable("sms", is_demo=False)
    assert registry.repeatable("sms", is_demo=True)
    settings.SMS_URL += "?idempotent=1"
    assert registry.repeatable("sms", is_demo=False)


def test_demo_people_get_no_text(people, gateway):
    text(people, is_demo=True)
    assert [one.status for one in work_off()] == [Status.ACCEPTED]
    assert gateway.got == []
