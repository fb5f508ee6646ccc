from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from engine.messaging import audience
from engine.messaging.models import Caught, Content, Message, Status
from tests.messaging.conftest import planned, work_off


def client(role: str) -> APIClient:
    user = get_user_model().objects.create_user(f"{role}-user", password="x")
    if role != "nobody":
        user.groups.add(Group.objects.get_or_create(name=role)[0])
    made = APIClient()
    made.force_authenticate(user)
    return made


@pytest.fixture
def marketer(db) -> APIClient:
    return client("marketer")


def test_a_content_is_written_read_changed_and_deleted(marketer):
    made = marketer.post(
        "/api/contents/", {"name": "Intro", "subject": "Hi", "html": "<p>{{ who }}</p>"}, format="json"
    )
    assert made.status_code == 201, made.data
    one = f"/api/contents/{made.data['id']}/"
    assert made.data["number"] == 1
    assert made.data["updated_by"] == "marketer-user"
    assert [problem["severity"] for problem in made.data["problems"]] == ["warning"]
    assert marketer.get("/api/contents/?q=int").data["count"] == 1
    changed = marketer.patch(one, {"html": "<p>x</p>"}, format="json")
    assert (changed.data["number"], changed.data["problems"]) == (2, [])
    assert marketer.get(one).data["html"] == "<p>x</p>"
    assert marketer.delete(one).status_code == 204
    assert marketer.get(one).status_code == 404


def test_what_cannot_work_is_told_field_by_field(marketer):
    refused = marketer.post("/api/contents/", {"name": "x", "subject": "{{", "html": "{% for %}"}, format="json")
    assert refused.status_code == 400
    assert {problem["field"] for problem in refused.json()["problems"]} == {"subject", "html"}
    assert not Content.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x", "channel": "pigeon"}, {"name": "x" * 300}, {"name": 5, "html": {}}, []]
)
def test_malformed_contents_are_a_400(marketer, body):
    assert marketer.post("/api/contents/", body, format="json").status_code == 400


def test_rendering_for_a_contact_and_for_words_not_saved_yet(marketer, letter, people):
    one = f"/api/contents/{letter.pk}/render/"
    assert marketer.post(one, {}, format="json").data["subject"] == "Hello Alice"
    shown = marketer.post(one, {"contact": people.bob.pk, "subject": "Yo {{ contact.phone }}"}, format="json")
    assert shown.data["subject"] == "Yo +48601234567"
    assert "Hi Bob" in shown.data["html"]
    assert marketer.post(one, {"html": "{% bad"}, format="json").data["problem"]["field"] == "html"
    assert Message.objects.count() == Caught.objects.count() == 0
    text = Content.objects.create(name="s", channel="sms", text="żółw", number=1)
    assert marketer.post(f"/api/contents/{text.pk}/render/", {}, format="json").data["segments"]["encoding"] == "UCS-2"


def test_messages_are_filtered_by_contact_channel_status_and_run(people, letter, django_assert_max_num_queries):
    staff = client("staff")
    for person in (people.alice, people.bob):
        planned(person, letter)
    work_off()
    planned(people.dana, letter, status=Status.SKIPPED, reason="no_consent", body={"subject": "Own"})

    def ids(query: str) -> list[int]:
        answer = staff.get(f"/api/messages/?{query}")
        assert answer.status_code == 200, answer.data
        return [one["contact"] for one in answer.data["results"]]

    assert ids("") == [people.dana.pk, people.bob.pk, people.alice.pk]
    assert ids(f"contact={people.bob.pk}") == [people.bob.pk]
    assert ids("status=accepted") == [people.bob.pk, people.alice.pk]
    assert ids("status=skipped&status=planned") == [people.dana.pk]
    assert ids(f"run={people.alice.pk * 100}") == [people.alice.pk]
    assert ids("channel=sms") == []
    with django_assert_max_num_queries(4):
        first = staff.get("/api/messages/?status=skipped").data["results"][0]
    assert (first["status"], first["reason"], first["purpose"]) == ("skipped", "no_consent", "marketing")
    assert (first["subject"], first["content"], first["content_version"]) == ("Own", letter.pk, 1)
    for wrong in ("status=nonsense", "contact=x", "channel=pigeon", "run=999999999999999999999"):
        assert staff.get(f"/api/messages/?{wrong}").status_code == 400


def test_messages_of_one_contact_have_an_address_of_their_own(people, letter, marketer):
    hers = planned(people.alice, letter)
    planned(people.bob, letter)
    found = marketer.get(f"/api/contacts/{people.alice.pk}/messages/").json()
    assert [one["id"] for one in found["results"]] == [hers.pk] and found["count"] == 1
    assert marketer.get(f"/api/contacts/{people.bob.pk}/messages/?channel=sms").json()["count"] == 0
    # Another contact in the query narrows it down to nothing; it never opens somebody else's.
    assert marketer.get(f"/api/contacts/{people.bob.pk}/messages/?contact={people.alice.pk}").json()["count"] == 0
    for nobody in (10**6, 10**30):
        assert marketer.get(f"/api/contacts/{nobody}/messages/").status_code == 404


def test_a_message_in_doubt_is_sent_again_by_staff(people, letter, marketer):
    message = planned(people.alice, letter)
    Message.objects.filter(pk=message.pk).update(status=Status.IN_DOUBT)
    again = f"/api/messages/{message.pk}/resend/"
    assert marketer.post(again).status_code == 403
    staff = client("staff")
    assert staff.post(again).data == {"planned": 1}
    assert staff.post(again).data == {"planned": 0}
    assert staff.get(f"/api/messages/{message.pk}/").data["status"] == "planned"


def test_caught_messages_are_listed_without_and_shown_with_their_text(people, send, marketer):
    send(people.alice)
    (listed,) = marketer.get(f"/api/caught/?contact={people.alice.pk}").data["results"]
    assert (listed["to"], listed["subject"]) == ("alice@example.com", "Hello Alice")
    assert "html" not in listed
    shown = marketer.get(f"/api/caught/{listed['id']}/").data
    assert "Hi Alice" in shown["html"]
    assert "List-Unsubscribe" in shown["headers"]


def test_an_audience_is_downloaded_as_csv(people, marketer):
    audience.add("VIP & co", [people.alice.pk, people.bob.pk])
    assert marketer.get("/api/audiences/").data["results"][0]["people"] == 2
    answer = marketer.get("/api/audiences/export/", {"audience": "VIP & co"})
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).decode().count("\r\n") == 3
    assert marketer.get("/api/audiences/export/", {"audience": "none"}).status_code == 404


READ = {
    "/api/contents/": {"marketer", "admin"},
    "/api/contents/{content}/": {"marketer", "admin"},
    "/api/messages/": {"marketer", "admin", "staff"},
    "/api/messages/{message}/": {"marketer", "admin", "staff"},
    "/api/caught/": {"marketer", "admin", "staff"},
    "/api/audiences/": {"marketer", "admin"},
    "/api/audiences/export/?audience=x": {"marketer", "admin"},
}


@pytest.mark.parametrize("role", ["marketer", "admin", "staff", "nobody"])
def test_each_role_reads_what_it_may(people, letter, role):
    message = planned(people.alice, letter)
    audience.add("x", [people.alice.pk])
    reader = client(role)
    for path, roles in READ.items():
        answer = reader.get(path.format(content=letter.pk, message=message.pk))
        assert answer.status_code == (200 if role in roles else 403), path
    assert reader.post("/api/contents/", {"name": "x"}, format="json").status_code == (
        201 if role in ("marketer", "admin") else 403
    )


def test_anonymous_visitors_read_nothing(people, letter):
    for path in READ:
        assert APIClient().get(path.format(content=letter.pk, message=1)).status_code == 401
