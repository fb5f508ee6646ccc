from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.messaging.tokens import BadToken, Signer

SIGNER = Signer("a secret")
HASH = "ab" * 32
messages = st.integers(0, 2**48 - 1)
links = st.integers(0, 2**63 - 1)


@settings(max_examples=200, deadline=None)
@given(messages, links)
def test_tokens_say_what_they_were_made_of(message, link):
    assert SIGNER.read_click(SIGNER.click(message, link)) == (message, link)
    assert SIGNER.clicks("/c/", message, [link.to_bytes(8, "big")]) == [f"/c/{SIGNER.click(message, link)}"]
    assert SIGNER.read_pixel(SIGNER.pixel(message)) == message
    assert SIGNER.read_unsubscribe(SIGNER.unsubscribe(message, HASH, "sms")) == (message, HASH, "sms")


@settings(max_examples=300, deadline=None)
@given(messages, links, st.integers(0, 34), st.characters(max_codepoint=0x2FFF))
def test_one_other_character_makes_it_worthless(message, link, place, letter):
    token = SIGNER.click(message, link)
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        with pytest.raises(BadToken):
            SIGNER.read_click(changed)


@pytest.mark.parametrize("token", ["", "A", "a" * 35, "=" * 35, "ą" * 35, "a" * 10_000, "-_-_", "AAAA\nAAAA"])
def test_what_was_not_made_here_is_refused(token):
    for read in (
        SIGNER.read_click,
        SIGNER.read_pixel,
        SIGNER.read_unsubscribe,
        SIGNER.read_preferences,
        SIGNER.read_receipt,
    ):
        with pytest.raises(BadToken):
            read(token)


def test_a_token_serves_one_purpose_and_one_installation():
    with pytest.raises(BadToken):
        SIGNER.read_preferences(SIGNER.unsubscribe(1, HASH, "email"))
    with pytest.raises(BadToken):
        SIGNER.read_receipt(SIGNER.pixel(1))
    with pytest.raises(BadToken):
        Signer("another secret").read_click(SIGNER.click(1, 2))


def test_tokens_are_short_and_ids_of_mails_do_not_count_up():
    assert len(SIGNER.click(2**48 - 1, 2**63 - 1)) == 35
    assert len(SIGNER.pixel(1)) == 24
    first, second = SIGNER.header_id("a:1:2", "x.example"), SIGNER.header_id("a:2:2", "x.example")
    assert first != second
    assert first == SIGNER.header_id("a:1:2", "x.example")
    assert ":1:2" not in first
    assert SIGNER.idempotency_key(1, 2).endswith(":1:2")
