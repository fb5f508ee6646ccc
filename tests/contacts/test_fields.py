"""What is known about a contact changes typed, and every real change leaves an event."""

import pytest

from contacts import definitions, fields
from contacts.errors import Conflict, Gone, Invalid
from contacts.models import Contact, Event, Field
from contacts.values import cast

from .conftest import names


def test_own_and_custom_values_change_together(alice, own_fields):
    changed = fields.update({alice.pk: {"first_name": " Ala ", "age": "37", "vip": "tak", "size": "m", "score": 5}})
    assert names(changed.events) == [
        ("field_changed", {"field": "first_name", "old": "Alice", "new": "Ala"}),
        ("field_changed", {"field": "age", "old": None, "new": 37}),
        ("field_changed", {"field": "vip", "old": None, "new": True}),
        ("field_changed", {"field": "size", "old": None, "new": "M"}),
        ("field_changed", {"field": "score", "old": 0, "new": 5}),
    ]
    alice.refresh_from_db()
    assert (alice.first_name, alice.score, alice.fields) == ("Ala", 5, {"age": 37, "vip": True, "size": "M"})


def test_the_same_value_again_changes_nothing(alice, own_fields, frozen):
    fields.update({alice.pk: {"age": 37}})
    before = Contact.objects.get(pk=alice.pk).updated_at
    frozen.advance("PT1H")
    assert fields.update({alice.pk: {"age": "37", "email": "ALICE@example.com"}}).events == []
    assert Contact.objects.get(pk=alice.pk).updated_at == before


def test_none_clears(alice, own_fields):
    fields.update({alice.pk: {"age": 37}})
    fields.update({alice.pk: {"age": None, "phone": "", "first_name": None}})
    alice.refresh_from_db()
    assert (alice.fields, alice.phone, alice.first_name) == ({}, None, "")


def test_all_problems_are_told_and_nothing_is_written(alice, own_fields):
    with pytest.raises(Invalid) as refusal:
        fields.update({alice.pk: {"first_name": "Ala", "age": "old", "email": "no", "nonsense": 1}})
    assert [found["field"] for found in refusal.value.problems] == ["fields.age", "email", "nonsense"]
    assert Contact.objects.get(pk=alice.pk).first_name == "Alice"
    assert not Event.objects.exists()


def test_a_batch_of_a_workflow_goes_on_without_what_does_not_fit(alice, bob, own_fields):
    changed = fields.update({alice.pk: {"age": "old", "score": 1}, bob.pk: {"age": 4}}, strict=False)
    assert [found["field"] for found in changed.problems[alice.pk]] == ["fields.age"]
    assert [(row.contact_id, row.properties["field"]) for row in changed.events] == [
        (alice.pk, "score"),
        (bob.pk, "age"),
    ]


def test_an_address_of_somebody_else_is_refused(alice, bob):
    with pytest.raises(Conflict) as refusal:
        fields.update({alice.pk: {"email": "Bob@example.com"}})
    assert refusal.value.problems[0]["field"] == "email"
    changed = fields.update({alice.pk: {"email": "x@example.com"}, bob.pk: {"email": "x@example.com"}}, strict=False)
    assert len(changed.events) == 1 and len(changed.problems) == 1


def test_a_contact_that_is_gone(db):
    with pytest.raises(Gone):
        fields.update({999: {"first_name": "X"}})


def test_counting_up_for_a_batch(alice, bob, own_fields):
    fields.update({alice.pk: {"age": 1, "score": 10}})
    changed = fields.change(
        [alice.pk, bob.pk],
        [("score", "increment", 5), ("age", "increment", "2"), ("first_name", "clear", None), ("company", "set", "A")],
    )
    assert changed.problems == {}
    rows = Contact.objects.order_by("pk").values_list("score", "fields", "first_name")
    assert list(rows) == [(15, {"age": 3, "company": "A"}, ""), (5, {"age": 2, "company": "A"}, "")]
    assert fields.change([alice.pk], [("company", "increment", 1)]).events != []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("nowhere", "set", 1), ["There is no field “nowhere”."]),
        (("age", "set", "old"), ["“old” is not a number."]),
        (("company", "increment", 1), ["Only a number can be counted up."]),
        (("age", "increment", "much"), ["“much” is not a number."]),
        (("age", "clear", None), []),
        (("score", "increment", 3), []),
    ],
)
def test_a_change_is_checked_before_it_is_published(own_fields, change, words):
    assert fields.problems(*change) == words


@pytest.mark.parametrize("size", [1, 700])
def test_a_batch_costs_the_same_queries_whatever_its_size(own_fields, django_assert_num_queries, size):
    contacts = Contact.objects.bulk_create(Contact(email=f"p{n}@example.com") for n in range(size))
    with django_assert_num_queries(11):
        changed = fields.update({contact.pk: {"age": 3, "first_name": "Eve"} for contact in contacts})
    assert len(changed.events) == 2 * size


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("text", "  two   words ", "two words"),
        ("text", 12, "12"),
        ("number", "1 234,50", 1234.5),
        ("number", 3.0, 3),
        ("number", "-7", -7),
        ("boolean", "No", False),
        ("boolean", 1, True),
        ("date", "2026-11-22", "2026-11-22"),
        ("date", "1.2.2026", "2026-02-01"),
        ("date", "2026-11-22T09:00:00Z", "2026-11-22"),
        ("datetime", "2026-11-22T10:00:00+01:00", "2026-11-22T09:00:00Z"),
        ("datetime", "2026-11-22", "2026-11-22T00:00:00Z"),
        ("choice", "red", "Red"),
    ],
)
def test_values_are_kept_in_one_form(kind, value, kept):
    found = cast(value, kind, ["Red", "Blue"])
    assert found == kept and type(found) is type(kept)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", {"a": 1}),
        ("text", "x" * 2_001),
        ("number", "12a"),
        ("number", True),
        ("number", float("inf")),
        ("number", float("nan")),
        ("number", 10**20),
        ("number", "1" * 5_000),
        ("number", "１２"),
        ("boolean", "maybe"),
        ("date", "2026-02-30"),
        ("date", 20260101),
        ("date", "31.31.2026"),
        ("datetime", "0001-01-01T00:00:00+14:00"),
        ("datetime", "tomorrow"),
        ("choice", "Green"),
    ],
)
def test_values_that_do_not_fit_are_refused_in_words(kind, value):
    with pytest.raises(ValueError, match=r"\.$"):
        cast(value, kind, ["Red", "Blue"])


def test_a_field_is_defined_once_and_keeps_its_type(alice, own_fields):
    with pytest.raises(Invalid):
        definitions.define(key="email", label="E-mail")
    with pytest.raises(Invalid):
        definitions.define(key="age", label="Again")
    with pytest.raises(Invalid):
        definitions.define(key="colour", label="Colour", type="choice")
    colour = definitions.define(key="colour", label="Colour", type="choice", choices=["Red", "Red", " Blue "])
    assert colour.choices == ["Red", "Blue"]
    fields.update({alice.pk: {"colour": "blue"}})
    with pytest.raises(Invalid):
        definitions.define(pk=colour.pk, key="colour", label="Colour", type="text")
    definitions.define(pk=colour.pk, key="colour", label="Colours", type="choice", choices=["Red", "Blue", "Green"])
    assert Field.objects.get(pk=colour.pk).label == "Colours"


def test_a_removed_field_leaves_nothing_behind(alice, bob, own_fields):
    fields.update({alice.pk: {"age": 3, "company": "A"}, bob.pk: {"age": 4}})
    definitions.remove(own_fields["age"])
    assert [contact.fields for contact in Contact.objects.order_by("pk")] == [{"company": "A"}, {}]
