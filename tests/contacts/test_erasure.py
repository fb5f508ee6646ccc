"""Erasing somebody leaves no address, phone or name in the database; proof of consent survives by its hash."""

import json

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from contacts import consents, erasure, events, exports, fields, holdings, lists, streaming, suppressions, tags
from contacts.imports import uploads, work
from contacts.models import ConsentProof, Contact, Event, Reject, Suppression
from contacts.normalise import address_hash

SECRETS = ("zofia", "kowalska", "601999888", "z-77", "secretcorp")


@pytest.fixture
def zofia(leads, newsletter, own_fields, user_of):
    """Somebody about whom every table knows something."""
    contact = Contact.objects.create(
        email="zofia@example.com", phone="+48601999888", first_name="Zofia", last_name="Kowalska", external_id="Z-77"
    )
    fields.update({contact.pk: {"company": "SecretCorp"}})
    tags.add([contact.pk], ["vip"])
    lists.join([contact.pk], ["leads"])
    consents.set(
        [contact.pk], "email", "in", source="form", text="Yes, write to me.", agent="Zofia's Firefox", ip="1.2.3.4"
    )
    consents.set([contact.pk], "sms", "in", source="form")
    suppressions.suppress("email", [contact.email], "unsubscribe")
    events.record(contact.pk, "form_submitted", {"name": "Zofia Kowalska"})
    LogEntry.objects.create(
        user=user_of("admin"), content_type=ContentType.objects.get_for_model(Contact), object_id=str(contact.pk),
        object_repr="Zofia Kowalska", action_flag=CHANGE, change_message="Zofia",
    )  # fmt: skip
    return contact


def rest_of_the_database() -> str:
    """Every value of every table, as one text."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            for row in model._base_manager.values():
                plain = {key: bytes(v).decode("latin-1") if isinstance(v, bytes | memoryview) else v
                         for key, v in row.items()}  # fmt: skip
                found.append(json.dumps(plain, cls=DjangoJSONEncoder, ensure_ascii=False, default=str))
    return "\n".join(found).lower()


def test_nothing_is_left_but_proof_by_hash(zofia, alice):
    consents.set([alice.pk], "email", "in", source="form")
    before = rest_of_the_database()
    assert all(secret in before for secret in SECRETS)
    assert erasure.erase([zofia.pk]) == 1
    after = rest_of_the_database()
    assert [secret for secret in SECRETS if secret in after] == []
    assert "alice@example.com" in after and "1.2.3.4" not in after
    proofs = ConsentProof.objects.filter(address_hash=address_hash("email", "zofia@example.com"))
    assert [(proof.contact_id, proof.state, proof.text, proof.address) for proof in proofs] == [
        (None, "in", "Yes, write to me.", "")
    ]
    assert Suppression.objects.count() == 1, "what blocks an address outlives it"
    assert ConsentProof.objects.get(contact=alice).address == "alice@example.com"


def test_erasing_twice_and_nobody(zofia):
    assert erasure.erase([zofia.pk]) == 1
    assert erasure.erase([zofia.pk]) == 0
    assert erasure.erase([]) == 0


def test_rejects_of_an_import_go_too(db, settings, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.MEDIA_ROOT = tmp_path
    known = Contact.objects.create(email="zofia@example.com")
    content = b"email,time_zone\nzofia@example.com,Mars\nother@example.com,Mars\n"
    of = uploads.start(uploads.receive(SimpleUploadedFile("x.csv", content), "x.csv"))
    assert work(of.pk) and Reject.objects.count() == 2
    erasure.erase([known.pk])
    assert b"zofia" not in bytes(Reject.objects.get().original)


def test_other_apps_act_in_the_same_transaction(zofia):
    heard = []

    @holdings.on_erase
    def hook(contacts):
        assert connection.in_atomic_block
        heard.extend(contact.email for contact in contacts)

    @holdings.on_erase
    def refuse(contacts):
        if len(heard) == 1:
            raise RuntimeError("not yet")

    with pytest.raises(RuntimeError):
        erasure.erase([zofia.pk])
    assert Contact.objects.filter(pk=zofia.pk).exists() and Event.objects.filter(contact=zofia).exists()
    assert erasure.erase([zofia.pk]) == 1
    assert heard == ["zofia@example.com"] * 2


def test_every_table_that_points_at_contacts_is_known():
    """A new table needs no entry anywhere: it is found by its key, or by a whole number called contact_id."""
    known = {(holding.model, holding.column) for holding in holdings.holdings()}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            points = isinstance(field, models.ForeignKey) and field.related_model is Contact
            if points or (field.attname == "contact_id" and model._meta.managed):
                assert (model, field.attname) in known, model
            assert not isinstance(field, models.OneToOneField) or field.related_model is not Contact or points


@pytest.mark.skipif(connection.vendor != "sqlite", reason="freed pages are PostgreSQL's own business")
def test_freed_pages_are_overwritten_on_sqlite(zofia, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        erasure.erase([zofia.pk])
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete")
            assert cursor.fetchone()[0] == 1
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete")
        assert cursor.fetchone()[0] == 0


def test_an_export_of_one_person_holds_everything(zofia, alice):
    @holdings.on_export
    def hook(contact):
        return {"caught mails": [{"to": contact.email}]}

    held = exports.everything(zofia)
    text = json.dumps(held).lower()
    assert all(secret in text for secret in SECRETS) and "alice" not in text
    assert {"contact", "contacts.contacttag", "contacts.listmember", "contacts.consentstate", "contacts.consentproof",
            "contacts.event", "caught mails"} <= held.keys()  # fmt: skip


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("|x", "'|x"),
        ("+48601234567", "+48601234567"),
        ("-5", "-5"),
        (-5, -5),
        ("Alice", "Alice"),
        ("", ""),
        (None, None),
    ],
)
def test_cells_that_spreadsheets_would_run_are_guarded(value, written):
    assert exports.guarded(value) == written


def test_what_was_exported_can_be_imported(zofia, alice, settings, tmp_path, rf):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.MEDIA_ROOT = tmp_path
    fields.update({alice.pk: {"first_name": "=Alice", "company": '-A, "B"\nC', "vip": True, "size": "M"}})
    written = b"".join(exports.csv_response(rf.get("/"), Contact.objects.all()).streaming_content)
    assert b"'=Alice" in written
    before = [exports.everything(contact)["contact"] for contact in Contact.objects.order_by("pk")]
    consent = dict(zofia.consents.values_list("subject", "state"))
    erased = [contact.pk for contact in Contact.objects.all()]
    erasure.erase(erased)
    of = uploads.receive(SimpleUploadedFile("contacts.csv", written), "contacts.csv")
    mapping = [{"column": c, "to": c if c.startswith("consent:") else e["to"]}
               for c, e in zip(of.heading_cells, of.mapping, strict=True)]  # fmt: skip
    uploads.configure(of, {"mapping": mapping})
    uploads.start(of)
    assert work(of.pk)
    of.refresh_from_db()
    assert (of.created, of.rejected) == (2, 0)
    keys = ("email", "phone", "external_id", "first_name", "last_name", "language", "fields", "score")
    after = [exports.everything(contact)["contact"] for contact in Contact.objects.all()]
    by_email = {row["email"]: [row[key] for key in keys] for row in after}
    assert by_email == {row["email"]: [row[key] for key in keys] for row in before}
    assert dict(Contact.objects.get(external_id="Z-77").consents.values_list("subject", "state")) == consent


def test_an_export_reads_in_steps(db, django_assert_max_num_queries):
    people = Contact.objects.bulk_create(Contact(email=f"p{n}@example.com") for n in range(2_500))
    tags.add([person.pk for person in people], ["x"])
    with django_assert_max_num_queries(15):
        assert sum(1 for _ in exports.contacts_csv(Contact.objects.all())) == 2_501


@pytest.mark.django_db(transaction=True)
async def test_a_download_streams_under_asgi_too(async_rf):
    pieces_read = []

    def pieces():
        for number in range(1_000):
            pieces_read.append(number)
            yield b"x"

    response = streaming.attachment(async_rf.get("/"), pieces(), "x.csv")
    first = await anext(aiter(response))
    assert len(first) == len(pieces_read) < 1_000, "read as it is sent"
