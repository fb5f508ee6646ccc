"""E-mail over a real SMTP server on loopback."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from engine.messaging.models import Message, Status
from engine.messaging.senders import registry
from engine.messaging.senders.email import BadEmailUrl, EmailSender, backend_for
from tests.messaging.conftest import planned, work_off
from tests.messaging.smtp_server import Mailbox, Running


@pytest.fixture
def box(settings) -> Iterator[Mailbox]:
    made = Mailbox()
    with Running(made) as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        registry._repeatable.cache_clear()
        yield made
    registry._repeatable.cache_clear()


def test_a_mail_arrives_with_both_parts_and_the_headers_of_rfc_8058(people, letter, box, settings):
    settings.BASE_URL = "https://trellis.example"
    planned(people.alice, letter, body={"from_name": "Zażółć"})
    assert [one.status for one in work_off()] == [Status.ACCEPTED]
    (mail,) = box.mails
    assert mail["To"] == "alice@example.com"
    assert mail["Subject"] == "Hello Alice"
    assert str(mail["From"]) == "Zażółć <hello@example.com>"
    assert re.fullmatch(r"<https://trellis\.example/u/[\w-]+>", mail["List-Unsubscribe"].strip())
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Feedback-ID"]
    assert "Hi Alice" in mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "https://trellis.example/c/" in html
    assert "https://trellis.example/o/" in html


def test_a_batch_shares_one_connection_and_every_mail_has_its_own_id(people, letter, box):
    for nth in range(1, 11):
        planned(people.alice, letter, nth=nth)
    assert len(work_off()) == 10
    assert box.connections == 1
    assert len(set(box.ids)) == len(box.ids) == 10


def test_a_repeat_by_hand_carries_the_same_message_id(people, letter, box):
    from engine.messaging import plan

    message = planned(people.alice, letter)
    box.answers = ["drop"]
    assert [one.status for one in work_off()] == [Status.IN_DOUBT]
    plan.resend([message.pk])
    work_off()
    assert box.ids[0] == box.ids[1]


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        ("550 no", Status.REJECTED, ""),
        ("554 spam", Status.REJECTED, ""),
        ("451 greylisted", Status.PLANNED, "retry"),
        ("421 closing", Status.PLANNED, "retry"),
        ("drop", Status.IN_DOUBT, ""),
        ("drop_before", Status.PLANNED, "retry"),
    ],
)
def test_what_the_server_says_to_the_text(people, letter, box, answer, status, reason):
    first, second = planned(people.alice, letter), planned(people.bob, letter)
    box.answers = [answer]
    work_off()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.reason) == (status, reason)
    assert first.error
    assert second.status == Status.ACCEPTED  # whatever happened to the first
    assert len([one for one in box.mails if one["To"] == "alice@example.com"]) == (1 if answer == "drop" else 0)


@pytest.mark.parametrize(("answer", "status"), [("550 unknown", Status.REJECTED), ("450 busy", Status.PLANNED)])
def test_what_the_server_says_to_the_recipient(people, letter, box, answer, status):
    box.refused = {"alice@example.com": answer}
    message = planned(people.alice, letter)
    work_off()
    message.refresh_from_db()
    assert message.status == status
    assert answer[:3] in message.error


def test_a_server_that_is_away_is_asked_again_later(people, letter, settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.EMAIL_URL = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
        registry._repeatable.cache_clear()
        message = planned(people.alice, letter)
        assert work_off() == []
    message.refresh_from_db()
    assert (message.status, message.reason) == (Status.PLANNED, "retry")
    assert "No connection" in message.error


def test_a_header_cannot_be_smuggled_in_through_a_value(people, letter, box):
    people.alice.first_name = "Alice\r\nBcc: everybody@example.com"
    people.alice.save()
    planned(
        people.alice, letter, body={"subject": "Hi {{ contact.first_name }}", "from_name": "{{ contact.first_name }}"}
    )
    work_off()
    (mail,) = box.mails
    assert mail["Bcc"] is None
    assert "Bcc" in mail["Subject"]


def test_an_address_that_cannot_be_written_is_rejected_not_repeated(people, letter, box):
    message = planned(people.alice, letter, body={"from_email": "nobody\nx@example.com"})
    work_off()
    message.refresh_from_db()
    assert message.status == Status.REJECTED


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("smtp://user:p%40ss@mail.example:2525", "engine.messaging.senders.smtp"),
        ("smtps://user:x@mail.example", "engine.messaging.senders.smtp"),
        ("smtp+tls://user:x@mail.example", "engine.messaging.senders.smtp"),
        ("mailgun://key@mg.example.com", "anymail.backends.mailgun"),
        ("postmark://Token", "anymail.backends.postmark"),
        ("mailjet://key:secret@x", "anymail.backends.mailjet"),
        ("brevo://key", "anymail.backends.brevo"),
        ("resend://key", "anymail.backends.resend"),
    ],
)
def test_email_url_names_a_server_or_a_provider(url, kind):
    backend = backend_for(url)()
    assert type(backend).__module__ == kind
    if url.startswith("smtp:"):
        assert (backend.host, backend.port, backend.username, backend.password) == (
            "mail.example",
            2525,
            "user",
            "p@ss",
        )
    if url.startswith("mailgun"):
        assert (backend.api_key, backend.sender_domain) == ("key", "mg.example.com")
    if url.startswith("postmark"):
        assert backend.server_token == "Token"  # not lower-cased, as the host of a URL would be


@pytest.mark.parametrize("url", ["pigeon://x", "smtp://x:port", "http://x"])
def test_other_urls_are_refused(url):
    with pytest.raises(BadEmailUrl):
        backend_for(url)


def test_what_a_provider_answers_over_http(people, letter, settings, monkeypatch):
    """Mailgun through anymail, its HTTP call replaced: accepted, our mistake, the reader's, and silence."""
    import requests

    settings.EMAIL_URL = "mailgun://key@mg.example.com"
    registry._repeatable.cache_clear()
    said: list[object] = []

    def request(self, **params):
        answer = said.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        response = requests.Response()
        response.status_code, response._content = status, body
        return response

    monkeypatch.setattr(requests.Session, "request", request)
    said += [
        (200, b'{"id": "<1@mg>", "message": "Queued. Thank you."}'),
        (401, b"Forbidden"),
        (400, b'{"message": "to parameter is not a valid address"}'),
        (503, b"busy"),
        requests.ReadTimeout("no answer"),
        requests.ConnectTimeout("no connection"),
    ]
    for nth in range(1, 7):
        planned(people.alice, letter, nth=nth)
    work_off()
    assert list(Message.objects.order_by("nth").values_list("status", flat=True)) == [
        Status.ACCEPTED,
        Status.PLANNED,
        Status.REJECTED,
        Status.PLANNED,
        Status.IN_DOUBT,
        Status.PLANNED,
    ]
    assert Message.objects.get(nth=1).provider_id == "<1@mg>"
    registry._repeatable.cache_clear()


def test_a_sender_makes_no_connection_before_it_has_a_letter():
    assert list(EmailSender("smtp://127.0.0.1:1").deliver([])) == []
