"""The signed tokens of public links: which message, which link, nothing else. Compact: a text message has little room.

Payload and tag (96 bits of keyed BLAKE2b, a MAC by design and a fifth of HMAC's cost here), base64url without padding. Each purpose
signs with its own key: a click token is no unsubscribe token. They do not expire: old mails keep working.
"""

from __future__ import annotations

import hmac
from binascii import Error as BadBase64
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import NamedTuple

from django.conf import settings

_TAG = 12
_MESSAGE = 6  # bytes: 280 million million messages
_LINK = 8
_HASH = 32
HONEYPOT = 0  # the link that no person sees
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_CHANNELS = ("email", "sms", "web_push", "mobile_push")


class BadToken(ValueError):
    """This link was not made here, or was cut off."""


class Address(NamedTuple):
    """Whom an unsubscribe link speaks for: by the hash of the address too, so that it works after the contact's erasure."""

    message_id: int
    address_hash: str
    channel: str


class Signer:
    """Makes and reads tokens under one secret. Ten tokens go into a mail, so each is one copy of a keyed state (1 us)."""

    def __init__(self, secret: str) -> None:
        self._states = {
            purpose: blake2b(
                digest_size=_TAG, key=hmac.digest(secret.encode(), f"trellis.messaging.{purpose}".encode(), "sha256")
            )
            for purpose in ("open", "click", "unsubscribe", "preferences", "receipt", "message-id")
        }
        self.deployment = sha256(f"trellis.deployment:{secret}".encode()).hexdigest()[:12]

    def _tag(self, purpose: str, payload: bytes) -> bytes:
        state = self._states[purpose].copy()
        state.update(payload)
        return state.digest()

    def _sign(self, purpose: str, payload: bytes) -> str:
        raw = b2a_base64(payload + self._tag(purpose, payload), newline=False)
        return raw.translate(_URL_SAFE).rstrip(b"=").decode()

    def _open(self, purpose: str, token: str, size: int) -> bytes:
        """The payload, or BadToken. The comparison takes the same time whatever is wrong."""
        raw = b""
        if token.isascii() and len(token) <= 200:
            padded = token.encode().translate(_FROM_URL_SAFE) + b"=" * (-len(token) % 4)
            try:
                raw = a2b_base64(padded, strict_mode=True)
            except BadBase64:
                raw = b""
        payload, tag = raw[:-_TAG], raw[-_TAG:]
        right = hmac.compare_digest(tag, self._tag(purpose, payload))
        # One token for one meaning: no second spelling through unused bits or the other alphabet.
        if not right or len(payload) != size or self._sign(purpose, payload) != token:
            raise BadToken(BadToken.__doc__)
        return payload

    def pixel(self, message_id: int) -> str:
        return self._sign("open", message_id.to_bytes(_MESSAGE, "big"))

    def read_pixel(self, token: str) -> int:
        return int.from_bytes(self._open("open", token, _MESSAGE), "big")

    def click(self, message_id: int, link_id: int) -> str:
        return self._sign("click", message_id.to_bytes(_MESSAGE, "big") + link_id.to_bytes(_LINK, "big"))

    def clicks(self, prefix: str, message_id: int, links: Sequence[bytes]) -> list[str]:
        """`prefix` and token for many links of one message, each link's id as 8 bytes. What they share is made once: 1 us each."""
        head, state = message_id.to_bytes(_MESSAGE, "big"), self._states["click"]
        made = []
        for link in links:
            payload = head + link
            tag = state.copy()
            tag.update(payload)
            # 26 bytes make 35 characters and one of padding.
            made.append(prefix + b2a_base64(payload + tag.digest(), newline=False)[:35].translate(_URL_SAFE).decode())
        return made

    def read_click(self, token: str) -> tuple[int, int]:
        """(message_id, link_id)."""
        payload = self._open("click", token, _MESSAGE + _LINK)
        return int.from_bytes(payload[:_MESSAGE], "big"), int.from_bytes(payload[_MESSAGE:], "big")

    def unsubscribe(self, message_id: int, address_hash: str, channel: str) -> str:
        return self._sign("unsubscribe", _address(message_id, address_hash, channel))

    def read_unsubscribe(self, token: str) -> Address:
        return _read_address(self._open("unsubscribe", token, _MESSAGE + 1 + _HASH))

    def preferences(self, message_id: int, address_hash: str, channel: str) -> str:
        return self._sign("preferences", _address(message_id, address_hash, channel))

    def read_preferences(self, token: str) -> Address:
        return _read_address(self._open("preferences", token, _MESSAGE + 1 + _HASH))

    def receipt(self, message_id: int) -> str:
        """What a provider is told about a message and tells us back in its receipts."""
        return self._sign("receipt", message_id.to_bytes(_MESSAGE, "big"))

    def read_receipt(self, token: str) -> int:
        return int.from_bytes(self._open("receipt", token, _MESSAGE), "big")

    def idempotency_key(self, run_id: int, nth: int) -> str:
        """deployment:run:nth, the same for every attempt at the same visit's message."""
        return f"{self.deployment}:{run_id}:{nth}"

    def header_id(self, key: str, domain: str) -> str:
        """The Message-ID of the visit's mail: from the idempotency key, so that a repeat carries the same, but not showing it."""
        return f"<{self._tag('message-id', key.encode()).hex()}@{domain}>"


def _address(message_id: int, address_hash: str, channel: str) -> bytes:
    return message_id.to_bytes(_MESSAGE, "big") + bytes([_CHANNELS.index(channel)]) + bytes.fromhex(address_hash)


def _read_address(payload: bytes) -> Address:
    channel = payload[_MESSAGE]
    if channel >= len(_CHANNELS):
        raise BadToken(BadToken.__doc__)
    return Address(int.from_bytes(payload[:_MESSAGE], "big"), payload[_MESSAGE + 1 :].hex(), _CHANNELS[channel])


@lru_cache(maxsize=4)
def _signer(secret: str) -> Signer:
    return Signer(secret)


def signer() -> Signer:
    """The signer of this installation."""
    return _signer(settings.SECRET_KEY)
