"""Texts that people send: STOP, START, HELP, and replies."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from django.test import Client

from contacts import clock, consents
from contacts.models import ConsentProof, ConsentState, Contact, Event, Suppression
from engine.messaging.incoming import meaning
from engine.messaging.models import Message, Status
from tests.messaging.conftest import planned

KEY = "sms-signing-key"
PHONE = "+48601100200"


@pytest.fixture(autouse=True)
def signed(settings: Any) -> None:
    settings.SMS_WEBHOOK_SECRET = KEY


@pytest.fixture
def bob(people: Any) -> Contact:
    Contact.objects.filter(pk=people.bob.pk).update(phone=PHONE)
    consents.set([people.bob.pk], "sms", "in", source="test")
    people.bob.refresh_from_db()
    return people.bob  # type: ignore[no-any-return]


def tell(text: Any = "Hello", key: str = "t1", **more: Any) -> Any:
    body = json.dumps({"id": key, "from": PHONE, "to": "+48600000000", "text": text, **more})
    return post(body, {"X-Signature": hmac.new(KEY.encode(), body.encode(), hashlib.sha256).hexdigest()})


def post(body: str, headers: dict[str, str]) -> Any:
    return Client(enforce_csrf_checks=True).post("/hooks/sms/", body, content_type="application/json", headers=headers)


def said(contact: Contact) -> str:
    return ConsentState.objects.get(contact=contact, subject="sms").state


def texted(contact: Contact) -> Message:
    made = planned(contact, None, channel="sms", body={"text": "Hi"}, nth=2 + Message.objects.count())
    Message.objects.filter(pk=made.pk).update(status=Status.ACCEPTED, accepted_at=clock.now())
    made.refresh_from_db()
    return made


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("STOP", "stop"),
        (" Stop. ", "stop"),
        ("stop it please", "stop"),
        ("Rezygnuję", "stop"),
        ("ARRÊT", "stop"),
        ("cancel my order from Monday", ""),
        ("I cannot stop drinking it", ""),
        ("Stop by on Monday, will you?", ""),
        ("start", "start"),
        ("Pomoc!", "help"),
        ("", ""),
        ("...", ""),
    ],
)
def test_a_word_is_a_word_alone(text: str, means: str) -> None:
    assert meaning(text) == means


def test_stop_ends_consent_and_start_renews_it(bob: Contact) -> None:
    message = texted(bob)
    answer = tell("STOP")
    assert answer.status_code == 200 and "no more texts" in answer.json()["reply"]
    assert said(bob) == "out"
    assert Suppression.objects.get().reason == "unsubscribe"
    event = Event.objects.get(contact=bob, name="message_unsubscribed")
    assert (event.properties["message"], event.properties["channel"]) == (message.pk, "sms")
    proof = ConsentProof.objects.filter(contact=bob, source="text message").get()
    assert proof.text == "STOP (t1)"
    assert "again" in tell("Start", key="t2").json()["reply"]
    assert said(bob) == "in" and not Suppression.objects.exists()


def test_a_start_told_twice_does_not_undo_a_later_stop(bob: Contact) -> None:
    tell("STOP", key="t1")
    tell("START", key="t2")
    tell("STOP", key="t3")
    tell("START", key="t2")
    assert said(bob) == "out" and Suppression.objects.get().reason == "unsubscribe"


def test_who_never_agreed_has_not_agreed_by_start(people: Any) -> None:
    Contact.objects.filter(pk=people.charlie.pk).update(phone=PHONE)
    ConsentState.objects.filter(contact=people.charlie).delete()
    assert "do not get texts" in tell("START").json()["reply"]
    assert not ConsentState.objects.filter(contact=people.charlie).exists()


def test_a_stop_means_everybody_who_has_the_number_and_is_kept_without_anybody(bob: Contact, people: Any) -> None:
    assert tell("STOP", key="t0", **{"from": "+48699999999"}).status_code == 200
    assert Suppression.objects.count() == 1
    Contact.objects.filter(pk=people.dana.pk).update(phone=PHONE)
    tell("stop")
    assert said(bob) == said(people.dana) == "out"


def test_help_is_answered_and_changes_nothing(bob: Contact) -> None:
    assert "STOP" in tell("HELP").json()["reply"]
    assert said(bob) == "in" and not Event.objects.filter(name__startswith="message_").exists()


def test_anything_else_is_a_reply_to_the_last_text_once_by_its_id(bob: Contact) -> None:
    texted(bob)
    last = texted(bob)
    for _ in range(3):
        answer = tell("Yes, on Monday\x00")
        assert (answer.status_code, answer.json()) == (200, {"reply": None})
    reply = Event.objects.get(contact=bob, name="message_replied")
    assert (reply.properties["message"], reply.properties["text"]) == (last.pk, "Yes, on Monday\ufffd")


def test_a_reply_to_nothing_is_no_reply(bob: Contact) -> None:
    assert tell("Hello?").status_code == 200
    assert not Event.objects.filter(name="message_replied").exists()


def test_who_does_not_sign_is_refused(bob: Contact, settings: Any) -> None:
    body = json.dumps({"id": "t", "from": PHONE, "text": "STOP"})
    for headers in ({}, {"X-Signature": "0" * 64}, {"X-Signature": "\u00e9"}, {"Authorization": "Basic x"}):
        assert post(body, headers).status_code == 403
    assert said(bob) == "in"
    settings.SMS_WEBHOOK_SECRET = "user:password"
    assert post(body, {"Authorization": "Basic " + base64.b64encode(b"user:wrong").decode()}).status_code == 403
    assert post(body, {"Authorization": "Basic " + base64.b64encode(b"user:password").decode()}).status_code == 200
    settings.SMS_WEBHOOK_SECRET = ""
    assert post(body, {}).status_code == 404


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "7", "[" * 100_000, '{"id": 1, "from": "+48601100200", "text": "STOP"}',
     '{"id": "t", "from": "Ana", "text": "STOP"}', '{"id": "t", "from": "+48601100200"}',
     '{"id": "", "from": "+48601100200", "text": "STOP"}'],
)  # fmt: skip
def test_what_is_no_text_is_refused_in_words(db: None, body: str) -> None:
    sign = hmac.new(KEY.encode(), body.encode(), hashlib.sha256).hexdigest()
    answer = post(body, {"X-Signature": f"sha256={sign}"})
    assert answer.status_code == 400 and answer.json()["detail"]
