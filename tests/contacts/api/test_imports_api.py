"""/api/imports/: from the upload to the reject file."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contacts.imports import work
from contacts.models import Contact, Import

URL = "/api/imports/"


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def upload(client, content, name="people.csv"):
    return client.post(URL, {"file": SimpleUploadedFile(name, content)}, format="multipart")


def test_the_whole_way(api, alice):
    made = upload(api, b"E-mail;First name;Note\r\nalice@example.com;Ala;x\r\nnew@example.com;New;y\r\nbad;;\r\n")
    assert made.status_code == 201, made.content
    of = made.json()
    assert (of["status"], of["encoding"], of["delimiter"], of["columns"]) == (
        "draft", "utf-8", ";", ["E-mail", "First name", "Note"],
    )  # fmt: skip
    assert of["options"]["start_workflows"] is False and of["by"] == "admin"
    url = f"{URL}{of['id']}/"
    mapping = [*of["mapping"][:2], {"column": "Note", "to": "tags"}]
    changed = api.patch(url, {"mapping": mapping, "options": {"tags": ["2026"]}}, format="json")
    assert changed.status_code == 200, changed.content
    told = api.get(f"{url}estimate/").json()
    assert (told["rows"], told["new"], told["known"], told["rejected"], told["exact"]) == (3, 1, 1, 1, True)
    assert not Contact.objects.filter(email="new@example.com").exists()
    assert api.post(f"{url}start/").status_code == api.post(f"{url}start/").status_code == 202
    assert work(of["id"])
    done = api.get(url).json()
    assert (done["status"], done["percent"], done["created"], done["updated"], done["rejected"]) == (
        "done",
        100,
        1,
        1,
        1,
    )
    rejects = api.get(f"{url}rejects/")
    assert rejects["Content-Disposition"] == f'attachment; filename="rejects-{of["id"]}.csv"'
    assert rejects["X-Content-Type-Options"] == "nosniff"
    body = b"".join(rejects.streaming_content)
    assert body.startswith(b"line;reason;E-mail;First name;Note\r\n4;E-mail: 'bad' is not")
    assert api.post(f"{url}start/").status_code == 409
    assert api.patch(url, {"encoding": "cp1250"}, format="json").status_code == 409
    assert api.get(f"{url}estimate/").status_code == 409


def test_what_cannot_be_imported_is_refused(api):
    assert api.post(URL, {}, format="multipart").status_code == 400
    assert api.post(URL, {"file": "text"}, format="multipart").status_code == 400
    assert api.post(URL, {"a": 1}, format="json").status_code == 415
    assert upload(api, b"PK\x03\x04").json()["detail"].startswith("This is a spreadsheet")
    assert api.get(f"{URL}99/").status_code == 404
    of = upload(api, b"a,b\n1,2\n").json()
    answer = api.post(f"{URL}{of['id']}/start/")
    assert answer.status_code == 400 and "e-mail" in answer.json()["problems"][0]["message"]
    assert api.post(f"{URL}{of['id']}/cancel/").json()["status"] == "cancelled"
    assert Import.objects.get().file.name == ""


@pytest.mark.parametrize("role", ["marketer", "staff"])
def test_only_admins_import(client_of, role):
    client = client_of(role)
    assert upload(client, b"email\na@example.com\n").status_code == 403
    assert client.get(URL).status_code == 403
