from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from contacts.models import ConsentState
from engine.messaging import audience
from engine.messaging.errors import SendError
from engine.messaging.models import AudienceMember
from engine.messaging.senders.google_ads import Account, hashed_email, hashed_phone
from tests.messaging.fake_google_ads import FakeGoogle

STEP = {"audience": "Not reached", "destinations": ["custom_audience", "google_ads"], "action": "add"}


@pytest.fixture
def google(settings) -> Iterator[FakeGoogle]:
    with FakeGoogle() as fake:
        settings.GOOGLE_ADS_CUSTOMER_ID = "123-456-7890"
        settings.GOOGLE_ADS_CLIENT_ID, settings.GOOGLE_ADS_CLIENT_SECRET = fake.client
        settings.GOOGLE_ADS_REFRESH_TOKEN = fake.refresh_token
        settings.GOOGLE_ADS_LISTS = "Not reached=777, VIP=778"
        settings.GOOGLE_ADS_API_URL, settings.GOOGLE_ADS_OAUTH_URL = f"{fake.url}/v1", f"{fake.url}/token"
        yield fake


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def inside(name: str = "Not reached") -> list[str]:
    return sorted(AudienceMember.objects.filter(audience=name).values_list("contact__first_name", flat=True))


def test_the_list_is_kept_whether_google_is_connected_or_not(people, frozen):
    ids = [people.alice.pk, people.bob.pk]
    assert audience.carry(STEP, ids) == ""
    since = AudienceMember.objects.first().since
    frozen.advance("P1D")
    assert audience.carry(STEP, [*ids, people.charlie.pk]) == ""
    assert inside() == ["Alice", "Bob", "Charlie"]
    assert AudienceMember.objects.get(contact=people.alice).since == since
    assert audience.carry({**STEP, "action": "remove"}, ids) == ""
    assert inside() == ["Charlie"]


def test_google_gets_hashes_of_those_who_said_yes(people, google):
    people.charlie.is_demo = True
    people.charlie.save()
    assert audience.carry(STEP, [people.alice.pk, people.bob.pk, people.charlie.pk, people.dana.pk]) == ""
    assert google.lists["777"] == {
        frozenset({("emailAddress", sha("alice@example.com"))}),
        frozenset({("emailAddress", sha("bob@example.com")), ("phoneNumber", sha("+48601234567"))}),
    }
    assert inside() == ["Alice", "Bob", "Charlie", "Dana"]
    told = str(google.requests)
    assert "example.com" not in told
    assert "48601" not in told


def test_who_is_taken_out_needs_no_consent(people, google):
    audience.carry(STEP, [people.alice.pk, people.bob.pk])
    ConsentState.objects.update(state="out")
    audience.carry({**STEP, "action": "remove"}, [people.alice.pk])
    assert google.lists["777"] == {
        frozenset({("emailAddress", sha("bob@example.com")), ("phoneNumber", sha("+48601234567"))})
    }


def test_twice_is_once(people, google):
    audience.carry(STEP, [people.alice.pk])
    audience.carry(STEP, [people.alice.pk])
    assert len(google.lists["777"]) == 1
    assert google.tokens_given == 2


@pytest.mark.parametrize(
    ("failure", "permanent"),
    [
        ((429, "RESOURCE_EXHAUSTED", "Quota exceeded"), False),
        ((503, "UNAVAILABLE", "Try later"), False),
        ((403, "PERMISSION_DENIED", "Not your account"), False),
        ((400, "INVALID_ARGUMENT", "No"), True),
    ],
)
def test_what_google_refuses_is_tried_again_or_not(people, google, failure, permanent):
    google.failures = [failure]
    with pytest.raises(SendError, match=failure[2]) as refused:
        audience.carry(STEP, [people.alice.pk])
    assert refused.value.permanent is permanent
    assert inside() == []  # the step is tried again as a whole


def test_a_log_in_that_was_taken_back_is_ours_to_mend(people, google):
    google.refresh_token = "another"
    with pytest.raises(SendError, match="log-in") as refused:
        audience.carry(STEP, [people.alice.pk])
    assert not refused.value.permanent


def test_an_audience_without_a_list_at_google_says_so(people, google):
    with pytest.raises(SendError, match="Somebody else") as refused:
        audience.carry({**STEP, "audience": "Somebody else"}, [people.alice.pk])
    assert refused.value.permanent


def test_without_settings_there_is_no_account():
    assert Account.configured() is None


def test_addresses_are_hashed_as_google_asks():
    assert hashed_email(" Jane.Doe@Gmail.COM ") == sha("janedoe@gmail.com")
    assert hashed_email("Jane.Doe@example.com") == sha("jane.doe@example.com")
    assert hashed_phone("+48 601 234 567") == sha("+48601234567")


def test_the_csv_opens_in_a_spreadsheet_without_running_anything(people):
    people.alice.first_name = '=HYPERLINK("http://evil.example")'
    people.alice.last_name = "@SUM(1)"
    people.alice.save()
    people.bob.last_name = 'a, "b"\n-1'
    people.bob.save()
    audience.add("x", [people.alice.pk, people.bob.pk])
    lines = list(audience.csv_lines("x"))
    assert lines[0] == "email,phone,first_name,last_name,language\r\n"
    assert lines[1].startswith("alice@example.com,,\"'=HYPERLINK(")
    assert "'@SUM(1)" in lines[1]
    assert lines[2] == 'bob@example.com,+48601234567,Bob,"a, ""b""\n-1",\r\n'


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "|x", "+48abc"])
def test_no_cell_begins_like_a_formula(value):
    assert audience.safe_cell(value) == f"'{value}"
