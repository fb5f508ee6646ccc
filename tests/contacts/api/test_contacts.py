"""/api/contacts/ as other systems use it."""

import pytest
from django.db import connection

from contacts import consents, events, lists, tags
from contacts.models import ConsentProof, Contact, ContactTag, Event, Segment

URL = "/api/contacts/"


def send(client, method, url, body):
    return getattr(client, method)(url, body, format="json")


def test_a_contact_as_the_interface_says(api, alice, leads, newsletter):
    tags.add([alice.pk], ["vip"])
    lists.join([alice.pk], ["leads"])
    consents.set([alice.pk], "email", "in", source="a")
    consents.set([alice.pk], "newsletter", "out", source="a")
    answer = api.get(f"{URL}{alice.pk}/").json()
    assert answer.pop("created_at") and answer.pop("updated_at")
    assert answer == {
        "id": alice.pk, "email": "alice@example.com", "phone": "+48601000001", "external_id": None,
        "first_name": "Alice", "last_name": "Nowak", "language": "pl", "time_zone": "", "fields": {},
        "tags": ["vip"], "lists": ["leads"], "score": 0, "is_demo": False,
        "consents": {"email": "in", "sms": "unknown", "web_push": "unknown", "mobile_push": "unknown",
                     "newsletter": "out"},
    }  # fmt: skip


def test_posting_makes_or_changes(api, leads, newsletter, own_fields):
    body = {
        "email": "Dana@Example.com", "external_id": "D1", "first_name": "Dana", "time_zone": "Europe/Warsaw",
        "fields": {"age": 30}, "tags": ["VIP"], "lists": ["leads"], "consents": {"email": "in", "newsletter": "out"},
    }  # fmt: skip
    first = send(api, "post", URL, body)
    assert first.status_code == 201
    answer = first.json()
    assert (answer["email"], answer["fields"], answer["tags"], answer["lists"]) == (
        "dana@example.com", {"age": 30}, ["vip"], ["leads"],
    )  # fmt: skip
    assert answer["consents"]["email"] == "in" and answer["consents"]["newsletter"] == "out"
    again = send(api, "post", URL, body)
    assert again.status_code == 200 and again.json() == answer, "a double submit changes nothing"
    assert ConsentProof.objects.count() == 2
    assert ConsentProof.objects.first().by_user.username == "admin"
    changed = send(api, "post", URL, {"external_id": "D1", "email": "dana@new.example.com", "tags": ["hot"]})
    assert changed.json()["id"] == answer["id"] and changed.json()["tags"] == ["hot", "vip"]


def test_what_was_read_can_be_sent_back(api, alice, leads, newsletter):
    read = api.get(f"{URL}{alice.pk}/").json()
    count = Event.objects.count()
    assert send(api, "patch", f"{URL}{alice.pk}/", read).json() == read
    assert Event.objects.count() == count and not ConsentProof.objects.exists()


def test_patching_changes_what_is_named(api, alice, leads, own_fields):
    tags.add([alice.pk], ["old"])
    lists.join([alice.pk], ["leads"])
    answer = send(
        api, "patch", f"{URL}{alice.pk}/",
        {"first_name": "Ala", "phone": None, "fields": {"age": "5"}, "tags": ["new"], "lists": [],
         "consents": {"sms": "out"}},
    ).json()  # fmt: skip
    assert (answer["first_name"], answer["phone"], answer["fields"], answer["tags"], answer["lists"]) == (
        "Ala", None, {"age": 5}, ["new"], [],
    )  # fmt: skip
    assert answer["last_name"] == "Nowak" and answer["consents"]["sms"] == "out"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"first_name": "X"}, "email"),
        ({"email": "a@example.com", "phone": "12"}, "phone"),
        ({"email": "a@example.com", "phone": {"a": 1}}, "phone"),
        ({"email": "a@example.com", "time_zone": "Mars"}, "time_zone"),
        ({"email": "a@example.com", "fields": {"nope": 1}}, "fields.nope"),
        ({"email": "a@example.com", "fields": {"age": "x"}}, "fields.age"),
        ({"email": "a@example.com", "fields": {"email": "x"}}, "fields.email"),
        ({"email": "a@example.com", "fields": []}, "fields"),
        ({"email": "a@example.com", "tags": "vip"}, "tags"),
        ({"email": "a@example.com", "tags": [""]}, "tags"),
        ({"email": "a@example.com", "tags": [1]}, "tags"),
        ({"email": "a@example.com", "lists": ["nowhere"]}, "lists"),
        ({"email": "a@example.com", "consents": {"email": "maybe"}}, "consents.email"),
        ({"email": "a@example.com", "consents": {"nowhere": "in"}}, "consents.nowhere"),
        ({"email": "a@example.com", "is_superuser": True}, "is_superuser"),
        ({"email": "a@example.com", "score": 1.5}, "score"),
        ({"email": "a@example.com", "first_name": "x" * 151}, "first_name"),
    ],
)
def test_problems_are_told_by_field_and_nothing_is_written(api, own_fields, body, field):
    answer = send(api, "post", URL, body)
    assert answer.status_code == 400, answer.content
    assert field in [found["field"] for found in answer.json()["problems"]]
    assert answer.json()["detail"]
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"{", b"", b"[]", b"null", b'"x"', b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b'{"email": NaN}',
        b'{"email": "a@example.com", "score": 1e999}', b'{"email": "a\\u0000@example.com"}', b"\xff\xfe",
        b'{"email": "\\ud800@example.com"}', b'{"email":"a@example.com","fields":{"company":"\\ud800"}}',
        b'{"email":"a@example.com","fields":{"x\\u0000":1}}',
    ],
)  # fmt: skip
def test_hostile_bodies_are_refused_in_words(api, own_fields, raw):
    answer = api.post(URL, raw, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"] and isinstance(answer.json()["problems"], list)
    assert not Contact.objects.exists()


def test_conflicts_are_409(api, alice, bob):
    answer = send(api, "patch", f"{URL}{alice.pk}/", {"email": bob.email})
    assert answer.status_code == 409 and answer.json()["problems"][0]["field"] == "email"


@pytest.mark.parametrize("number", ["999999", "99999999999999999999999"])
def test_nobody_is_404_in_words(api, db, number):
    for answer in (
        api.get(f"{URL}{number}/"),
        send(api, "patch", f"{URL}{number}/", {"first_name": "X"}),
        api.delete(f"{URL}{number}/"),
        send(api, "post", f"{URL}{number}/tags/", {"add": ["x"]}),
        api.get(f"{URL}{number}/events/"),
        api.get(f"{URL}{number}/consents/"),
    ):
        assert answer.status_code == 404, answer.content
        assert answer.json() == {"detail": "This contact does not exist any more.", "problems": []}


def test_the_list_is_paged_filtered_and_sorted(api, alice, bob, charlie, leads, newsletter):
    tags.add([alice.pk], ["vip"])
    lists.join([bob.pk], ["leads"])
    consents.set([charlie.pk], "email", "out", source="a")
    segment = Segment.objects.create(name="VIPs", condition={"fact": "tag", "is": "vip"})

    def who(query):
        answer = api.get(f"{URL}?{query}")
        assert answer.status_code == 200, answer.content
        return [one["first_name"] for one in answer.json()["results"]]

    assert who("ordering=first_name") == ["Alice", "Bob", "Charlie"]
    assert who("ordering=-email") == ["Charlie", "Bob", "Alice"]
    assert who("tag=VIP") == ["Alice"]
    assert who("list=leads") == ["Bob"]
    assert who("consent=email:out") == ["Charlie"]
    assert who("consent=email:unknown&ordering=id") == ["Alice", "Bob"]
    assert who(f"segment={segment.pk}") == ["Alice"]
    assert who("search=ali") == ["Alice"]
    assert who("search=601000002") == ["Bob"]
    assert who("email=BOB@example.com") == ["Bob"]
    page = api.get(f"{URL}?page_size=2&ordering=id").json()
    assert page["count"] == 3 and len(page["results"]) == 2
    assert [one["first_name"] for one in api.get(page["next"]).json()["results"]] == ["Charlie"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("ordering=password", 400),
        ("ordering=fields__x", 400),
        ("segment=99", 400),
        ("segment=x", 400),
        ("search=%00", 400),
        ("tag=%00", 400),
        ("page=99", 404),
        ("page=99999999999999999999999", 404),
        ("page=-1", 404),
        ("page_size=0", 200),
        ("page_size=100000", 200),
        ("search=%F0%9F%90%A2+%27%22%3B--", 200),
        ("consent=:", 200),
        ("email__startswith=a", 200),
        ("is_demo=maybe", 200),
    ],
)
def test_hostile_queries(api, alice, query, status):
    answer = api.get(f"{URL}?{query}")
    assert answer.status_code == status, answer.content
    if status != 200:
        assert answer.json()["detail"]


def test_a_page_costs_the_same_queries_whatever_its_size(api, leads, newsletter, django_assert_num_queries):
    people = Contact.objects.bulk_create(Contact(email=f"p{n}@example.com") for n in range(60))
    ids = [contact.pk for contact in people]
    tags.add(ids, ["a", "b"])
    lists.join(ids, ["leads"])
    consents.set(ids, "email", "in", source="a")
    api.get(URL)
    for size in (1, 50):
        with django_assert_num_queries(6):  # count, page, tags, lists, consents, topics; the role is remembered
            assert len(api.get(f"{URL}?page_size={size}").json()["results"]) == size


def test_tags_are_added_and_removed(client_of, alice):
    marketer = client_of("marketer")
    answer = send(marketer, "post", f"{URL}{alice.pk}/tags/", {"add": ["VIP", "new"], "remove": ["none"]})
    assert answer.json()["tags"] == ["new", "vip"]
    assert send(marketer, "post", f"{URL}{alice.pk}/tags/", {"add": ["vip"], "remove": ["new"]}).json()["tags"] == [
        "vip"
    ]
    assert ContactTag.objects.get().by_user.username == "marketer"
    for bad in ({"add": "vip"}, {"add": [1]}, {"add": [""]}, {"add": ["x" * 81]}, []):
        assert send(marketer, "post", f"{URL}{alice.pk}/tags/", bad).status_code == 400


def test_consents_have_a_log(api, alice, newsletter):
    url = f"{URL}{alice.pk}/consents/"
    word = {"subject": "newsletter", "state": "in", "source": "form:footer", "text": "Yes!", "agent": "Firefox"}
    assert send(api, "post", url, word).json()["consents"]["newsletter"] == "in"
    assert send(api, "post", url, {"subject": "sms", "state": "out"}).status_code == 200
    log = api.get(url).json()
    assert log["count"] == 2
    assert [(row["subject"], row["state"], row["source"], row["by"]) for row in log["results"]] == [
        ("sms", "out", "api", "admin"),
        ("newsletter", "in", "form:footer", "admin"),
    ]
    for bad in ({"subject": "nowhere", "state": "in"}, {"subject": "sms", "state": "unknown"}, {"state": "in"}):
        assert send(api, "post", url, bad).status_code == 400
    assert ConsentProof.objects.count() == 2


def test_the_events_of_a_contact(api, alice, bob):
    events.record(bob.pk, "purchase")
    for number in range(3):
        events.record(alice.pk, "purchase", {"n": number}, key=f"k{number}")
    events.record(alice.pk, "page_visited", {"url": "/"})
    url = f"{URL}{alice.pk}/events/"
    assert api.get(url).json()["count"] == 4
    found = api.get(f"{url}?name=purchase").json()["results"]
    assert [row["key"] for row in found] == ["k2", "k1", "k0"]
    assert found[0]["properties"] == {"n": 2} and found[0]["run"] is None
    assert api.get(f"{url}?since=tomorrow").status_code == 400


def test_deleting_erases(api, alice):
    assert api.delete(f"{URL}{alice.pk}/").status_code == 204
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("admin", {"get", "post", "patch", "delete", "tags"}), ("marketer", {"get", "tags"}), ("staff", set())],
)
def test_roles(client_of, alice, role, allowed):
    client = client_of(role)
    answers = {
        "get": client.get(URL),
        "tags": send(client, "post", f"{URL}{alice.pk}/tags/", {"add": ["x"]}),
        "post": send(client, "post", URL, {"email": "x@example.com"}),
        "patch": send(client, "patch", f"{URL}{alice.pk}/", {"first_name": "X"}),
        "delete": client.delete(f"{URL}{alice.pk}/"),
    }
    for verb, answer in answers.items():
        assert (answer.status_code < 300) == (verb in allowed), (role, verb, answer.status_code)
        if verb not in allowed:
            assert answer.status_code == 403
            assert answer.json()["detail"] == "Your role does not allow this."


def test_nobody_gets_in_without_a_name(client, alice):
    for url in (URL, f"{URL}{alice.pk}/", "/api/tags/", "/api/events/", "/api/imports/"):
        answer = client.get(url)
        assert answer.status_code == 401 and answer.json()["detail"]


def test_a_busy_database_is_503_in_words(api, alice, monkeypatch):
    from django.db import OperationalError

    def locked(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr(tags, "add", locked)
    answer = send(api, "post", f"{URL}{alice.pk}/tags/", {"add": ["x"]})
    assert answer.status_code == 503 and answer["Retry-After"] and "try again" in answer.json()["detail"]
    assert not connection.needs_rollback


def test_exports_are_for_admins(api, client_of, alice, bob):
    tags.add([alice.pk], ["vip"])
    answer = api.get(f"{URL}export/?tag=vip")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and lines[1].startswith("alice@example.com,")
    assert answer["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    assert api.get(f"{URL}export/?ordering=password").status_code == 400
    held = api.get(f"{URL}{alice.pk}/export/")
    assert held.json()["contact"]["email"] == "alice@example.com" and "attachment" in held["Content-Disposition"]
    for role in ("marketer", "staff"):
        assert client_of(role).get(f"{URL}export/").status_code == 403
        assert client_of(role).get(f"{URL}{alice.pk}/export/").status_code == 403
