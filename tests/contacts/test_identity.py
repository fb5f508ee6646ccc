"""One person is one contact."""

import threading

import pytest
from django.db import connection

from contacts import consents, events, fields, holdings, lists, normalise, tags
from contacts.columns import Columns
from contacts.errors import Conflict, Gone, Invalid, Refused
from contacts.identity import clean, upsert, upsert_many
from contacts.merge import SamePerson, merge
from contacts.models import ConsentProof, ConsentState, Contact, ContactTag, Event, ListMember

from .conftest import names


def test_a_contact_is_made_once(own_fields):
    first = upsert({"email": " Dana@Example.com ", "phone": "601 000 004", "age": "30"})
    again = upsert({"email": "dana@example.com", "first_name": "Dana"})
    assert (first.created, again.created, again.changed) == (True, False, True)
    assert again.contact == first.contact
    assert (again.contact.phone, again.contact.fields, again.contact.first_name) == (
        "+48601000004",
        {"age": 30},
        "Dana",
    )
    assert names(Event.objects.order_by("pk")) == [
        ("contact_added", {}),
        ("field_changed", {"field": "first_name", "old": "", "new": "Dana"}),
    ]
    assert not upsert({"email": "dana@example.com"}).changed


def test_quiet_people_are_recorded_as_handled(db):
    upsert({"email": "a@example.com"}, quiet=True, source="import:1")
    event = Event.objects.get()
    assert (event.name, event.properties, event.handled) == ("contact_added", {"source": "import:1"}, True)


def test_the_external_id_is_stronger_than_the_address(alice):
    fields.update({alice.pk: {"external_id": "A1"}})
    moved = upsert({"external_id": "A1", "email": "alice@new.example.com"})
    assert moved.contact.pk == alice.pk and moved.contact.email == "alice@new.example.com"


def test_an_address_gains_an_external_id_but_never_a_second(alice):
    assert upsert({"external_id": "A1", "email": alice.email}).contact.pk == alice.pk
    with pytest.raises(Conflict, match="another external id"):
        upsert({"external_id": "A2", "email": alice.email})


def test_two_contacts_are_not_mixed_up(alice, bob):
    fields.update({alice.pk: {"external_id": "A1"}})
    with pytest.raises(Conflict):
        upsert({"external_id": "A1", "email": bob.email})


def test_a_phone_alone_finds_only_who_has_nothing_stronger(alice):
    first = upsert({"phone": alice.phone, "first_name": "Family"})
    assert first.created, "phones are shared in families"
    assert upsert({"phone": alice.phone}).contact == first.contact


@pytest.mark.parametrize("values", [{}, {"first_name": "X"}, {"email": "  "}, {"email": "x@"}, {"phone": "12"}])
def test_nobody_is_refused_in_words(db, values):
    with pytest.raises(Invalid) as refusal:
        upsert(values)
    assert refusal.value.problems[0]["message"].endswith(".")


def test_the_same_person_twice_in_a_batch_is_one_contact(own_fields, django_assert_max_num_queries):
    catalogue = Columns.load()
    rows = [
        {"email": "a@example.com", "age": 1},
        {"email": "A@example.com", "external_id": "A"},
        {"external_id": "A", "age": 2},
        {"email": "b@example.com"},
        {"email": "bad"},
    ]
    with django_assert_max_num_queries(10):
        outcomes = upsert_many([clean(row, catalogue) for row in rows])
    ids = [outcome.contact_id for outcome in outcomes]
    assert ids[0] == ids[1] == ids[2] != ids[3] and ids[4] is None
    assert [outcome.created for outcome in outcomes] == [True, False, False, True, False]
    assert Contact.objects.get(pk=ids[0]).fields == {"age": 2}
    assert Event.objects.count() == 2


@pytest.mark.parametrize("size", [10, 600])
def test_a_batch_costs_the_same_queries_whatever_its_size(db, django_assert_num_queries, size):
    catalogue = Columns.load()
    people = [clean({"email": f"p{n}@example.com", "first_name": f"P{n}"}, catalogue) for n in range(size)]
    upsert_many(people[: size // 2])
    people = [clean({**person.values, "last_name": "X"}, catalogue) for person in people]
    with django_assert_num_queries(11):
        assert sum(outcome.created for outcome in upsert_many(people)) == size // 2


@pytest.mark.skipif(connection.vendor == "sqlite", reason="threads share SQLite's in-memory database, not its locks")
@pytest.mark.django_db(transaction=True)
def test_ten_at_once_make_one_contact():
    gate, answers = threading.Barrier(10), []

    def deliver() -> None:
        try:
            gate.wait(10)
            answers.append(upsert({"email": "dana@example.com"}))
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 10 and sum(answer.created for answer in answers) == 1
    assert Contact.objects.count() == 1 and Event.objects.filter(name="contact_added").count() == 1


def test_merging_keeps_everything_once(alice, bob, leads, newsletter, frozen, own_fields):
    tags.add([bob.pk], ["vip", "old"])
    frozen.advance("P1D")
    tags.add([alice.pk], ["vip"])
    lists.join([bob.pk, alice.pk], ["leads"])
    fields.update({alice.pk: {"score": 3, "age": 1}, bob.pk: {"score": 4, "age": 2, "company": "B", "last_name": "K"}})
    consents.set([alice.pk], "email", "in", source="a")
    consents.set([bob.pk], "newsletter", "in", source="a")
    frozen.advance("P1D")
    consents.set([bob.pk], "email", "out", source="a")
    events.record(alice.pk, "purchase", key="1")
    events.record(bob.pk, "purchase", key="1")
    events.record(bob.pk, "purchase", key="2")

    kept = merge(alice.pk, bob.pk)

    kept.refresh_from_db()
    assert list(Contact.objects.all()) == [kept]
    assert (kept.email, kept.last_name, kept.score) == ("alice@example.com", "Nowak", 7)
    assert kept.fields == {"age": 1, "company": "B"}
    assert dict(kept.consents.values_list("subject", "state")) == {"email": "out", "newsletter": "in"}
    since = dict(ContactTag.objects.values_list("tag__name", "since"))
    assert str(since["vip"]) == "2026-11-22 09:00:00+00:00" and set(since) == {"vip", "old"}
    assert ListMember.objects.count() == 1
    assert Event.objects.filter(name="purchase", contact=kept).count() == 2
    assert ConsentProof.objects.filter(contact=kept).count() == 3
    with pytest.raises(Gone):
        merge(alice.pk, bob.pk)
    with pytest.raises(SamePerson):
        merge(alice.pk, alice.pk)


def test_a_merge_fills_what_is_empty_with_a_unique_address(alice):
    known = upsert({"external_id": "X9", "first_name": "A."}).contact
    merge(known.pk, alice.pk)
    known.refresh_from_db()
    assert (known.email, known.first_name, known.external_id) == ("alice@example.com", "A.", "X9")


def test_another_app_may_refuse_a_merge(alice, bob):
    @holdings.on_merge
    def refuse(keep, drop):
        raise Refused("Both are inside Welcome.")

    tags.add([bob.pk], ["vip"])
    with pytest.raises(Refused, match="Welcome"):
        merge(alice.pk, bob.pk)
    assert Contact.objects.count() == 2 and ContactTag.objects.get().contact == bob
    assert not ConsentState.objects.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Alice@Example.COM ", "alice@example.com"),
        ("o'brien+x@sub.example.co.uk", "o'brien+x@sub.example.co.uk"),
        ("zażółć@example.com", "zażółć@example.com"),
        ("a@żółw.example.com", "a@żółw.example.com"),
    ],
)
def test_addresses_have_one_form(given, kept):
    assert normalise.email(given) == kept


@pytest.mark.parametrize(
    "bad", ["", "x", "x@", "@x.com", "a b@example.com", "a@b@c.com", "a@example", "a\x00@example.com",
            "a\n@example.com", "x" * 250 + "@example.com", "a..b@example.com", ".a@example.com", "a@-x.com",
            "a@example.com\r\nBcc: x@y.com", "\ud800@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(bad):
    with pytest.raises(ValueError, match=r"\S"):
        normalise.email(bad)


@pytest.mark.parametrize(
    ("given", "country", "kept"),
    [
        ("601 234 567", "PL", "+48601234567"),
        ("+48 601-234-567", None, "+48601234567"),
        ("0048601234567", "PL", "+48601234567"),
        ("(415) 555-2671", "US", "+14155552671"),
    ],
)
def test_phones_have_one_form(given, country, kept):
    assert normalise.phone(given, country) == kept


@pytest.mark.parametrize("bad", ["", "12", "call me", "+4860123456789012345", "601\x00234567", "+48601234567 ext 5"])
def test_what_is_no_phone_is_refused(bad):
    with pytest.raises(ValueError, match=r"\S"):
        normalise.phone(bad, "PL")


def test_zones_and_languages():
    assert normalise.time_zone("europe/warsaw") == "Europe/Warsaw"
    assert normalise.language("en_GB") == "en-gb"
    for bad in ("Mars/Base", "../etc/passwd"):
        with pytest.raises(ValueError, match="time zone"):
            normalise.time_zone(bad)
    with pytest.raises(ValueError, match="language"):
        normalise.language("english please")
