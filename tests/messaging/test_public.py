"""What readers, proxies and scanners do with the links of a message."""

from __future__ import annotations

import re

import pytest
from django.db import OperationalError
from django.test import Client

from contacts import clock
from contacts.models import ConsentProof, ConsentState, Event, Suppression
from contacts.normalise import address_hash
from engine.messaging import gate, hits
from engine.messaging.hits import Call, classify
from engine.messaging.models import Caught, Hit, HitClass, Link, Message
from engine.messaging.tokens import signer

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"


@pytest.fixture
def reader() -> Client:
    """Somebody with a browser and no cookie; Django's CSRF checks are on."""
    return Client(enforce_csrf_checks=True, headers={"user-agent": CHROME})


@pytest.fixture
def mail(people, send, frozen) -> Caught:
    message = send(people.alice)
    frozen.advance("PT1H")
    return Caught.objects.get(message=message)


def address(mail: Caught, kind: str, which: int = 0) -> str:
    return re.findall(rf"http://[\w.:]+(/{kind}/[\w-]+(?:\.gif)?)", mail.html)[which]


def names(mail: Caught) -> list[str]:
    return list(
        Event.objects.filter(contact=mail.contact, name__startswith="message_")
        .order_by("id")
        .values_list("name", flat=True)
    )


def test_an_open_is_an_event_once(mail, reader, frozen):
    answer = reader.get(address(mail, "o"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
    assert "no-store" in answer["Cache-Control"]
    assert answer.content[:6] == b"GIF89a"
    opened = clock.now()
    frozen.advance("PT1H")
    reader.get(address(mail, "o"))
    message = Message.objects.get()
    assert message.opened_at == opened
    assert message.clicked_at is None
    # Once more is another event, which starts nothing: only who waits for a further open is woken.
    assert names(mail) == ["message_opened", "message_opened_again"]
    event = Event.objects.get(name="message_opened")
    assert event.properties == {
        "message": message.pk,
        "node": "n2",
        "run": message.run_id,
        "workflow": 7,
        "content": message.content_version.content_id,
        "class": "human",
    }
    assert Hit.objects.count() == 2


def test_a_click_goes_to_the_links_own_address_and_implies_an_open(mail, reader):
    answer = reader.get(address(mail, "c") + "?url=https://evil.example")
    assert (answer.status_code, answer["Location"]) == (302, "https://shop.example/a?x=1&y=2")
    message = Message.objects.get()
    assert message.clicked_at == message.opened_at == clock.now()
    assert names(mail) == ["message_opened", "message_clicked"]
    told = Event.objects.get(name="message_clicked").properties
    assert (told["url"], told["link"]) == (
        "https://shop.example/a?x=1&y=2",
        Link.id_of("https://shop.example/a?x=1&y=2"),
    )
    reader.get(address(mail, "c"))
    assert names(mail) == ["message_opened", "message_clicked", "message_clicked_again"]


@pytest.mark.parametrize("path", ["/c/{}", "/u/{}", "/p/{}"])
@pytest.mark.parametrize("token", ["x", "a" * 35, "%00", "..%2f", "\N{SNOWMAN}"])
def test_a_bad_signature_is_a_404(reader, db, path, token):
    assert reader.get(path.format(token)).status_code == 404
    assert reader.post(path.format(token)).status_code in (403, 404)


def test_a_pixel_is_a_pixel_whatever_happens(reader, mail, monkeypatch):
    assert reader.get("/o/forged.gif").status_code == 200

    def broken(*args, **told):
        raise OperationalError("database is locked")

    monkeypatch.setattr(hits, "opened", broken)
    assert reader.get(address(mail, "o")).status_code == 200


def test_a_click_arrives_even_if_it_cannot_be_counted(reader, mail, monkeypatch):
    def broken(*args, **told):
        raise OperationalError("database is locked")

    monkeypatch.setattr(hits, "clicked", broken)
    assert reader.get(address(mail, "c")).status_code == 302


def test_a_link_of_another_message_is_a_404(reader, mail):
    Link.objects.create(id=77, url="https://private.example/?e=bob", message_id=mail.message_id + 1)
    assert reader.get(f"/c/{signer().click(mail.message_id, 77)}").status_code == 404
    assert reader.get(f"/c/{signer().click(mail.message_id, 78)}").status_code == 404


def test_machines_are_kept_apart(reader, mail):
    reader.head(address(mail, "o"))
    reader.get(address(mail, "o"), headers={"user-agent": "Mozilla/5.0"})
    reader.get(address(mail, "o"), headers={"sec-purpose": "prefetch;prerender"})
    reader.get(address(mail, "c"), headers={"user-agent": "Barracuda Sentinel (EE)"})
    message = Message.objects.get()
    assert (message.opened_at, message.clicked_at, message.machine_opens) == (None, None, 3)
    assert names(mail) == []
    assert list(Hit.objects.order_by("id").values_list("verdict", "reasons")) == [
        (HitClass.MACHINE, "head"),
        (HitClass.MACHINE, "privacy_proxy"),
        (HitClass.MACHINE, "prefetch"),
        (HitClass.MACHINE, "scanner"),
    ]
    reader.get(address(mail, "o"))
    assert names(mail) == ["message_opened"]


def test_who_finds_the_hidden_link_was_no_person(reader, mail):
    reader.get(address(mail, "c"))
    assert reader.get(address(mail, "c", -1)).status_code == 204
    reader.get(address(mail, "c"))
    message = Message.objects.get()
    assert (message.opened_at, message.clicked_at) == (None, None)
    assert set(Hit.objects.values_list("verdict", flat=True)) == {HitClass.MACHINE}


def test_three_links_at_once_are_a_scanner_and_taken_back(reader, people, frozen):
    from engine.messaging import content
    from tests.messaging.conftest import planned, work_off

    html = "".join(f'<a href="https://x.example/{n}">x</a>' for n in range(4))
    planned(people.alice, content.create(name="x", subject="s", html=html))
    work_off()
    frozen.advance("PT1H")
    mail = Caught.objects.get()
    for which in (0, 1):
        reader.get(address(mail, "c", which))
    assert Message.objects.get().clicked_at is not None
    reader.get(address(mail, "c", 2))
    message = Message.objects.get()
    assert (message.clicked_at, message.opened_at) == (None, None)
    Hit.objects.update(wall_at=0)  # later that day, a person
    frozen.advance("PT1H")
    reader.get(address(mail, "c", 0))
    message.refresh_from_db()
    assert message.clicked_at == clock.now()
    assert names(mail)[-2:] == ["message_opened", "message_clicked"]


@pytest.mark.parametrize(
    ("call", "verdict", "reason"),
    [
        (Call("GET", CHROME, {}, 3600), HitClass.HUMAN, ""),
        (Call("GET", CHROME, {}, 1), HitClass.UNSURE, "at_once"),
        (Call("GET", "", {}, 3600), HitClass.UNSURE, "no_agent"),
        (Call("GET", "Mozilla/5.0 (via ggpht.com GoogleImageProxy)", {}, 9), HitClass.UNSURE, "picture_proxy"),
        (Call("GET", "python-requests/2.34", {}, 9), HitClass.UNSURE, "script"),
        (Call("GET", "Mozilla/5.0", {}, 9), HitClass.MACHINE, "privacy_proxy"),
        (Call("GET", "Slackbot-LinkExpanding 1.0", {}, 9), HitClass.MACHINE, "scanner"),
        (Call("GET", CHROME, {"x-purpose": "preview"}, 9), HitClass.MACHINE, "prefetch"),
        (Call("GET", CHROME, {}, 9, links_together=3), HitClass.MACHINE, "three_links"),
        (Call("GET", CHROME, {}, 9, honeypot=True), HitClass.MACHINE, "honeypot"),
    ],
)
def test_who_it_was(call, verdict, reason):
    found, reasons = classify(call)
    assert found is verdict
    assert " ".join(reasons) == reason


def test_a_flood_of_opens_is_not_kept_for_ever(reader, mail, monkeypatch):
    monkeypatch.setattr(hits, "MOST_HITS", 3)
    for _ in range(6):
        reader.get(address(mail, "o"))
    assert Hit.objects.count() == 3


def test_a_flood_of_opens_hides_no_click_and_one_of_machines_no_person(reader, mail, monkeypatch):
    """Who waits for the click would wait in vain."""
    monkeypatch.setattr(hits, "MOST_HITS", 3)
    message = mail.message
    for _ in range(5):
        reader.head(address(mail, "o"))
    message.refresh_from_db()
    assert (message.opened_at, message.machine_opens) == (None, 3)
    for _ in range(5):
        reader.get(address(mail, "o"))
    message.refresh_from_db()
    assert message.opened_at is not None
    reader.get(address(mail, "c"))
    message.refresh_from_db()
    assert message.clicked_at is not None
    assert Hit.objects.count() == 7


# --- unsubscribe and preferences -----------------------------------------------------------------


def test_looking_at_the_unsubscribe_page_changes_nothing(reader, mail):
    for method in (reader.get, reader.head):
        answer = method(address(mail, "u"))
        assert answer.status_code == 200
    page = reader.get(address(mail, "u")).content.decode()
    assert "<button" in page
    assert "alice" not in page.lower()  # a link yields no contact data
    assert "<script" not in page
    assert ConsentState.objects.get(contact=mail.contact, subject="email").state == "in"
    assert not Suppression.objects.exists()
    assert names(mail) == []


@pytest.mark.parametrize("body", [{"List-Unsubscribe": "One-Click"}, {}])
def test_unsubscribing_needs_one_post_without_a_cookie(reader, mail, body):
    answer = reader.post(address(mail, "u"), body)
    assert answer.status_code == 200
    assert not answer.cookies
    assert ConsentState.objects.get(contact=mail.contact, subject="email").state == "out"
    assert Suppression.objects.get().reason == "unsubscribe"
    proof = ConsentProof.objects.get(contact=mail.contact, state="out")
    assert proof.source == ("one-click" if body else "unsubscribe page")
    assert proof.agent == CHROME
    assert names(mail) == ["message_unsubscribed"]
    reader.post(address(mail, "u"), body)
    assert names(mail) == ["message_unsubscribed"]
    assert gate.decide("email", "service", "", [mail.contact_id])[mail.contact_id] == "opted_out"


def test_an_old_mail_still_unsubscribes_after_the_contact_is_gone(reader, mail):
    link, contact = address(mail, "u"), mail.contact
    contact.delete()
    assert Message.objects.count() == 0
    assert reader.get(link).status_code == 200
    assert reader.post(link).status_code == 200
    assert Suppression.objects.get().address_hash == address_hash("email", "alice@example.com")


def test_a_mail_to_an_address_they_left_says_nothing_about_the_one_they_have(reader, mail, people):
    people.alice.email = "new@example.com"
    people.alice.save()
    reader.post(address(mail, "u"))
    assert ConsentState.objects.get(contact=people.alice, subject="email").state == "in"
    assert Suppression.objects.get().address_hash == address_hash("email", "alice@example.com")


def test_preferences_show_and_keep_what_one_chose(reader, mail, people):
    page = reader.get(address(mail, "p")).content.decode()
    assert re.search(r'value="newsletter" checked', page)
    answer = reader.post(address(mail, "p"), {"subject": ["email", "made-up"]})
    assert "Saved" in answer.content.decode()
    states = dict(ConsentState.objects.filter(contact=people.alice).values_list("subject", "state"))
    assert states == {"email": "in", "newsletter": "out"}
    proof = ConsentProof.objects.get(contact=people.alice)
    assert (proof.subject, proof.source, proof.text) == ("newsletter", "preferences page", "Newsletter: no")


def test_preferences_of_somebody_gone_tell_nothing(reader, mail, people):
    link = address(mail, "p")
    people.alice.delete()
    page = reader.get(link).content.decode()
    assert "do not know" in page
    assert reader.post(link, {"subject": "email"}).status_code == 200


def test_a_yes_after_an_unsubscribe_lets_mail_through_again(reader, mail, people, frozen):
    reader.post(address(mail, "u"))
    frozen.advance("PT1M")
    reader.post(address(mail, "p"), {"subject": ["email", "newsletter"]})
    assert gate.decide("email", "marketing", "newsletter", [people.alice.pk])[people.alice.pk] is None


@pytest.mark.parametrize("kind", ["o", "c"])
def test_pixels_and_links_cannot_be_posted_to(reader, mail, kind):
    assert reader.post(address(mail, kind)).status_code == 403  # as any POST without a token of our pages
