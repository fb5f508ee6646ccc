from __future__ import annotations

from typing import Any

from django.test import Client

from contacts import lists, tags
from contacts.models import Contact, ContactTag, Segment
from tests.pages.conftest import HOSTILE, many


def names(client: Client, query: str = "") -> list[str]:
    return sorted(row["contact"].first_name for row in client.get(f"/contacts/{query}").context["rows"])


def test_filters_narrow_down_together(marketer: Client, world: dict[str, Any]) -> None:
    lists.join([world["bob"].pk], ["newsletter"])
    vips = Segment.objects.create(name="Vips", condition={"all": [{"fact": "tag", "is": "vip"}]})
    assert names(marketer) == ["Alice", "Bob", "Charlie"]
    assert names(marketer, "?tag=vip") == ["Alice"]
    assert names(marketer, "?list=newsletter") == ["Bob"]
    assert names(marketer, f"?workflow={world['workflow'].pk}") == ["Charlie"]
    assert names(marketer, "?consent=web_push:unknown") == ["Alice", "Bob", "Charlie"]
    assert names(marketer, "?consent=email:in&tag=vip") == ["Alice"]
    assert names(marketer, f"?segment={vips.pk}") == ["Alice"]
    assert names(marketer, "?q=+48601000002") == ["Bob"]
    assert names(marketer, "?q=nobody") == []
    assert names(marketer, "?sort=nonsense&page=x&workflow=x&consent=x&q=%00") == ["Alice", "Bob", "Charlie"]
    assert [row["contact"].first_name for row in marketer.get("/contacts/?sort=-email").context["rows"]] == [
        "Charlie",
        "Bob",
        "Alice",
    ]


def test_a_tag_for_many(marketer: Client, world: dict[str, Any]) -> None:
    ids = [world["alice"].pk, world["bob"].pk]
    marketer.post("/contacts/tags/", {"tag": "Spring", "do": "add", "id": ids})
    assert ContactTag.objects.filter(tag__name="spring").count() == 2
    marketer.post("/contacts/tags/", {"tag": "spring", "do": "remove", "all": "1", "query": "q=alice"})
    assert list(ContactTag.objects.filter(tag__name="spring").values_list("contact_id", flat=True)) == [ids[1]]
    answer = marketer.post("/contacts/tags/", {"tag": "", "do": "add", "id": ids}, follow=True)
    assert "Choose contacts and name a tag" in answer.content.decode()


def test_staff_may_neither_look_nor_tag(staff: Client) -> None:
    assert staff.get("/contacts/").status_code == 403
    assert staff.post("/contacts/tags/", {"tag": "x", "do": "add"}).status_code == 403


def test_a_new_contact_is_for_admins(marketer: Client, admin: Client) -> None:
    given = {"first_name": "Dana", "email": "Dana@Example.com"}
    assert marketer.post("/contacts/new/", given).status_code == 403
    answer = admin.post("/contacts/new/", given)
    dana = Contact.objects.get()
    assert answer["HX-Redirect"] == f"/contacts/{dana.pk}/"
    assert dana.email == "dana@example.com"
    html = admin.post("/contacts/new/", {"first_name": "Eve", "email": "not an address"}).content.decode()
    assert 'value="not an address"' in html
    assert 'aria-invalid="true"' in html


def test_queries_do_not_grow(marketer: Client, world: dict[str, Any], django_assert_num_queries: Any) -> None:
    marketer.get("/contacts/")
    with django_assert_num_queries(16):
        marketer.get("/contacts/")
    people = many(60)
    tags.add([one.pk for one in people], ["a", "b"])
    with django_assert_num_queries(16):
        answer = marketer.get("/contacts/")
    assert answer.context["total"] == 63


def test_search_finds_what_one_may_see(marketer: Client, staff: Client, world: dict[str, Any]) -> None:
    Contact.objects.filter(pk=world["bob"].pk).update(last_name=HOSTILE[:80])
    html = marketer.get("/search/?q=bob").content.decode()
    assert f"/contacts/{world['bob'].pk}/" in html
    assert "<script>alert" not in html
    assert "/contacts/" not in staff.get("/search/?q=bob").content.decode()
    assert "/workflows/" in marketer.get("/search/?q=welc").content.decode()
    assert "/history/" in staff.get("/search/?q=hist").content.decode()
