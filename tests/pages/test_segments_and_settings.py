from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contacts.models import Import, Segment, Workspace
from tests.pages.conftest import HOSTILE

VIP = json.dumps({"all": [{"fact": "tag", "is": "vip"}]})


def test_a_condition_says_whom_it_holds_while_it_is_typed(marketer: Client, world: dict[str, Any]) -> None:
    html = marketer.post("/segments/preview/", {"condition": VIP}).content.decode()
    assert "Has the tag vip" in html
    assert "Alice" in html
    assert "Bob" not in html


@pytest.mark.parametrize(
    "condition",
    ["{", "[]", "null", '{"all": [{"fact": "nope"}]}', '{"all": 1}', '"' * 200_001, '{"all": [{"fact": "tag"}]}'],
)
def test_what_is_no_condition_is_told_and_not_kept(marketer: Client, condition: str) -> None:
    assert "Not finished" in marketer.post("/segments/preview/", {"condition": condition}).content.decode()
    answer = marketer.post("/segments/new/", {"name": "Mine", "condition": condition})
    assert answer.status_code == 400
    assert 'value="Mine"' in answer.content.decode()
    assert not Segment.objects.exists()


def test_segments_are_made_changed_and_deleted(marketer: Client, staff: Client, world: dict[str, Any]) -> None:
    assert staff.post("/segments/new/", {"name": "Vips", "condition": VIP}).status_code == 403
    marketer.post("/segments/new/", {"name": HOSTILE[:100], "condition": VIP})
    one = Segment.objects.get()
    assert "<script>alert" not in marketer.get("/segments/").content.decode()
    assert marketer.get(f"/segments/{one.pk}/count/").content.decode().strip() == "1"
    twice = marketer.post("/segments/new/", {"name": HOSTILE[:100], "condition": VIP})
    assert twice.status_code == 400
    circle = json.dumps({"all": [{"fact": "segment", "is": one.pk}]})
    assert marketer.post(f"/segments/{one.pk}/", {"name": "Round", "condition": circle}).status_code == 400
    marketer.post(f"/segments/{one.pk}/delete/")
    assert not Segment.objects.exists()


def test_the_workspace_is_the_admins(marketer: Client, admin: Client) -> None:
    given = {
        "name": "Juniper & Oak",
        "time_zone": "Europe/London",
        "default_country": "gb",
        "from_name": "",
        "from_email": "",
    }
    assert marketer.post("/settings/workspace/", given).status_code == 403
    assert admin.post("/settings/workspace/", {**given, "time_zone": "Mars/Olympus"}).status_code == 400
    admin.post("/settings/workspace/", given)
    kept = Workspace.current()
    assert (kept.name, kept.time_zone, kept.default_country) == ("Juniper & Oak", "Europe/London", "GB")
    assert "14:32" in admin.get("/settings/").content.decode()


def test_colleagues_come_change_and_go(admin: Client, marketer: Client) -> None:
    given = {"username": "dana", "name": "Dana Example", "role": "staff", "password": "juniper-oak-1", "email": ""}
    assert marketer.post("/settings/users/", given).status_code == 403
    weak = admin.post("/settings/users/", {**given, "password": "short"})
    assert weak.status_code == 400
    assert 'value="dana"' in weak.content.decode()
    admin.post("/settings/users/", given)
    dana = User.objects.get(username="dana")
    assert [group.name for group in dana.groups.all()] == ["staff"]
    admin.post(f"/settings/users/{dana.pk}/", {"role": "marketer"})
    assert [group.name for group in dana.groups.all()] == ["marketer"]
    admin.post(f"/settings/users/{dana.pk}/", {"active": "0"})
    assert not Client().login(username="dana", password="juniper-oak-1")


def test_nobody_locks_themselves_out_and_owners_stay(admin: Client) -> None:
    me = User.objects.get(username="admin")
    owner = User.objects.create_superuser("owner", password="juniper-oak-1")
    admin.post(f"/settings/users/{me.pk}/", {"active": "0"})
    admin.post(f"/settings/users/{me.pk}/", {"role": "staff"})
    admin.post(f"/settings/users/{owner.pk}/", {"password": "another-pass-1"})
    me.refresh_from_db()
    owner.refresh_from_db()
    assert me.is_active
    assert [group.name for group in me.groups.all()] == ["admin"]
    assert owner.check_password("juniper-oak-1")


def test_one_changes_ones_own_password(staff: Client) -> None:
    me = User.objects.get(username="staff")
    me.set_password("juniper-oak-1")
    me.save()
    staff.force_login(me)
    wrong = {"old_password": "x", "new_password1": "juniper-oak-2", "new_password2": "juniper-oak-2"}
    assert staff.post("/settings/password/", wrong).status_code == 400
    staff.post("/settings/password/", {**wrong, "old_password": "juniper-oak-1"})
    me.refresh_from_db()
    assert me.check_password("juniper-oak-2")
    assert staff.get("/").status_code == 200


def test_a_file_is_looked_at_before_it_is_read(
    admin: Client, world: dict[str, Any], settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile(
        "people.csv", f"E-mail,First name\ndana@example.com,{HOSTILE[:20]}\nbob@example.com,Bob\nno,No\n".encode()
    )
    answer = admin.post("/contacts/import/", {"file": file})
    of = Import.objects.get()
    assert answer["Location"] == f"/contacts/import/{of.pk}/"
    html = admin.get(answer["Location"]).content.decode()
    assert "<script>" not in html.split("What the columns mean")[1]
    ahead = admin.get(f"/contacts/import/{of.pk}/ahead/").content.decode()
    assert '<b class="num">1</b> person is new' in " ".join(ahead.split())
    assert '<b class="num">1</b> line would not be taken' in " ".join(ahead.split())
    form = {"to": ["email", "first_name"], "header": "1", "delimiter": ",", "encoding": of.encoding, "do": "start"}
    admin.post(f"/contacts/import/{of.pk}/", {**form, "start_workflows": "0", "tags": "spring, new"})
    of.refresh_from_db()
    assert of.status in ("running", "done")
    assert of.options["start_workflows"] is False
    assert of.options["tags"] == ["spring", "new"]


def test_a_broken_file_is_refused_in_words(admin: Client, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    answer = admin.post("/contacts/import/", {"file": SimpleUploadedFile("empty.csv", b"")})
    assert answer.status_code == 400
    assert "empty" in answer.content.decode()
    assert admin.post("/contacts/import/", {}).status_code == 400
