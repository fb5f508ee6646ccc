"""Events enter through one door, once only by key, and wake whoever listens in the same transaction."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from contacts import clock, events, locks
from contacts.events import NewEvent
from contacts.models import Contact, Event


def test_an_event_is_recorded_with_its_moment(alice, frozen):
    number = events.record(alice.pk, "purchase", {"value": 12.5}, key="order-1")
    event = Event.objects.get(pk=number)
    assert (event.name, event.properties, event.key, event.handled) == ("purchase", {"value": 12.5}, "order-1", False)
    assert event.occurred_at == event.received_at == datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_the_same_key_again_changes_nothing(alice, bob):
    assert events.record(alice.pk, "purchase", key="order-1")
    assert events.record(alice.pk, "purchase", {"value": 99}, key="order-1") is None
    assert events.record(bob.pk, "purchase", key="order-1"), "keys are per contact"
    assert events.record(alice.pk, "purchase") != events.record(alice.pk, "purchase"), "no key: every one counts"
    assert Event.objects.filter(contact=alice).count() == 3


def test_a_key_twice_in_one_batch_is_recorded_once(alice):
    recorded = events.record_many([NewEvent(alice.pk, "purchase", {"n": n}, key="same") for n in range(3)])
    assert [row.properties for row in recorded] == [{"n": 0}]


def test_what_lies_in_the_future_happened_on_receipt(alice, frozen):
    late, early = clock.now() + timedelta(days=1), clock.now() - timedelta(days=1)
    recorded = events.record_many(
        [NewEvent(alice.pk, "purchase", occurred_at=late), NewEvent(alice.pk, "purchase", occurred_at=early)]
    )
    assert [row.occurred_at for row in recorded] == [clock.now(), early]


def test_a_contact_that_is_gone_records_nothing(db):
    assert events.record(999_999, "purchase") is None
    assert not Event.objects.exists()


def test_hooks_hear_inside_the_transaction_and_can_refuse_it(alice, bob):
    heard = []

    @events.on_recorded
    def hook(recorded):
        assert connection.in_atomic_block
        heard.extend(recorded)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        events.record_many([NewEvent(alice.pk, "purchase"), NewEvent(bob.pk, "purchase")])
    assert [row.contact_id for row in heard] == [alice.pk, bob.pk]
    assert not Event.objects.exists()


def test_the_bell_rings_once_after_the_commit(alice, django_capture_on_commit_callbacks):
    rings = []
    events.on_committed(lambda: rings.append(Event.objects.count()))
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            events.record(alice.pk, "purchase")
        assert rings == []
    assert rings == [3]


def test_a_bell_survives_a_savepoint_that_is_rolled_back(alice, django_capture_on_commit_callbacks):
    rings = []
    events.on_committed(lambda: rings.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            events.record(alice.pk, "purchase")
            raise ZeroDivisionError
        events.record(alice.pk, "purchase")
    assert rings == [1]


def test_a_broken_bell_hurts_nobody(alice, django_capture_on_commit_callbacks, caplog):
    rings = []
    events.on_committed(lambda: 1 / 0)
    events.on_committed(lambda: rings.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        assert events.record(alice.pk, "purchase")
    assert rings == [1]
    assert "A doorbell failed." in caplog.text


@pytest.mark.parametrize("size", [1, 1_000])
def test_a_batch_costs_the_same_queries_whatever_its_size(db, django_assert_num_queries, size):
    contacts = Contact.objects.bulk_create(Contact(email=f"p{n}@example.com") for n in range(size))
    rows = [NewEvent(contact.pk, "purchase", {"n": 1}, key=f"k{contact.pk}") for contact in contacts]
    with django_assert_num_queries(6):  # savepoint, lock, known keys, ids, insert, release
        assert len(events.record_many(rows)) == size


def test_ids_follow_the_order_given(alice, bob):
    recorded = events.record_many([NewEvent((alice, bob)[n % 2].pk, "purchase", {"n": n}) for n in range(50)])
    stored = list(Event.objects.order_by("pk").values_list("pk", "contact_id", "properties"))
    assert stored == [(row.id, row.contact_id, dict(row.properties)) for row in recorded]


def test_odd_texts_come_back_as_they_were(alice):
    odd = {"a": "' \" \\ {} %s %(x)s ; DROP TABLE", "b": "żółw 🐢 \u2028", "c": [None, True, {"d": 1.5}], "": "{,}"}
    number = events.record(alice.pk, "form_submitted", odd, key="{NULL,\"x\\'}")
    event = Event.objects.get(pk=number)
    assert (event.properties, event.key) == (odd, "{NULL,\"x\\'}")


def test_a_lock_outside_a_transaction_is_a_mistake(transactional_db):
    with pytest.raises((RuntimeError, transaction.TransactionManagementError)):
        locks.lock([1])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="threads share SQLite's in-memory database, not its locks")
@pytest.mark.django_db(transaction=True)
def test_one_key_delivered_ten_times_at_once_is_one_event():
    alice = Contact.objects.create(email="alice@example.com")
    answers: list[int | None] = []
    gate = threading.Barrier(10)

    def deliver() -> None:
        try:
            gate.wait(10)
            answers.append(events.record(alice.pk, "purchase", key="order-1"))
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 10
    assert len([answer for answer in answers if answer]) == 1
    assert Event.objects.count() == 1
