"""Text messages through any provider that takes one POST of JSON. Chosen by SMS_URL."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from engine.messaging import http
from engine.messaging.errors import BadAddress, InDoubt, SendError
from engine.messaging.render import Letter
from engine.messaging.senders.base import Sender, retry_after


class SmsSender(Sender):
    """`{"id", "to", "from", "text"}`; 2xx with `{"id"}` means accepted.

    User and password of SMS_URL become basic authentication, a user alone a bearer token. `id` is the idempotency key; whether the
    provider honours it we cannot know, so nothing is repeated in doubt unless SMS_URL says `idempotent=1`.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        self._headers = {}
        if password:
            self._headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        elif user:
            self._headers["Authorization"] = f"Bearer {user}"
        self._url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self.repeatable = parse_qs(parts.query).get("idempotent") == ["1"]  # type: ignore[misc]

    def send(self, letter: Letter) -> str:
        told = {"id": letter.key, "to": letter.to, "from": letter.from_name, "text": letter.text}
        headers = {**self._headers, "Idempotency-Key": letter.key}
        try:
            answer = http.request(
                "POST", self._url, json=told, headers=headers, trusted=True, timeout_s=15, max_bytes=100_000
            )
        except (http.Unreachable, BadAddress) as error:
            raise SendError(f"No connection: {error}", permanent=False) from error
        except http.Lost as error:
            raise InDoubt(f"The connection was lost after the message was sent: {error}") from error
        if 200 <= answer.status < 300:
            return _id_of(answer)
        words = f"{answer.status}: {answer.body[:200].decode('utf-8', 'replace')}"
        if answer.status in (502, 504):
            raise InDoubt(words)
        # 401 and 403 are our mistake, 429 and 5xx pass: none of them is the reader's.
        permanent = 400 <= answer.status < 500 and answer.status not in (401, 403, 408, 425, 429)
        raise SendError(words, permanent=permanent, retry_after_s=retry_after(answer.headers))


def _id_of(answer: http.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict) or not told.get("id"):
        raise InDoubt(f"The provider answered {answer.status} without an id.")
    return str(told["id"])
