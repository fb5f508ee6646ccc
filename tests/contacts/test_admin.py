"""The admin: for admins alone, and every write goes through the verbs."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils.html import format_html

from contacts import consents, events, fields, lists, suppressions, tags
from contacts.admin import people
from contacts.models import (
    ConsentProof,
    Contact,
    Event,
    Field,
    Import,
    List,
    Segment,
    Suppression,
    Tag,
    Topic,
    Workspace,
)

HOSTILE = "<script>alert(1)</script>{{7*7}}'\"=1+1"
MODELS = [Contact, Tag, List, Field, Segment, Topic, Workspace, ConsentProof, Event, Suppression, Import, User, Group]


@pytest.fixture
def signed_in(user_of):
    def make(role):
        client = Client()
        client.force_login(user_of(role))
        return client

    return make


def url(model, page="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_admins_get_in_and_nobody_else(signed_in, client, db):
    assert signed_in("admin").get("/admin/").status_code == 200
    for role in ("marketer", "staff"):
        assert signed_in(role).get("/admin/").status_code in (302, 403)
        assert signed_in(role).get("/admin/", follow=True).status_code == 403
        assert signed_in(role).get(url(Contact), follow=True).status_code == 403
    assert client.get(url(Contact))["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/login/?next=/admin/"
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_is_staff_follows_the_role(db):
    user, group = User.objects.create(username="eve"), Group.objects.get(name="admin")
    user.groups.add(group)
    assert user.is_staff and User.objects.get(pk=user.pk).is_staff
    user.groups.set([Group.objects.get(name="staff")])
    assert not user.is_staff and not User.objects.get(pk=user.pk).is_staff
    group.user_set.add(user)
    assert User.objects.get(pk=user.pk).is_staff
    group.user_set.remove(user)
    assert not User.objects.get(pk=user.pk).is_staff


def test_a_superuser_stays_in(db):
    boss = User.objects.create_superuser("boss", password="x")
    boss.groups.set([Group.objects.get(name="marketer")])
    assert User.objects.get(pk=boss.pk).is_staff


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_page_shows_hostile_values_as_text(signed_in, own_fields, leads, model):
    alice = Contact.objects.create(email="alice@example.com", first_name=HOSTILE, fields={"company": HOSTILE})
    tags.add([alice.pk], [HOSTILE[:70]])
    lists.join([alice.pk], ["leads"], source=HOSTILE[:70])
    List.objects.update(name=HOSTILE)
    Topic.objects.create(slug="news", label=HOSTILE)
    Segment.objects.create(name=HOSTILE, condition={"fact": "tag", "is": "vip"})
    Import.objects.create(name=HOSTILE, problem=HOSTILE, options={"x": HOSTILE})
    Field.objects.filter(key="company").update(label=HOSTILE)
    consents.set([alice.pk], "email", "in", source=HOSTILE, text=HOSTILE, agent=HOSTILE)
    suppressions.suppress("sms", ["+48601000009"], "manual")
    events.record(alice.pk, "purchase", {"x": HOSTILE})
    User.objects.create(username="mallory", first_name=HOSTILE)
    client = signed_in("admin")
    row = model.objects.order_by("pk").last()
    for page in (url(model), url(model, "change", row.pk)):
        answer = client.get(page)
        assert answer.status_code == 200, page
        body = answer.content.decode()
        assert "<script>alert" not in body
        # Nothing inline: the policy would stop it.
        assert not re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*json)[^>]*>", body), page
        assert not re.findall(r"\son(?:click|load|error|change|submit)=", body), page


def test_the_admin_has_a_policy_of_its_own(signed_in, db):
    inside = signed_in("admin").get("/admin/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in inside and "object-src 'none'" in inside
    outside = signed_in("admin").get("/login/")["Content-Security-Policy"]
    assert "unsafe-eval" not in outside
    assert "#2E7A39" in signed_in("admin").get("/admin/").content.decode() or "46, 122, 57" in (
        signed_in("admin").get("/admin/").content.decode()
    )


def form_of(client, page):
    """The values of a page's form, as a browser would send them back."""
    form = client.get(page).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    values = {name: "" if value is None else value for name, value in values.items()}
    for inline in client.get(page).context["inline_admin_formsets"]:
        management = inline.formset.management_form
        values |= {f"{inline.formset.prefix}-{name}": management[name].value() for name in management.fields}
    return values


def test_a_contact_is_made_changed_and_erased(signed_in, own_fields):
    client = signed_in("admin")
    page = url(Contact, "add")
    made = client.post(page, {**form_of(client, page), "email": "Dana@Example.com", "own_age": "30", "own_size": "M"})
    assert made.status_code == 302, made.context["adminform"].form.errors
    dana = Contact.objects.get()
    assert (dana.email, dana.fields) == ("dana@example.com", {"age": 30, "size": "M"})
    assert Event.objects.get().name == "contact_added"
    page = url(Contact, "change", dana.pk)
    values = {**form_of(client, page), "first_name": "Dana", "own_age": ""}
    assert client.post(page, values).status_code == 302
    dana.refresh_from_db()
    assert (dana.first_name, dana.fields) == ("Dana", {"size": "M"})
    assert Event.objects.filter(name="field_changed").count() == 2
    consents.set([dana.pk], "email", "in", source="a")
    assert client.post(url(Contact, "delete", dana.pk), {"post": "yes"}).status_code == 302
    assert not Contact.objects.exists() and ConsentProof.objects.get().address == ""
    from django.contrib.admin.models import LogEntry

    assert "ana" not in str(list(LogEntry.objects.values_list("object_repr", "change_message")))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "bob@example.com"}, "email"),
        ({"email": "", "phone": "", "external_id": ""}, "email"),
        ({"phone": "12"}, "phone"),
        ({"own_age": "old"}, "own_age"),
        ({"own_size": "XXL"}, "own_size"),
        ({"time_zone": "Mars"}, "time_zone"),
    ],
)
def test_problems_stand_at_their_fields(signed_in, own_fields, alice, bob, change, field):
    client, page = signed_in("admin"), url(Contact, "change", alice.pk)
    answer = client.post(page, {**form_of(client, page), **change})
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert not Event.objects.exists()


def test_contacts_are_filtered_searched_and_downloaded(signed_in, alice, bob, charlie, leads):
    tags.add([alice.pk], ["vip"])
    lists.join([bob.pk], ["leads"])
    consents.set([charlie.pk], "email", "out", source="a")
    client = signed_in("admin")

    def who(query):
        return {contact.first_name for contact in client.get(f"{url(Contact)}?{query}").context["cl"].queryset}

    assert who("tag=vip") == {"Alice"}
    assert who("list=leads") == {"Bob"}
    assert who("consent=email:out") == {"Charlie"}
    assert who("q=ali") == {"Alice"}
    answer = client.post(url(Contact), {"action": "download", "_selected_action": [alice.pk, bob.pk]})
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert answer["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    assert [line.split(",")[0] for line in body.splitlines()] == ["email", "alice@example.com", "bob@example.com"]


def test_other_apps_add_filters_and_panels(signed_in, alice, monkeypatch):
    monkeypatch.setattr(people, "_panels", [])
    people.add_panel("Runs", lambda contact: format_html("<b>Path of {}</b>", contact.first_name))
    body = signed_in("admin").get(url(Contact, "change", alice.pk)).content.decode()
    assert "<b>Path of Alice</b>" in body


def test_proof_and_events_can_only_be_looked_at(signed_in, alice):
    consents.set([alice.pk], "email", "in", source="a")
    client = signed_in("admin")
    for model in (ConsentProof, Event):
        row = model.objects.get()
        assert client.get(url(model, "add")).status_code == 403
        assert client.post(url(model, "change", row.pk), {"state": "out"}).status_code == 403
        assert client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    found = client.get(f"{url(ConsentProof)}?q=Alice@example.com").context["cl"].queryset
    assert found.count() == 1


def test_an_address_is_blocked_by_hand(signed_in, db):
    client = signed_in("admin")
    client.post(url(Suppression, "add"), {"channel": "email", "address": "Eve@example.com"})
    row = Suppression.objects.get()
    assert (row.channel, row.reason) == ("email", "manual")
    client.post(url(Suppression, "add"), {"channel": "email", "address": "eve@example.com"})
    assert Suppression.objects.count() == 1
    assert client.post(url(Suppression, "add"), {"channel": "sms", "address": "x"}).status_code == 200
    assert client.get(f"{url(Suppression)}?q=eve@example.com").context["cl"].queryset.count() == 1
    assert client.post(url(Suppression, "delete", row.pk), {"post": "yes"}).status_code == 302
    assert not Suppression.objects.exists()


def test_words_are_checked(signed_in, alice, own_fields):
    client = signed_in("admin")
    assert client.post(url(Tag, "add"), {"name": " Very VIP "}).status_code == 302
    assert Tag.objects.get().name == "very vip"
    assert client.post(url(Tag, "add"), {"name": "VERY vip"}).status_code == 200
    bad = {"label": "A", "key": "age", "type": "text", "choices": ""}
    assert client.post(url(Field, "add"), bad).status_code == 200
    good = {"label": "Colour", "key": "colour", "type": "choice", "choices": "Red\nBlue\n"}
    assert client.post(url(Field, "add"), good).status_code == 302
    assert Field.objects.get(key="colour").choices == ["Red", "Blue"]
    fields.update({alice.pk: {"age": 3}})
    assert client.post(url(Field, "delete", own_fields["age"].pk), {"post": "yes"}).status_code == 302
    assert Contact.objects.get(pk=alice.pk).fields == {}
    segment = {"name": "X", "description": "", "condition": '{"fact": "nonsense"}'}
    assert client.post(url(Segment, "add"), segment).status_code == 200
    segment["condition"] = '{"fact": "tag", "is": "vip"}'
    assert client.post(url(Segment, "add"), segment).status_code == 302
    workspace = Workspace.current()
    values = {"name": "T", "time_zone": "Mars", "default_country": "pl", "from_name": "", "from_email": "a@b.com"}
    assert client.post(url(Workspace, "change", workspace.pk), values).status_code == 200
    values["time_zone"] = "Europe/Paris"
    assert client.post(url(Workspace, "change", workspace.pk), values).status_code == 302
    assert Workspace.current().time_zone == "Europe/Paris" and Workspace.current().default_country == "PL"


def test_users_are_managed_but_nobody_rises_above_their_role(signed_in, db):
    boss = User.objects.create_superuser("boss", password="x")
    client = signed_in("admin")
    marketer = Group.objects.get(name="marketer")
    made = client.post(
        url(User, "add"),
        {"username": "zoe", "password1": "correct horse battery", "password2": "correct horse battery",
         "usable_password": "true", "groups": [marketer.pk]},
    )  # fmt: skip
    assert made.status_code == 302, made.context["adminform"].form.errors
    zoe = User.objects.get(username="zoe")
    assert set(zoe.groups.all()) == {marketer} and not zoe.is_staff
    page = url(User, "change", zoe.pk)
    answer = client.post(page, {"username": "zoe", "is_active": "on", "groups": [Group.objects.get(name="admin").pk],
                                "is_superuser": "on", "user_permissions": ["1"]})  # fmt: skip
    assert answer.status_code == 302
    zoe.refresh_from_db()
    assert not zoe.is_superuser and not zoe.user_permissions.exists() and zoe.is_staff
    assert client.get(url(User, "change", boss.pk)).status_code in (302, 404)
    assert client.post(url(User, "delete", User.objects.get(username="admin").pk), {"post": "yes"}).status_code == 403
    assert client.get(url(Group, "add")).status_code == 403


def test_every_model_of_ours_is_registered():
    for model in MODELS:
        assert admin.site.is_registered(model), model
