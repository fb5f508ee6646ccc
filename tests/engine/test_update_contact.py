"""What a step writes into a contact's fields: set, cleared, counted up, or written from a template."""

from __future__ import annotations

from typing import Any

import pytest

from builder.graph import parse
from builder.validation import problems
from contacts import clock, events
from contacts.events import NewEvent
from contacts.models import Contact, Event, Field
from engine import triggers
from engine.models import Visit
from tests.engine.kit import draw, path, person, publish, settle

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_fields(db: Any) -> None:
    for key, kind in (("note", "text"), ("age", "number"), ("renews", "date")):
        Field.objects.create(key=key, label=key.title(), type=kind)


def drawn(*changes: dict[str, Any], on: dict[str, Any] | None = None, score: int = 0) -> dict[str, Any]:
    nodes = {
        "n1": ("trigger", on or {"on": "manual"}),
        "n2": ("update_contact", {"changes": list(changes), "score": score}),
        "n3": ("exit", {}),
    }
    return draw(nodes, ["n1 next n2", "n2 next n3"])


def write(field: str, text: Any) -> dict[str, Any]:
    return {"field": field, "op": "template", "value": text}


def why(contact: Contact) -> Any:
    return Visit.objects.get(contact_id=contact.pk, node="n2").why


def test_a_field_is_written_from_what_the_event_and_the_contact_say() -> None:
    text = "{{ contact.first_name | upcase }} bought {{ event.order_id }} ({{ run.workflow }}, {{ steps.n1.status }})"
    with clock.freeze("2026-12-01T12:00:00+00:00"):
        publish(drawn(write("note", text), on={"on": "purchase"}), "Orders")
        alice, bob = person("Alice"), person("Bob")
        events.record_many(
            [NewEvent(alice.pk, "purchase", {"order_id": "A-7"}), NewEvent(bob.pk, "purchase", {"order_id": 12})]
        )
        settle()
    notes = dict(Contact.objects.values_list("first_name", "fields__note"))
    assert notes == {"Alice": "ALICE bought A-7 (Orders, next)", "Bob": "BOB bought 12 (Orders, next)"}
    assert Event.objects.filter(contact_id=alice.pk, name="field_changed").count() == 1


def test_what_is_written_is_typed_and_what_does_not_fit_fails_there_alone() -> None:
    publish(drawn(write("age", "{{ event.age }}"), write("renews", "{{ event.day }}"), on={"on": "purchase"}))
    alice, bob = person("Alice"), person("Bob")
    events.record_many(
        [
            NewEvent(alice.pk, "purchase", {"age": "41", "day": "2026-12-24"}),
            NewEvent(bob.pk, "purchase", {"age": "old", "day": ""}),
        ]
    )
    settle()
    assert Contact.objects.get(pk=alice.pk).fields == {"age": 41, "renews": "2026-12-24"}
    assert Contact.objects.get(pk=bob.pk).fields == {}
    assert why(bob) == [["failed", "“old” is not a number."]]
    assert path(bob) == ["n1", "n2", "n3"]


def test_a_text_that_stumbles_over_a_value_fails_for_that_person_alone() -> None:
    publish(drawn(write("note", "{{ 10 | divided_by: event.n }}"), on={"on": "purchase"}))
    alice, bob = person("Alice"), person("Bob")
    events.record_many([NewEvent(alice.pk, "purchase", {"n": 5}), NewEvent(bob.pk, "purchase", {"n": 0})])
    settle()
    assert Contact.objects.get(pk=alice.pk).fields == {"note": "2"}
    assert why(bob)[0][1].startswith("The text could not be written")


def test_counting_up_sees_what_the_change_before_it_did() -> None:
    twice = {"field": "age", "op": "increment", "value": 2}
    workflow = publish(drawn({"field": "age", "op": "set", "value": 5}, twice, twice, score=3))
    alice = person()
    triggers.enrol(workflow, [alice.pk])
    settle()
    alice.refresh_from_db()
    assert (alice.fields["age"], alice.score) == (9, 3)


@pytest.mark.parametrize(
    ("change", "field", "words", "severity"),
    [
        (write("note", "{{ contact.first_name"), "value", "", "error"),
        (write("note", ""), "value", "Write what is to stand there", "error"),
        (write("note", 5), "value", "Write what is to stand there", "error"),
        (write("note", "{% for x in (1..9) %}x{% endfor %}"), "value", "no loops here", "error"),
        (write("shoe", "x"), "field", "There is no field “shoe”.", "error"),
        (write("note", "{{ contact.fristname }}"), "value", "is not known and stays empty", "warning"),
        ({"field": "note", "op": "increment", "value": 1}, "value", "Only a number can be counted up.", "error"),
        ({"field": "age", "op": "increment", "value": "many"}, "value", "is not a number", "error"),
        ({"field": "age", "op": "set", "value": "old"}, "value", "is not a number", "error"),
    ],
)
def test_what_cannot_work_is_said_before_the_publish(
    change: dict[str, Any], field: str, words: str, severity: str
) -> None:
    (found,) = problems(parse(drawn(change)))
    assert (found.node, found.field, found.severity) == ("n2", f"changes.0.{field}", severity)
    assert words in found.message


def test_many_such_steps_look_the_fields_up_once(django_assert_max_num_queries: Any) -> None:
    nodes: dict[str, Any] = {"n0": ("trigger", {"on": "manual"})}
    for n in range(1, 200):
        nodes[f"n{n}"] = (
            "update_contact",
            {"changes": [{"field": "age", "op": "set", "value": n}, write("note", f"{n}")]},
        )
    graph = parse(draw(nodes, [f"n{n} next n{n + 1}" for n in range(199)]))
    with django_assert_max_num_queries(8):
        assert problems(graph) == []
