from __future__ import annotations

from typing import Any

from django.test import Client

from contacts import consents, events
from contacts.models import ConsentProof, Contact, ContactTag, Segment
from engine.models import Run
from engine.pages.paths import verdicts
from tests.engine.kit import person, publish
from tests.pages.conftest import HOSTILE, story


def page(client: Client, contact: Contact, query: str = "") -> Any:
    answer = client.get(f"/contacts/{contact.pk}/{query}")
    assert answer.status_code == 200
    return answer


def test_the_way_is_drawn_with_its_whys(marketer: Client, world: dict[str, Any]) -> None:
    answer = page(marketer, world["alice"])
    (card,) = answer.context["cards"]
    assert [told.step.node for told in card.steps] == ["n1", "n2", "n3", "n4", "n5"]
    assert (card.state, card.total, card.version, card.is_inside) == ("Completed", 6, 1, False)
    assert card.steps[1].waited == "waited 1 day"
    assert card.steps[2].pill is not None
    assert "tag vip: <b>yes</b>" in card.steps[2].why.casefold()
    html = answer.content.decode()
    assert html.count("wp-dim") == 1  # n6, the way that was not taken
    assert html.count("wp-e wp-on") == 4


def test_who_waits_is_shown_where_they_are(marketer: Client, world: dict[str, Any]) -> None:
    (card,) = page(marketer, world["charlie"]).context["cards"]
    assert (card.state, card.tone, card.is_inside) == ("Waits at Wait", "pill-info", True)
    assert card.steps[-1].step.left_at is None


def test_tags_are_edited_in_place(marketer: Client, world: dict[str, Any]) -> None:
    bob = world["bob"]
    html = marketer.post(f"/contacts/{bob.pk}/tags/", {"add": "Early Bird"}).content.decode()
    given = ContactTag.objects.get(contact=bob)
    assert (given.tag.name, given.by_user.username if given.by_user else "") == ("early bird", "marketer")
    assert "early bird" in html
    marketer.post(f"/contacts/{bob.pk}/tags/", {"remove": "early bird"})
    assert not ContactTag.objects.filter(contact=bob).exists()
    assert "at most" in marketer.post(f"/contacts/{bob.pk}/tags/", {"add": "x" * 200}).content.decode()


def test_only_an_admin_changes_consents_and_the_proof_stays(
    marketer: Client, admin: Client, world: dict[str, Any]
) -> None:
    bob = world["bob"]
    said = {"subject": "sms", "state": "out", "text": "by phone"}
    assert marketer.post(f"/contacts/{bob.pk}/consents/", said).status_code == 403
    admin.post(f"/contacts/{bob.pk}/consents/", said)
    assert bob.consents.get(subject="sms").state == "out"
    proof = ConsentProof.objects.filter(contact=bob, subject="sms").first()
    assert proof is not None
    assert (proof.text, proof.source, proof.address) == ("by phone", "by hand", "+48601000002")
    assert "by phone" in page(admin, bob).content.decode()


def test_entering_by_hand_obeys_the_rules(marketer: Client, world: dict[str, Any]) -> None:
    dana = person("Dana")
    target = {"workflow": world["workflow"].pk}
    marketer.post(f"/contacts/{dana.pk}/enrol/", target)
    assert Run.objects.filter(contact=dana).count() == 1
    again = marketer.post(f"/contacts/{dana.pk}/enrol/", target, follow=True)
    assert "did not enter" in again.content.decode()
    assert Run.objects.filter(contact=dana).count() == 1


def test_an_address_that_is_taken_is_refused_and_kept(admin: Client, world: dict[str, Any]) -> None:
    bob = world["bob"]
    answer = admin.post(f"/contacts/{bob.pk}/edit/", {"email": "alice@example.com", "first_name": "Robert"})
    html = answer.content.decode()
    assert 'value="alice@example.com"' in html
    assert 'value="Robert"' in html
    bob.refresh_from_db()
    assert (bob.email, bob.first_name) == ("bob@example.com", "Bob")
    answer = admin.post(f"/contacts/{bob.pk}/edit/", {"email": "robert@example.com", "first_name": "Robert"})
    assert answer["HX-Redirect"] == f"/contacts/{bob.pk}/"


def test_erasing_is_for_admins(marketer: Client, admin: Client, world: dict[str, Any]) -> None:
    bob = world["bob"]
    assert marketer.post(f"/contacts/{bob.pk}/erase/").status_code == 403
    admin.post(f"/contacts/{bob.pk}/erase/")
    assert not Contact.objects.filter(pk=bob.pk).exists()
    assert admin.get(f"/contacts/{bob.pk}/").status_code == 404


def test_the_timeline_speaks_plainly(marketer: Client, world: dict[str, Any]) -> None:
    bob = world["bob"]
    events.record(bob.pk, "purchase", {"order_id": "10482", "value": 38, "currency": "EUR"})
    events.record(bob.pk, "page_visited", {"url": "https://example.com/guide", "seconds": 130})
    consents.set([bob.pk], "email", "out", source="form")
    consents.set([bob.pk], "sms", "out", source="form")
    titles = {(item.title, item.words) for item in page(marketer, bob).context["items"]}
    assert ("Bought for €38.00", "Order 10482") in titles
    assert ("Read “/guide”", "2 min 10 s on the page") in titles
    assert any(title.startswith("Said no to ") and " and " in title for title, _ in titles)
    assert ("Left Welcome", "No response") in titles
    kinds = {item.kind for item in page(marketer, bob, "?show=workflows").context["items"]}
    assert kinds == {"workflows"}


def test_segments_hold_whom_they_hold(marketer: Client, world: dict[str, Any]) -> None:
    Segment.objects.create(name="Vips", condition={"all": [{"fact": "tag", "is": "vip"}]})
    Segment.objects.create(name="Others", condition={"none": [{"fact": "tag", "is": "vip"}]})
    Segment.objects.create(name="Broken", condition={"all": [{"fact": "no such fact"}]})
    assert [one.name for one in page(marketer, world["alice"]).context["segments"]] == ["Vips"]
    assert [one.name for one in page(marketer, world["bob"]).context["segments"]] == ["Others"]


def test_nothing_a_stranger_wrote_is_markup(marketer: Client) -> None:
    mallory = Contact.objects.create(
        email="mallory@example.com", first_name=HOSTILE[:80], last_name=HOSTILE[:80], fields={"note": HOSTILE}
    )
    events.record(mallory.pk, "page_visited", {"url": f"https://example.com/{HOSTILE}", "title": HOSTILE})
    events.record(mallory.pk, HOSTILE[:40], {})
    document = story()
    document["nodes"][1]["label"] = HOSTILE
    workflow = publish(document, HOSTILE[:90])
    marketer.post(f"/contacts/{mallory.pk}/enrol/", {"workflow": workflow.pk})
    for query in ("", "?tab=activity", "?tab=fields", "?tab=messages", "?tab=nonsense&run=x&show=y"):
        html = page(marketer, mallory, query).content.decode()
        assert "<script>alert" not in html
        assert "14}}" not in html


def test_queries_are_fixed(marketer: Client, world: dict[str, Any], django_assert_max_num_queries: Any) -> None:
    from engine import triggers

    bob = world["bob"]
    for n in range(4):
        triggers.enrol(publish(story(), f"More {n}"), [bob.pk])
        Segment.objects.create(name=f"S{n}", condition={"all": [{"fact": "tag", "is": f"t{n}"}]})
    page(marketer, bob)
    with django_assert_max_num_queries(34):
        page(marketer, bob)


def test_verdicts_are_bold_and_everything_else_is_escaped() -> None:
    assert verdicts("Opened <b>Intro</b>: no. Sent 23 Nov") == (
        "Opened &lt;b&gt;Intro&lt;/b&gt;: <b>no</b>. Sent 23 Nov"
    )
    assert verdicts("Not accepted. The provider") == '<b class="bad">Not accepted.</b> The provider'
