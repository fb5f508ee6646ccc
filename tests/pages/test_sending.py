"""Rules for all sending, stopping it, and what the product tells by itself."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.models import Workspace
from engine import notices
from engine.models import Notice

pytestmark = pytest.mark.django_db


def save(client: Any, **given: Any) -> Any:
    return client.post("/settings/sending/", given)


def test_an_admin_sets_the_cap_and_the_test_addresses(admin_client: Any) -> None:
    answer = save(
        admin_client, email_n="3", email_days="7", all_n="5", all_days="7", test_only="Maja@Example.com\n600 148 214"
    )
    assert answer.status_code == 302
    workspace = Workspace.current()
    assert workspace.frequency_cap == [
        {"channel": "email", "n": 3, "per": "P7D"},
        {"channel": "", "n": 5, "per": "P7D"},
    ]
    assert workspace.test_only == ["+48600148214", "maja@example.com"]
    shown = admin_client.get("/settings/").content.decode()
    assert 'name="email_n" value="3"' in shown and "maja@example.com" in shown
    save(admin_client)
    assert Workspace.current().frequency_cap == [] and Workspace.current().test_only == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"email_n": "3"}, "say how many, and in how many days"),
        ({"email_n": "0", "email_days": "7"}, "greater than or equal to 1"),
        ({"test_only": "nonsense"}, "is not a phone number"),
        ({"test_only": "maja@"}, "is not an e-mail address"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(admin_client: Any, given: dict[str, str], words: str) -> None:
    answer = save(admin_client, sms_n="9", sms_days="9", **given)
    shown = answer.content.decode()
    assert answer.status_code == 400 and words in shown and 'name="sms_n" value="9"' in shown
    assert Workspace.current().frequency_cap == []


def test_all_sending_is_stopped_and_started_on_the_page(admin_client: Any) -> None:
    shown = admin_client.get("/settings/").content.decode()
    assert "Stop all sending" in shown
    admin_client.post("/settings/stop/", {"rest": "hold"})
    assert Workspace.current().stopped_at is not None
    shown = admin_client.get("/settings/").content.decode()
    assert "Start again" in shown and "Cancel what waits" in shown
    assert "All sending is stopped" in admin_client.get("/").content.decode()
    admin_client.post("/settings/stop/", {"rest": "release"})
    assert Workspace.current().stopped_at is None
    assert "All sending is stopped" not in admin_client.get("/").content.decode()


def test_the_first_page_says_that_only_test_addresses_get_anything(admin_client: Any) -> None:
    save(admin_client, test_only="maja@example.com")
    shown = admin_client.get("/").content.decode()
    assert "Only 1 test address gets anything" in shown and "Nothing stopped" not in shown


def test_a_notice_rings_on_every_page_until_it_is_put_away(admin_client: Any) -> None:
    assert "bell-list" not in admin_client.get("/").content.decode()
    notice = notices.tell("k", "News <b>paused</b> itself", "25 of 60 people failed.")
    assert notice is not None
    shown = admin_client.get("/settings/").content.decode()
    assert "News &lt;b&gt;paused&lt;/b&gt; itself" in shown and "25 of 60 people failed." in shown
    answer = admin_client.post(f"/notices/{notice.pk}/", {"back": "/settings/"})
    assert answer["Location"] == "/settings/"
    assert admin_client.post(f"/notices/{notice.pk}/", {"back": "//evil.example/"})["Location"] == "/"
    assert Notice.objects.get().put_away_at is not None
    assert "bell-list" not in admin_client.get("/").content.decode()
