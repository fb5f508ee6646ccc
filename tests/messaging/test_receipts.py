"""What providers report afterwards, through their signed webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from django.test import Client

from contacts import clock
from contacts.models import ConsentState, Event, Suppression
from engine.messaging import receipts
from engine.messaging.models import Message, Status
from engine.messaging.receipts import Receipt, TooEarly
from engine.messaging.tokens import signer
from tests.messaging.conftest import planned

KEY = "signing-key"


@pytest.fixture
def mailgun(settings):
    settings.EMAIL_URL = "mailgun://key@mg.example.com"
    settings.EMAIL_WEBHOOK_SECRET = KEY


@pytest.fixture
def message(people, letter) -> Message:
    made = planned(people.alice, letter)
    Message.objects.filter(pk=made.pk).update(status=Status.ACCEPTED, accepted_at=clock.now(), provider_id="<1@mg>")
    made.refresh_from_db()
    return made


def report(message: Message, event: str, *, key: str = KEY, **more: Any) -> Any:
    stamp, nonce = "1763812800", "n0nce"
    signature = hmac.new(key.encode(), (stamp + nonce).encode(), hashlib.sha256).hexdigest()
    told = {
        "signature": {"timestamp": stamp, "token": nonce, "signature": signature},
        "event-data": {
            "event": event,
            "id": "e1",
            "timestamp": 1763812800.0,
            "recipient": "alice@example.com",
            "message": {"headers": {"message-id": "1@mg"}},
            "user-variables": {"trellis": signer().receipt(message.pk)},
            **more,
        },
    }
    return Client(enforce_csrf_checks=True).post(
        "/hooks/anymail/mailgun/", json.dumps(told), content_type="application/json"
    )


def events(message: Message) -> list[str]:
    return list(Event.objects.filter(contact_id=message.contact_id).order_by("id").values_list("name", flat=True))


def test_delivered(message, mailgun):
    assert report(message, "delivered").status_code == 200
    assert report(message, "delivered").status_code == 200
    message.refresh_from_db()
    assert (message.status, message.delivered_at is not None) == (Status.DELIVERED, True)
    assert events(message) == ["message_delivered"]


def test_a_hard_bounce_blocks_the_address(message, mailgun):
    report(
        message,
        "failed",
        severity="permanent",
        reason="bounce",
        **{"delivery-status": {"code": 550, "message": "no such user"}},
    )
    message.refresh_from_db()
    assert message.status == Status.BOUNCED
    assert Suppression.objects.get().reason == "hard_bounce"
    assert Event.objects.get().properties["hard"] is True
    report(message, "delivered")  # too late to be true
    message.refresh_from_db()
    assert message.status == Status.BOUNCED


def test_a_complaint_blocks_the_address_for_good(message, mailgun):
    report(message, "delivered")
    report(message, "complained")
    message.refresh_from_db()
    assert message.status == Status.COMPLAINED
    assert Suppression.objects.get().reason == "complaint"


def test_an_unsubscribe_at_the_provider_is_one_here(message, mailgun):
    report(message, "unsubscribed")
    assert ConsentState.objects.get(contact_id=message.contact_id, subject="email").state == "out"
    assert Suppression.objects.get().reason == "unsubscribe"


def test_a_wrong_signature_changes_nothing(message, mailgun):
    assert report(message, "failed", severity="permanent", key="guessed").status_code == 400
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("body", ["", "{", "[]", '{"signature": 5}', '{"signature": {"timestamp": 1}}', "null"])
def test_nonsense_is_a_400_and_no_error_of_ours(db, mailgun, body):
    answer = Client().post("/hooks/anymail/mailgun/", body, content_type="application/json")
    assert answer.status_code == 400


def test_without_a_secret_or_for_another_provider_there_is_no_such_address(message, settings):
    assert report(message, "delivered").status_code == 404
    settings.EMAIL_URL, settings.EMAIL_WEBHOOK_SECRET = "postmark://token", KEY
    assert report(message, "delivered").status_code == 404


def test_postmark_reports_with_basic_authentication(message, settings):
    settings.EMAIL_URL, settings.EMAIL_WEBHOOK_SECRET = "postmark://token", "me:pass"
    Message.objects.filter(pk=message.pk).update(provider_id="pm-1")
    body = {
        "RecordType": "Delivery",
        "MessageID": "pm-1",
        "Recipient": "alice@example.com",
        "DeliveredAt": "2026-11-22T12:00:00Z",
    }

    def post(who: str) -> int:
        token = base64.b64encode(who.encode()).decode()
        told = {"authorization": f"Basic {token}"}
        return (
            Client(headers=told)
            .post("/hooks/anymail/postmark/", json.dumps(body), content_type="application/json")
            .status_code
        )

    assert post("me:wrong") == 400
    message.refresh_from_db()
    assert message.status == Status.ACCEPTED
    assert post("me:pass") == 200
    message.refresh_from_db()
    assert message.status == Status.DELIVERED


def test_a_report_that_overtakes_our_record_is_asked_for_again(message, mailgun):
    Message.objects.filter(pk=message.pk).update(status=Status.CLAIMED)
    assert report(message, "delivered").status_code == 503
    with pytest.raises(TooEarly):
        receipts.record(Receipt("delivered", provider_id="<1@mg>"))


def test_reports_about_others_messages_are_none_of_ours(message, mailgun):
    assert not receipts.record(Receipt("delivered", provider_id="<2@mg>"))
    assert not receipts.record(Receipt("delivered", provider_id=""))
    assert not receipts.record(Receipt("delivered", token="forged", provider_id="<1@mg>"))
    assert not receipts.record(Receipt("opened", provider_id="<1@mg>"))


def test_five_soft_bounces_in_a_fortnight_are_a_dead_mailbox(people, letter, frozen):
    for nth in range(1, 6):
        made = planned(people.alice, letter, nth=nth)
        Message.objects.filter(pk=made.pk).update(status=Status.ACCEPTED, provider_id=f"<{nth}>")
        receipts.record(Receipt("bounced", provider_id=f"<{nth}>"))
        assert Suppression.objects.exists() is (nth == 5)
        frozen.advance("P2D")


def test_words_that_no_database_keeps_are_recorded_all_the_same(mailgun, message):
    """Refused, the provider would tell us again and again, and the bounce would never count."""
    told = {
        "severity": "permanent",
        "reason": "bounce",
        "delivery-status": {"code": 550, "message": "no \x00 \ud800 user"},
    }
    assert report(message, "failed", **told).status_code == 200
    message.refresh_from_db()
    assert (message.status, message.error) == (Status.BOUNCED, "no \ufffd \ufffd user")
    assert Suppression.objects.get().reason == "hard_bounce"
