"""/api/events/: what happened elsewhere comes in, once."""

import pytest

from contacts.models import Contact, Event

URL = "/api/events/"


def post(client, body):
    return client.post(URL, body, format="json")


def test_an_event_comes_in_once(api, alice, frozen):
    body = {
        "id": "order-1",
        "contact": {"email": "ALICE@example.com"},
        "name": "purchase",
        "properties": {"order_id": "1", "value": 10.5, "quantity": 2},
        "occurred_at": "2026-11-22T09:30:00+01:00",
    }
    first = post(api, body)
    assert first.status_code == 201
    assert first.json() == {"id": "order-1", "contact": alice.pk, "recorded": True}
    again = post(api, body)
    assert again.status_code == 200 and again.json()["recorded"] is False
    event = Event.objects.get()
    assert (event.properties, str(event.occurred_at)) == (body["properties"], "2026-11-22 08:30:00+00:00")


def test_a_list_comes_in_whole_or_not_at_all(api, alice, bob):
    rows = [
        {"id": "1", "contact": {"email": alice.email}, "name": "purchase"},
        {"id": "1", "contact": {"id": bob.pk}, "name": "purchase"},
        {"id": "1", "contact": {"email": alice.email}, "name": "own.name"},
        {"contact": {"email": alice.email}, "name": "purchase"},
    ]
    answer = post(api, rows)
    assert answer.status_code == 201
    assert [(row["contact"], row["recorded"]) for row in answer.json()] == [
        (alice.pk, True),
        (bob.pk, True),
        (alice.pk, False),
        (alice.pk, True),
    ]
    answer = post(api, [*rows, {"id": "2", "contact": {}, "name": "tag_added"}, {"contact": {"id": 99}, "name": "x"}])
    assert answer.status_code == 400
    assert [found["field"] for found in answer.json()["problems"]] == ["4.name"]
    answer = post(api, [*rows, {"contact": {"id": 99}, "name": "x"}, {"contact": {"email": "bad"}, "name": "x"}])
    assert [found["field"] for found in answer.json()["problems"]] == ["4.contact", "5.contact.email"]
    assert Event.objects.count() == 3


def test_an_unknown_contact_is_made(api, own_fields):
    post(api, {"contact": {"email": "new@example.com", "fields": {"age": 4}}, "name": "form_submitted"})
    assert Contact.objects.get().fields == {"age": 4}
    assert list(Event.objects.order_by("id").values_list("name", "handled")) == [
        ("contact_added", False),
        ("form_submitted", False),
    ]


@pytest.mark.parametrize(
    "name", ["tag_added", "contact_added", "message_opened", "message_clicked", "consent_changed", "field_changed"]
)
def test_reserved_names_are_refused(api, alice, name):
    answer = post(api, {"contact": {"email": alice.email}, "name": name})
    assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == "name"
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": ["purchase"]}, "name"),
        ({"contact": None}, "contact"),
        ({"contact": "alice@example.com"}, "contact"),
        ({"contact": {}}, "contact.email"),
        ({"contact": {"id": "1"}}, "contact"),
        ({"contact": {"id": [1]}}, "contact"),
        ({"contact": {"id": 10**30}}, None),
        ({"contact": {"id": True}}, "contact"),
        ({"properties": []}, "properties"),
        ({"properties": {"a": "x" * 40_000}}, "properties"),
        ({"properties": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}}}}, "properties"),
        ({"properties": {"a": "\x00"}}, None),
        ({"properties": 1}, "properties"),
        ({"id": ""}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"id": {"a": 1}}, "id"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-11-22T09:00:00"}, "occurred_at"),
        ({"occurred_at": 5}, "occurred_at"),
        ({"depth": 0}, "depth"),
    ],
)
def test_problems_are_told_by_field(api, alice, change, field):
    answer = post(api, {"contact": {"email": alice.email}, "name": "purchase", **change})
    assert answer.status_code == 400, answer.content
    if field:
        assert field in [found["field"] for found in answer.json()["problems"]]
    assert not Event.objects.exists()


def test_a_thousand_events_cost_few_queries(api, django_assert_max_num_queries):
    rows = [{"id": str(n), "contact": {"email": f"p{n % 300}@example.com"}, "name": "purchase"} for n in range(1_000)]
    with django_assert_max_num_queries(25):
        assert post(api, rows).status_code == 201
    assert post(api, rows).status_code == 200
    assert Event.objects.filter(name="purchase").count() == 1_000
    assert post(api, [rows[0]] * 1_001).status_code == 400
    assert post(api, []).status_code in (200, 400)


@pytest.mark.parametrize("role", ["marketer", "staff"])
def test_only_admins_write_events(client_of, alice, role):
    assert post(client_of(role), {"contact": {"email": alice.email}, "name": "purchase"}).status_code == 403
