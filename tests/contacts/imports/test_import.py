"""A CSV file becomes contacts; what does not fit becomes a reject that can be repaired and sent again."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contacts import consents, events, tags
from contacts.errors import Invalid
from contacts.imports import chunk, pending, rings, uploads, work, working
from contacts.imports.estimate import estimate
from contacts.imports.rejects import reject_file
from contacts.imports.sniffing import NotCsv
from contacts.models import ConsentProof, ConsentState, Contact, ContactTag, Event, Import, List, Reject


def test_columns_become_values_tags_lists_and_consents(upload, leads, newsletter, own_fields):
    of = upload(
        "E-mail;Imię;Company;Tags;On list;Newsletter;Note\r\n"
        "Dana@Example.com;Dana;ACME;vip, Hot|x;tak;yes;whatever\r\n"
        "eve@example.com;Eve;;;nie;out;\r\n".encode("cp1250")
    )
    assert (of.encoding, of.delimiter) == ("cp1250", ";")
    assert [entry["to"] for entry in of.mapping] == ["email", "first_name", "company", "tags", "", "", ""]
    mapping = [dict(entry) for entry in of.mapping]
    mapping[4]["to"], mapping[5]["to"] = "list:leads", "consent:newsletter"
    uploads.configure(
        of, {"mapping": mapping, "options": {"tags": ["Imported"], "consents": {"email": "in"}, "consent_text": "Yes!"}}
    )
    uploads.start(of)
    assert work(of.pk)
    of.refresh_from_db()
    assert (of.status, of.rows, of.created, of.rejected, of.percent, of.line) == ("done", 2, 2, 0, 100, 3)
    dana, eve = Contact.objects.order_by("email")
    assert (dana.email, dana.first_name, dana.fields) == ("dana@example.com", "Dana", {"company": "ACME"})
    assert set(dana.tags.values_list("name", flat=True)) == {"vip", "hot", "x", "imported"}
    assert list(leads.contacts.all()) == [dana]
    assert dict(dana.consents.values_list("subject", "state")) == {"email": "in", "newsletter": "in"}
    assert dict(eve.consents.values_list("subject", "state")) == {"email": "in", "newsletter": "out"}
    assert set(ConsentProof.objects.values_list("source", "text")) == {(f"import:{of.pk}", "Yes!")}


def test_nobody_enters_a_workflow_unless_told_to(imported):
    imported(b"email,tags\na@example.com,vip\n")
    assert set(Event.objects.values_list("name", "handled")) == {("contact_added", True), ("tag_added", True)}
    imported(b"email,tags\nb@example.com,vip\n", options={"start_workflows": True})
    assert Event.objects.filter(handled=False).count() == 2


def test_people_who_wait_for_a_change_are_woken_all_the_same(imported, alice):
    heard = []
    events.on_recorded(heard.extend)
    imported(b"email,tags\nalice@example.com,vip\n")
    assert [(row.name, row.contact_id, row.handled) for row in heard] == [("tag_added", alice.pk, True)]


def test_known_people_are_changed_and_empty_cells_say_nothing(imported, alice):
    of = imported(b"email,first_name,phone\nalice@example.com,Ala,\nALICE@example.com,Ala,\n")
    assert (of.created, of.updated, of.unchanged) == (0, 1, 1)
    alice.refresh_from_db()
    assert (alice.first_name, alice.phone) == ("Ala", "+48601000001")
    of = imported(b"email,first_name\nalice@example.com,Other\n", options={"update_existing": False})
    alice.refresh_from_db()
    assert (of.unchanged, alice.first_name) == (1, "Ala")


def test_an_import_never_turns_a_no_into_a_yes(imported, alice, bob):
    consents.set([alice.pk], "email", "out", source="link")
    imported(b"email\nalice@example.com\nbob@example.com\n", options={"consents": {"email": "in"}})
    assert dict(ConsentState.objects.values_list("contact_id", "state")) == {alice.pk: "out", bob.pk: "in"}


def test_the_reject_file_byte_by_byte(imported, alice):
    content = (
        b"email;first_name;phone\r\n"
        b"good@example.com;Good;601000009\r\n"
        b"not an address;Bad;\r\n"
        b"\r\n"
        b'"broken@example.com;Ann;\r\n'
        b"x@example.com;\xb3\xf3d\xff\xfe;\r\n"
        b"y@example.com;Y;12;more\r\n"
        b'z@example.com;"two\r\nlines";12\r\n'
        b"=cmd|'/c calc'!A0;Z;"
    )
    of = imported(content, encoding="utf-8")
    assert (of.rows, of.created, of.rejected) == (7, 1, 6)
    assert b"".join(reject_file(of)) == (
        b"line;reason;email;first_name;phone\r\n"
        b"3;email: 'not an address' is not an e-mail address: An email address must have an @-sign.;"
        b"not an address;Bad;\r\n"
        b"5;A quotation mark is opened and not closed.;"
        b'"broken@example.com;Ann;\r\n'
        b"6;Byte 15 of this line is not UTF-8.;"
        b"x@example.com;\xb3\xf3d\xff\xfe;\r\n"
        b"7;This line has 4 columns, the file has 3.;y@example.com;Y;12;more\r\n"
        b"8;phone: '12' is not a complete phone number.;"
        b'z@example.com;"two\r\nlines";12\r\n'
        b"10;email: '=cmd|'/c calc'!A0' is not an e-mail address: An email address must have an @-sign.;"
        b"=cmd|'/c calc'!A0;Z;\r\n"
    )


def test_a_repaired_reject_file_can_be_uploaded_again(imported, upload):
    of = imported(b"email,first_name\nbad,Ann\n")
    again = upload(b"".join(reject_file(of)).replace(b",bad,", b",ann@example.com,"))
    assert [entry["to"] for entry in again.mapping] == ["", "", "email", "first_name"]
    uploads.start(again)
    assert work(again.pk)
    assert Contact.objects.get().first_name == "Ann"


def test_the_same_person_twice_in_a_file_and_conflicts_between_people(imported, alice, bob):
    Contact.objects.filter(pk=alice.pk).update(external_id="A1")
    of = imported(
        b"external_id,email\nA1,bob@example.com\nA2,alice@example.com\nN1,n@example.com\n,n@example.com\nN1,\n"
    )
    assert (of.created, of.rejected, of.unchanged) == (1, 2, 2)
    assert list(of.rejects.values_list("line", "reason")) == [
        (2, "This e-mail address belongs to another contact."),
        (3, "This e-mail address belongs to a contact with another external id."),
    ]


def test_a_second_run_of_the_same_file_changes_nothing(imported, leads):
    content = b"email,tags,lists\na@example.com,x,leads\nb@example.com,y,leads\n"
    imported(content)
    before = Event.objects.count()
    of = imported(content)
    assert (of.created, of.updated, of.unchanged) == (0, 0, 2)
    assert Event.objects.count() == before and Contact.objects.count() == 2


def test_a_list_nobody_made_is_a_reject(imported, leads):
    of = imported(b"email,lists\na@example.com,leads\nb@example.com,nowhere\n")
    assert list(of.rejects.values_list("reason", flat=True)) == ["There is no list 'nowhere'."]


def test_a_turn_ends_on_time_and_the_next_goes_on(upload, monkeypatch):
    monkeypatch.setattr(working, "chunk_size", lambda: 3)
    of = uploads.start(upload(b"email\n" + b"".join(b"p%d@example.com\n" % n for n in range(10))))
    assert pending() == [of.pk]
    turns = 0
    while not work(of.pk, seconds=0.000_001):
        turns += 1
        of.refresh_from_db()
    assert turns >= 3
    of.refresh_from_db()
    assert (of.created, of.rows, of.line, of.offset) == (10, 10, 11, of.size)
    assert pending() == [] and work(of.pk)


def test_a_file_on_which_our_own_code_breaks_is_given_up_in_words(upload, monkeypatch):
    monkeypatch.setattr(working, "chunk_size", lambda: 2)
    of = uploads.start(upload(b"email\n" + b"".join(b"p%d@example.com\n" % n for n in range(5))))
    write = chunk.write

    def tear(rows, *args):
        if any(b"p3@" in row.record.raw for row in rows):
            raise KeyError("odd")
        return write(rows, *args)

    monkeypatch.setattr(chunk, "write", tear)
    for _ in range(working.MOST_STRIKES - 1):
        with pytest.raises(KeyError):
            work(of.pk)
        assert pending() == [of.pk]
    assert work(of.pk)
    of.refresh_from_db()
    assert (of.status, of.created, pending()) == ("failed", 2, [])
    assert of.problem == "Something broke after line 3. What stands before is read; the server's log says more."


def test_a_chunk_that_fails_leaves_nothing_and_is_done_again(upload, monkeypatch):
    monkeypatch.setattr(working, "chunk_size", lambda: 2)
    of = uploads.start(upload(b"email,tags\n" + b"".join(b"p%d@example.com,x\n" % n for n in range(5))))
    calls = []

    def tear(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt  # as near to a kill as one process comes: rows are written, progress is not
        return real(*args, **kwargs)

    real = tags.add_pairs
    monkeypatch.setattr("contacts.imports.chunk.tags.add_pairs", tear)
    with pytest.raises(KeyboardInterrupt):
        work(of.pk)
    assert Contact.objects.count() == 2
    assert work(of.pk)
    assert (Contact.objects.count(), ContactTag.objects.count()) == (5, 5)
    assert Event.objects.filter(name="contact_added").count() == 5


def test_two_workers_do_not_double_a_chunk(upload, monkeypatch):
    monkeypatch.setattr(working, "chunk_size", lambda: 2)
    of = uploads.start(upload(b"email\nbad\nb@example.com\nc@example.com\nd@example.com\n"))
    seen = Import.objects.get(pk=of.pk)
    with seen.file.open("rb") as file:
        rows = [working.understand(record, seen, working.Columns.load()) for record in working._next(file, seen)]
    first = working._commit(rows, seen)
    second = working._commit(rows, seen)
    assert first.offset == second.offset > seen.offset
    assert (second.rows, Reject.objects.count()) == (2, 1)


def test_the_upload_is_deleted_when_it_has_served(upload, settings, django_capture_on_commit_callbacks):
    of = uploads.start(upload(b"email\na@example.com\n"))
    stored = Path(settings.MEDIA_ROOT) / of.file.name
    assert stored.exists() and "people" not in stored.name
    with django_capture_on_commit_callbacks(execute=True):
        work(of.pk)
    assert not stored.exists()


def test_a_lost_file_stops_the_import_in_words(upload):
    of = uploads.start(upload(b"email\na@example.com\n"))
    of.file.storage.delete(of.file.name)
    assert work(of.pk)
    of.refresh_from_db()
    assert (of.status, of.problem) == ("failed", "The uploaded file is not there any more.")


def test_a_list_that_vanishes_stops_the_import_in_words(upload, leads):
    of = uploads.start(upload(b"email\na@example.com\n", options={"lists": ["leads"]}))
    leads.delete()
    assert work(of.pk)
    of.refresh_from_db()
    assert (of.status, of.problem) == ("failed", "There is no list “leads”.")
    assert not Contact.objects.exists()
    List.objects.create(name="Leads", slug="leads")
    uploads.start(of)
    assert work(of.pk), "mended, it goes on"
    of.refresh_from_db()
    assert (of.status, of.problem, of.created) == ("done", "", 1)


def test_cancelling_and_starting_twice(upload, monkeypatch):
    of = upload(b"email\na@example.com\n")
    rung = []
    monkeypatch.setattr(rings, "_rings", [rung.append])
    assert uploads.start(of).status == uploads.start(of).status == "running"
    assert uploads.cancel(of).status == uploads.cancel(of).status == "cancelled"
    assert work(of.pk) and not Contact.objects.exists()
    with pytest.raises(uploads.NotNow):
        uploads.start(of)
    with pytest.raises(uploads.NotNow):
        uploads.configure(Import.objects.get(pk=of.pk), {"encoding": "utf-8"})


def test_the_bell_rings_at_the_start_and_after_each_turn(upload, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(rings, "_rings", [lambda number: 1 / 0, rung.append])
    monkeypatch.setattr(working, "chunk_size", lambda: 1)
    of = upload(b"email\na@example.com\nb@example.com\nc@example.com\n")
    with django_capture_on_commit_callbacks(execute=True):
        uploads.start(of)
    with django_capture_on_commit_callbacks(execute=True):
        assert not work(of.pk, seconds=0.000_001)
    assert rung == [of.pk, of.pk]


def test_how_many_would_enter_is_said_first(upload, alice):
    of = upload(b"email\nalice@example.com\na@example.com\nA@example.com\nbad\nb@example.com\n")
    found = estimate(of)
    assert (found.rows, found.new, found.known, found.rejected, found.exact, found.share) == (5, 2, 1, 1, True, 1.0)
    assert found.problems[0].startswith("email: 'bad' is not an e-mail address")
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"encoding": "utf-16"}, "encoding"),
        ({"delimiter": "x"}, "delimiter"),
        ({"mapping": "email"}, "mapping"),
        ({"mapping": [{"column": "email", "to": ""}]}, "mapping"),
        ({"mapping": []}, "mapping"),
        ({"mapping": [{"column": "email", "to": "password"}]}, "mapping.0.to"),
        ({"mapping": [{"column": "email", "to": "list:nowhere"}]}, "mapping.0.to"),
        ({"mapping": [{"column": "email", "to": "consent:nowhere"}]}, "mapping.0.to"),
        ({"options": []}, "options"),
        ({"options": {"nope": 1}}, "options.nope"),
        ({"options": {"start_workflows": "yes"}}, "options.start_workflows"),
        ({"options": {"lists": ["nowhere"]}}, "options.lists"),
        ({"options": {"consents": {"email": "maybe"}}}, "options.consents.email"),
        ({"options": {"consents": {"email": ["in"]}}}, "options.consents"),
        ({"options": {"tags": [""]}}, "options.tags"),
    ],
)
def test_wrong_settings_are_refused_with_their_place(upload, changes, field):
    with pytest.raises(Invalid) as refusal:
        upload(b"email\na@example.com\n", **changes)
    assert field in [found["field"] for found in refusal.value.problems]


def test_a_file_without_headings(upload):
    of = upload(b"a@example.com,Ann\nb@example.com,Bea\n", options={"header": False})
    assert of.heading_cells == ["Column 1", "Column 2"]
    uploads.configure(of, {"mapping": [{"to": "email"}, {"to": "first_name"}]})
    uploads.start(of)
    assert work(of.pk)
    assert set(Contact.objects.values_list("first_name", flat=True)) == {"Ann", "Bea"}


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04xlsx", "email\na@example.com".encode("utf-16"), b"email\x00\n", b"email\ra@example.com\r",
     b"," * 400 + b"\nx", b'"never closed\n'],
)  # fmt: skip
def test_what_is_no_csv_is_refused_in_words(db, content):
    with pytest.raises(NotCsv, match=r"\S"):
        uploads.receive(SimpleUploadedFile("x.csv", content), "x.csv")
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\Users\\x\\people.csv", "a" * 500 + ".csv", "", "<script>.csv"]
)
def test_the_name_of_the_file_is_only_shown(db, name, settings):
    of = uploads.receive(SimpleUploadedFile("x.csv", b"email\na@example.com\n"), name)
    assert "/" not in of.name and "\\" not in of.name and of.name
    assert (Path(settings.MEDIA_ROOT) / of.file.name).resolve().is_relative_to(Path(settings.MEDIA_ROOT).resolve())
