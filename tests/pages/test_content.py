from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from contacts.models import Contact
from engine.messaging import content
from engine.messaging.models import Caught, Content
from tests.pages.conftest import HOSTILE

LETTER = {
    "name": "Hello",
    "channel": "email",
    "subject": "Hi {{ contact.first_name }}",
    "html": "<p>Hi {{ contact.first_name }}</p><p><a href='https://example.com/'>Go</a></p>",
    "text": "Hi\r\nthere",
    "preheader": "",
    "from_name": "",
    "from_email": "",
    "topic": "",
}


def test_a_letter_is_written_and_changed(marketer: Client) -> None:
    answer = marketer.post("/content/new/", LETTER)
    one = Content.objects.get()
    assert answer["Location"] == f"/content/{one.pk}/"
    assert (one.number, one.text) == (1, "Hi\nthere")
    marketer.post(f"/content/{one.pk}/", {**LETTER, "subject": "Hello again"})
    one.refresh_from_db()
    assert (one.number, one.subject, one.updated_by.username) == (2, "Hello again", "marketer")  # type: ignore[union-attr]


def test_what_is_wrong_is_said_and_what_was_typed_stays(marketer: Client) -> None:
    answer = marketer.post("/content/new/", {**LETTER, "html": "<p>{{ contact.first_name </p>"})
    assert answer.status_code == 400
    html = answer.content.decode()
    assert "{{ contact.first_name &lt;/p&gt;" in html
    assert not Content.objects.exists()
    told = marketer.post("/content/problems/", {**LETTER, "html": "{{ contact.no_such_thing }}"}).content.decode()
    assert "no_such_thing" in told


def test_the_preview_is_for_a_chosen_reader(marketer: Client, world: dict[str, Any]) -> None:
    seen = marketer.post("/content/preview/", {**LETTER, "contact": world["bob"].pk})
    assert "Hi Bob" in seen.content.decode()
    assert '<base target="_blank">' in seen.content.decode()
    assert "Hi Alice" in marketer.post("/content/preview/", LETTER).content.decode()
    assert not Content.objects.exists()


def test_a_preview_can_do_nothing(marketer: Client) -> None:
    seen = marketer.post("/content/preview/", {**LETTER, "html": f"<html><head></head><body>{HOSTILE}</body></html>"})
    policy = seen["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox;")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert seen["X-Frame-Options"] == "SAMEORIGIN"
    text = marketer.post("/content/preview/", {**LETTER, "part": "text", "text": HOSTILE}).content.decode()
    assert "<script>" not in text


def test_a_content_in_use_is_not_deleted(marketer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    marketer.post("/content/new/", LETTER)
    one = Content.objects.get()
    monkeypatch.setattr(content, "_uses", [lambda pk: ["the step Introduction of Welcome"]])
    assert "Used by the step Introduction of Welcome" in marketer.get(f"/content/{one.pk}/").content.decode()
    answer = marketer.post(f"/content/{one.pk}/delete/", follow=True)
    assert "is used by the step Introduction of Welcome" in answer.content.decode()
    monkeypatch.setattr(content, "_uses", [])
    marketer.post(f"/content/{one.pk}/delete/")
    assert not Content.objects.exists()


def test_the_list_is_filtered_with_fixed_queries(marketer: Client, django_assert_num_queries: Any) -> None:
    for n in range(12):
        Content.objects.create(name=f"Letter {n}", subject=HOSTILE, channel="sms" if n % 2 else "email")
    with django_assert_num_queries(8):
        answer = marketer.get("/content/?channel=sms&q=Letter&sort=-name")
    assert next(one.name for one, _ in answer.context["rows"]) == "Letter 9"
    assert len(answer.context["rows"]) == 6
    assert "<script>alert" not in answer.content.decode()


def test_caught_mail_is_shown_as_its_reader_sees_it(staff: Client) -> None:
    bob = Contact.objects.create(first_name="Bob", email="bob@example.com")
    one = Caught.objects.create(
        contact=bob,
        channel="email",
        to="bob@example.com",
        subject=HOSTILE,
        html=f"<html><head><title>x</title></head><body>{HOSTILE}<a href='http://127.0.0.1/c/abc'>Go</a></body></html>",
        text="Plain https://example.com/x?a=1&b=2",
        headers={"List-Unsubscribe": "<http://127.0.0.1/u/abc>", "X-Hostile": HOSTILE},
    )
    listed = staff.get("/caught/").content.decode()
    assert "<script>alert" not in listed
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in listed
    body = staff.get(f"/caught/{one.pk}/body/")
    assert body["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert "href='http://127.0.0.1/c/abc'" in body.content.decode()
    text = staff.get(f"/caught/{one.pk}/body/?part=text").content.decode()
    assert '<a href="https://example.com/x?a=1&amp;b=2"' in text
    headers = staff.get(f"/caught/?id={one.pk}&part=headers").content.decode()
    assert "&lt;http://127.0.0.1/u/abc&gt;" in headers
    assert Client().get(f"/caught/{one.pk}/body/").status_code == 302
    assert staff.get("/caught/?channel=sms&q=%00&id=999999").status_code == 200


def test_a_text_tells_its_length_while_it_is_typed(marketer: Client) -> None:
    told = marketer.post("/content/problems/", {"channel": "sms", "name": "x", "text": "ą" * 80}).content.decode()
    assert "2 texts long" in told
    assert "“ą” cut a text from 160 to 70" in told
