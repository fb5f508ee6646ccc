"""Tags, lists, fields, topics, segments, tokens: the small resources."""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from rest_framework.test import APIClient

from contacts import consents, fields, tags
from contacts.models import Contact, Field, List, Segment, Tag, Topic


def send(client, method, url, body):
    return getattr(client, method)(url, body, format="json")


def test_tags(api, client_of, alice):
    tags.add([alice.pk], ["vip"])
    made = send(client_of("marketer"), "post", "/api/tags/", {"name": "  Hot Lead "})
    assert made.status_code == 201 and made.json()["name"] == "hot lead"
    assert send(api, "post", "/api/tags/", {"name": "HOT LEAD"}).status_code == 400
    found = api.get("/api/tags/?search=vi").json()["results"]
    assert [(one["name"], one["people"]) for one in found] == [("vip", 1)]
    url = f"/api/tags/{made.json()['id']}/"
    assert send(client_of("marketer"), "patch", url, {"name": "x"}).status_code == 403
    assert send(api, "patch", url, {"name": "Warm"}).json()["name"] == "warm"
    assert send(api, "put", url, {"name": "x"}).status_code in (403, 405)
    assert api.delete(url).status_code == 204 and list(Tag.objects.values_list("name", flat=True)) == ["vip"]


def test_lists(api, client_of):
    made = send(api, "post", "/api/lists/", {"name": "New Leads"})
    assert made.json()["slug"] == "new-leads"
    url = f"/api/lists/{made.json()['id']}/"
    assert send(api, "patch", url, {"name": "Leads", "slug": "other"}).json()["slug"] == "new-leads"
    assert send(api, "post", "/api/lists/", {"name": "New leads"}).status_code == 400
    assert send(api, "post", "/api/lists/", {"name": "???"}).status_code == 400
    assert send(client_of("marketer"), "post", "/api/lists/", {"name": "A"}).status_code == 403
    assert client_of("marketer").get("/api/lists/").json()["count"] == 1
    assert api.delete(url).status_code == 204 and not List.objects.exists()


def test_fields(api, client_of, alice):
    body = {"key": "size", "label": "Size", "type": "choice", "choices": ["S", "M"]}
    made = send(api, "post", "/api/fields/", body)
    assert made.status_code == 201 and made.json()["choices"] == ["S", "M"]
    url = f"/api/fields/{made.json()['id']}/"
    fields.update({alice.pk: {"size": "s"}})
    assert send(api, "patch", url, {"type": "text"}).status_code == 400
    assert send(api, "patch", url, {"label": "Sizes"}).json()["label"] == "Sizes"
    for bad in ({"key": "Bad Key", "label": "x"}, {"key": "email", "label": "x"}, {"key": "a", "label": "x", "type": "?"},
                {"key": "a b", "label": "x"}, {"key": "a", "label": "x", "type": "choice"}):  # fmt: skip
        assert send(api, "post", "/api/fields/", bad).status_code == 400, bad
    assert send(client_of("marketer"), "post", "/api/fields/", body).status_code == 403
    assert api.delete(url).status_code == 204
    assert Contact.objects.get(pk=alice.pk).fields == {} and not Field.objects.exists()


def test_topics(api, alice):
    made = send(api, "post", "/api/topics/", {"slug": "news", "label": "News"})
    url = f"/api/topics/{made.json()['id']}/"
    assert send(api, "post", "/api/topics/", {"slug": "email", "label": "x"}).status_code == 400
    assert send(api, "patch", url, {"slug": "other"}).status_code == 400
    assert send(api, "patch", url, {"label": "All news"}).json()["label"] == "All news"
    consents.set([alice.pk], "news", "in", source="a")
    assert api.delete(url).status_code == 400 and Topic.objects.exists()


def test_segments(client_of, alice, bob):
    marketer = client_of("marketer")
    tags.add([alice.pk], ["vip"])
    tree = {"all": [{"fact": "tag", "is": "vip"}]}
    made = send(marketer, "post", "/api/segments/", {"name": "VIPs", "condition": tree})
    assert made.status_code == 201, made.content
    url = f"/api/segments/{made.json()['id']}/"
    seen = marketer.get(f"{url}preview/").json()
    assert seen["count"] == 1 and seen["sample"][0]["email"] == alice.email
    assert send(marketer, "post", "/api/segments/preview/", {"condition": {"none": [tree]}}).json()["count"] == 1
    deep = {"fact": "tag", "is": "vip"}
    for _ in range(15):
        deep = {"all": [deep]}
    assert send(marketer, "post", "/api/segments/preview/", {"condition": deep}).json()["count"] == 1
    for bad in (None, [], "x", {"fact": "nonsense"}, {"all": {}}, {"all": [{"fact": "tag"}]}):
        for where in ("/api/segments/", "/api/segments/preview/"):
            answer = send(marketer, "post", where, {"name": "Bad", "condition": bad})
            assert answer.status_code == 400, (bad, where)
            assert answer.json()["problems"][0]["field"].startswith("condition")
    assert send(marketer, "post", "/api/segments/", {"name": "VIPs", "condition": tree}).status_code == 400
    assert client_of("staff").get("/api/segments/").status_code == 403
    assert marketer.delete(url).status_code == 204 and not Segment.objects.exists()


def test_a_token(db, client_of):
    User.objects.create_user("dana", password="correct horse battery")
    client = APIClient()
    good = send(client, "post", "/api/token/", {"username": "dana", "password": "correct horse battery"})
    assert good.status_code == 200
    again = send(client, "post", "/api/token/", {"username": "dana", "password": "correct horse battery"})
    assert good.json() == again.json()
    client.credentials(HTTP_AUTHORIZATION=f"Token {good.json()['token']}")
    assert client.get("/api/contacts/").status_code == 403, "known, but without a role"
    client.credentials(HTTP_AUTHORIZATION="Token wrong")
    assert client.get("/api/contacts/").status_code == 401
    client.credentials()
    for bad in (
        {"username": "dana", "password": "no"},
        {"username": "x"},
        {},
        [],
        {"username": "\x00", "password": "x"},
    ):
        answer = send(client, "post", "/api/token/", bad)
        assert answer.status_code == 400 and answer.json()["detail"], bad


def test_the_schema_has_no_warnings(db, capsys):
    call_command("spectacular", "--fail-on-warn", "--validate")
    out = capsys.readouterr()
    assert "/api/contacts/{id}/tags/" in out.out and "Warning" not in out.err


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_methods_nobody_offers_are_refused_in_words(api, method):
    answer = getattr(api, method)("/api/contacts/", {}, format="json")
    assert answer.status_code in (403, 405) and answer.json()["detail"]


def test_what_utf8_cannot_spell_is_said_back_as_it_came(api):
    """JSON can spell it: a lone surrogate."""
    answer = api.post("/api/fields/", '{"key": "x", "label": "x", "type": "\\ud800"}', content_type="application/json")
    assert answer.status_code == 400
    assert "\\ud800" in answer.content.decode()
    assert answer.json()["problems"]


def test_a_refusal_may_quote_half_a_surrogate_pair(api, alice):
    """What was sent is quoted in the refusal, and half a pair cannot be written as UTF-8."""
    body = b'{"subject": "email", "state": "\\ud800"}'
    answer = api.post(f"/api/contacts/{alice.pk}/consents/", body, content_type="application/json")
    assert answer.status_code == 400
    assert "is not a valid choice" in answer.json()["problems"][0]["message"]
