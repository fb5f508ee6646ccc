"""The outbox's three strokes, and what happens when one of them does not end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from contacts import clock, consents
from engine.messaging import calls, content, delivery, plan, writing
from engine.messaging.errors import InDoubt, SendError
from engine.messaging.models import Caught, Message, Status
from engine.messaging.senders import registry
from engine.messaging.senders.base import Sender
from tests.messaging.conftest import planned, work_off


class Provider(Sender):
    """Takes what its script says: each entry is an exception to raise, or an id to give."""

    def __init__(self) -> None:
        self.script: list[object] = []
        self.got: list[str] = []
        self.closed = 0

    def send(self, letter) -> str:
        self.got.append(letter.key)
        step = self.script.pop(0) if self.script else "id"
        if isinstance(step, BaseException):
            raise step
        if callable(step):
            step()
            return "id"
        return str(step)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def provider(settings, monkeypatch) -> Iterator[Provider]:
    made = Provider()
    settings.EMAIL_URL = "test://provider"
    monkeypatch.setitem(registry._FACTORIES, "email", ("EMAIL_URL", lambda url: made))
    registry._repeatable.cache_clear()
    yield made
    registry._repeatable.cache_clear()


@pytest.fixture
def wall(monkeypatch):
    """Wall time, for leases."""
    at = [1_000_000_000_000_000]
    monkeypatch.setattr(delivery, "wall_us", lambda: at[0])
    monkeypatch.setattr(calls, "wall_us", lambda: at[0])
    return at


def recover() -> list[delivery.Settled]:
    with transaction.atomic():
        return delivery.recover(clock.now())


def record(results) -> list[delivery.Settled]:
    with transaction.atomic():
        return delivery.record(results)


def test_accepted_messages_settle_their_visits(people, letter, provider, frozen):
    message = planned(people.alice, letter, run_id=31, nth=4)
    provider.script = ["esp-1"]
    assert work_off() == [(31, people.alice.pk, 4, Status.ACCEPTED, "")]
    message.refresh_from_db()
    assert (message.status, message.provider_id, message.accepted_at) == (Status.ACCEPTED, "esp-1", clock.now())
    assert (message.lease_until, message.fence, message.attempts, message.reason) == (None, 1, 1, "")
    assert work_off() == []


def test_a_visit_has_one_message_however_often_it_is_planned(people, letter):
    planned(people.alice, letter)
    first = Message.objects.get()
    assert plan.plan([plan.NewMessage(people.alice.pk, first.run_id, 2, 1, 1, "n2", "email")]) == 0
    assert Message.objects.count() == 1


def test_what_the_gate_refused_when_planning_shows_as_skipped(people, letter):
    message = planned(people.dana, letter, status=Status.SKIPPED, reason="no_consent")
    assert work_off() == []
    assert (message.status, message.reason) == (Status.SKIPPED, "no_consent")


def test_consent_withdrawn_between_plan_and_dispatch_stops_the_message(people, letter, provider):
    message = planned(people.alice, letter)
    consents.set([people.alice.pk], "email", "out", source="test")
    assert [one.status for one in work_off()] == [Status.SKIPPED]
    message.refresh_from_db()
    assert (message.reason, message.accepted_at, provider.got) == ("opted_out", None, [])


def test_a_message_waits_for_its_time(people, letter, frozen):
    planned(people.alice, letter, not_before=clock.now() + timedelta(hours=1))
    assert not delivery.something_due(clock.now())
    assert delivery.next_due(clock.to_micros(clock.now())) == clock.to_micros(clock.now() + timedelta(hours=1))
    assert work_off() == []
    frozen.advance("PT1H")
    assert delivery.something_due(clock.now())
    assert len(work_off()) == 1


def test_two_workers_never_claim_the_same(people, letter):
    for person in (people.alice, people.bob, people.charlie):
        planned(person, letter)
    first, second = delivery.claim(2, clock.now()), delivery.claim(5, clock.now())
    assert [len(first), len(second)] == [2, 1]
    assert not {one.id for one in first} & {one.id for one in second}


def test_a_late_answer_is_refused_by_its_fence(people, letter, wall):
    message = planned(people.alice, letter)
    slow = delivery.claim(1, clock.now())
    wall[0] += 60_000_000
    assert recover() == []  # the catcher may be asked again, so it is planned again
    quick = delivery.claim(1, clock.now())
    assert quick[0].fence == slow[0].fence + 1
    results = delivery.deliver(quick)
    late = delivery.deliver(slow)
    assert record(late) == []
    assert len(record(results)) == 1
    assert record(late) == []
    message.refresh_from_db()
    assert (message.status, message.fence, message.attempts) == (Status.ACCEPTED, 2, 1)
    assert Caught.objects.count() == 1  # handed over twice, caught once


def test_who_slept_too_long_does_not_begin_the_next_call(people, letter, provider, wall):
    for person in (people.alice, people.bob):
        planned(person, letter)
    claimed = delivery.claim(2, clock.now())

    def sleep() -> None:
        wall[0] += 60_000_000
        recover()

    provider.script = [sleep]
    results = delivery.deliver(claimed)
    assert len(provider.got) == 1
    # The first was in doubt by then, the second is planned again: neither late answer is written.
    assert record(results) == []
    assert set(Message.objects.values_list("status", flat=True)) == {Status.IN_DOUBT, Status.PLANNED}


def test_a_provider_that_answers_slowly_leaves_nobody_in_doubt(people, letter, provider, wall):
    """One call may take longer than a lease: whoever makes it says that it lives."""
    planned(people.alice, letter)

    def slowly() -> None:
        for _ in range(5):
            wall[0] += 20_000_000
            calls.keep_lease()
            assert recover() == []

    provider.script = [slowly]
    assert [one.status for one in work_off()] == [Status.ACCEPTED]
    assert calls._under_way == []


def test_only_the_call_that_was_under_way_is_in_doubt(people, letter, provider, wall, frozen):
    """The worker dies inside the second of three calls: one accepted, one in doubt, one sent later. Nobody gets two."""
    for nth, person in enumerate((people.alice, people.bob, people.charlie)):
        planned(person, letter, nth=nth + 1)

    class Died(BaseException):
        """kill -9"""

    provider.script = ["esp-1", Died()]
    claimed = delivery.claim(3, clock.now())
    with pytest.raises(Died):
        delivery.deliver(claimed)
    assert recover() == []  # the leases still hold
    wall[0] += 26_000_000
    calls.keep_lease()  # says nothing for a call that is over
    settled = {one.contact_id: one.status for one in recover()}
    assert settled == {people.alice.pk: Status.ACCEPTED, people.bob.pk: Status.IN_DOUBT}
    assert Message.objects.get(contact=people.alice).provider_id == "esp-1"
    assert [one.contact_id for one in work_off()] == [people.charlie.pk]
    assert len(provider.got) == len(set(provider.got)) == 3
    assert recover() == []


def test_a_crash_before_any_call_loses_nothing(people, letter, provider, wall):
    planned(people.alice, letter)
    delivery.claim(1, clock.now())
    wall[0] += 26_000_000
    assert delivery.something_due(clock.now())
    assert recover() == []
    assert [one.status for one in work_off()] == [Status.ACCEPTED]
    assert Message.objects.get().attempts == 1


def test_a_crash_after_the_answer_keeps_the_answer(people, letter, provider, wall, frozen):
    planned(people.alice, letter)
    provider.script = [SendError("550 no such user", permanent=True)]
    delivery.deliver(delivery.claim(1, clock.now()))  # and nobody records it
    wall[0] += 26_000_000
    assert [one.status for one in recover()] == [Status.REJECTED]
    assert Message.objects.get().error == "550 no such user"


def test_an_answer_in_doubt_is_not_repeated_but_can_be_by_hand(people, letter, provider, frozen):
    message = planned(people.alice, letter)
    provider.script = [InDoubt("lost after DATA")]
    assert [one.status for one in work_off()] == [Status.IN_DOUBT]
    frozen.advance("P30D")
    assert work_off() == []
    message.refresh_from_db()
    assert message.accepted_at is not None
    assert plan.resend([message.pk]) == 1
    assert [one.status for one in work_off()] == [Status.ACCEPTED]
    assert provider.got[0] == provider.got[1]  # the same idempotency key


def test_transient_failures_are_tried_five_times_within_a_day(people, letter, provider, frozen):
    message = planned(people.alice, letter)
    provider.script = [SendError("421 later", permanent=False)] * 9
    began, tries = clock.now(), 0
    settled: list[delivery.Settled] = []
    while not settled:
        settled = work_off()
        tries += 1
        message.refresh_from_db()
        if not settled:
            assert (message.status, message.reason) == (Status.PLANNED, "retry")
            assert message.not_before > clock.now()
            assert work_off() == []
            frozen.set(message.not_before)
    assert tries == 5
    assert clock.now() - began < timedelta(hours=24)
    assert (settled[0].status, settled[0].reason) == (Status.REJECTED, "exhausted")
    assert message.error == "421 later"


def test_permanent_failures_are_not_tried_again(people, letter, provider, frozen):
    planned(people.alice, letter)
    provider.script = [SendError("550 unknown", permanent=True)]
    assert [one.status for one in work_off()] == [Status.REJECTED]
    frozen.advance("P1D")
    assert work_off() == []


def test_one_bad_letter_does_not_stop_the_others(people, letter, provider):
    for person in (people.alice, people.bob, people.charlie):
        planned(person, letter)
    provider.script = ["a", RuntimeError("a bug in a backend"), "c"]
    assert sorted(one.status for one in work_off()) == [Status.ACCEPTED, Status.ACCEPTED, Status.IN_DOUBT]
    assert provider.closed == 1


def test_a_content_that_cannot_be_written_fails_its_message_alone(people, db):
    from engine.messaging import content

    written = content.create(name="x", subject="s", html="{{ 10 | divided_by: contact.fields.n }}", topic="newsletter")
    people.alice.fields, people.bob.fields = {"n": 0}, {"n": 5}
    people.alice.save(), people.bob.save()
    planned(people.alice, written), planned(people.bob, written)
    assert {one.contact_id: (one.status, one.reason) for one in work_off()} == {
        people.alice.pk: (Status.REJECTED, "broken_content"),
        people.bob.pk: (Status.ACCEPTED, ""),
    }


def test_a_message_keeps_the_words_it_was_planned_with(people, letter):
    from engine.messaging import content

    planned(people.alice, letter)
    letter.subject = "New words"
    content.save(letter)
    work_off()
    assert Caught.objects.get().subject == "Hello Alice"


def test_demo_people_get_nothing_real_whatever_is_configured(people, letter, provider):
    people.alice.is_demo = True
    people.alice.save()
    planned(people.alice, letter)
    planned(people.bob, letter, is_demo=True)
    planned(people.charlie, letter)
    assert {one.status for one in work_off()} == {Status.ACCEPTED}
    assert len(provider.got) == 1
    assert set(Caught.objects.values_list("to", flat=True)) == {"alice@example.com", "bob@example.com"}


def test_a_wrong_setting_is_shown_and_tried_again(people, letter, settings):
    settings.EMAIL_URL = "carrier-pigeon://coop"
    message = planned(people.alice, letter)
    assert work_off() == []
    message.refresh_from_db()
    assert message.status == Status.PLANNED
    assert "EMAIL_URL" in message.error


def test_the_end_of_a_run_cancels_what_nobody_has_claimed(people, letter):
    first, second = planned(people.alice, letter), planned(people.alice, letter, run_id=999)
    claimed = planned(people.bob, letter)
    Message.objects.filter(pk=claimed.pk).update(status=Status.CLAIMED)
    assert plan.cancel([(people.alice.pk, first.run_id), (people.bob.pk, claimed.run_id)]) == 1
    assert dict(Message.objects.values_list("pk", "status")) == {
        first.pk: Status.CANCELLED,
        second.pk: Status.PLANNED,
        claimed.pk: Status.CLAIMED,
    }


def test_a_paused_workflow_holds_its_messages(people, letter):
    planned(people.alice, letter)
    assert plan.hold(7) == 1
    assert work_off() == []
    assert plan.release(7) == 1
    assert len(work_off()) == 1


def test_queries_do_not_grow_with_the_batch(
    people, letter, provider, settings, django_assert_num_queries, django_capture_on_commit_callbacks
):
    settings.EMAIL_URL = "null://"
    registry._repeatable.cache_clear()
    planned(people.alice, letter)
    with django_capture_on_commit_callbacks(execute=True):
        work_off()  # the content is prepared now, its links are kept
    for nth in range(5, 25):
        planned(people.bob, letter, nth=nth)
    with django_assert_num_queries(3):
        claimed = delivery.claim(100, clock.now())
    # Content, workspace, paused workflows, people with consents, suppressions; and a version that only this test lacks.
    with django_assert_num_queries(6):
        results = delivery.deliver(claimed)
    with django_assert_num_queries(3):
        assert len(record(results)) == 20


@pytest.mark.parametrize("words", ["550 \x00 no", "550 \ud800 no"])
@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("told", ["id", "error"])
def test_words_that_no_database_keeps_hold_nobody_up(people, letter, provider, monkeypatch, words, repeatable, told):
    """Written as they are they would fail the whole batch, and again when its leases had run out, for ever."""
    monkeypatch.setattr(Provider, "repeatable", repeatable)
    first, second = planned(people.alice, letter), planned(people.bob, letter)
    provider.script = [words if told == "id" else SendError(words, permanent=True)]
    assert len(work_off()) == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert "550 \ufffd no" in (first.provider_id, first.error)
    assert first.status == (Status.ACCEPTED if told == "id" else Status.REJECTED)
    assert second.status == Status.ACCEPTED


def test_a_letter_that_spells_what_no_database_keeps_is_caught(people):
    odd = content.create(
        name="Odd", subject="Hi", html="<p>{{ '%00' | url_decode }}</p>", text="{{ '%00' | url_decode }}"
    )
    planned(people.alice, odd)
    assert [one.status for one in work_off()] == [Status.ACCEPTED]
    caught = Caught.objects.get()
    assert "\x00" not in caught.html + caught.text


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_slow_provider_gets_what_there_is_time_for(people, letter, provider, monkeypatch, repeatable):
    """Beyond that a lease would run out, and at the queue's time-out the worker be killed in the middle of a call."""
    monkeypatch.setattr(Provider, "repeatable", repeatable)
    at = [0.0]
    monkeypatch.setattr(delivery.time, "monotonic", lambda: at[0])

    def slowly() -> None:
        at[0] += delivery.BATCH_S / 2 + 1

    for person in (people.alice, people.bob, people.charlie):
        planned(person, letter)
    provider.script = [slowly] * 3
    assert [one.contact_id for one in work_off()] == [people.alice.pk, people.bob.pk]
    left = Message.objects.get(contact=people.charlie)
    assert (left.status, left.reason, left.attempts, left.lease_until) == (Status.PLANNED, "", 0, None)
    assert [one.contact_id for one in work_off()] == [people.charlie.pk]
    assert len(provider.got) == len(set(provider.got)) == 3


def test_texts_that_take_long_to_write_leave_the_rest_for_later(people, letter, provider, monkeypatch):
    at = [0.0]
    monkeypatch.setattr(delivery.time, "monotonic", lambda: at[0])

    def slowly(*args: object, **told: object) -> object:
        at[0] += delivery.BATCH_S + 1
        return render(*args, **told)

    render = writing.render
    monkeypatch.setattr(writing, "render", slowly)
    for person in (people.alice, people.bob):
        planned(person, letter)
    assert [one.contact_id for one in work_off()] == [people.alice.pk]
    assert Message.objects.get(contact=people.bob).attempts == 0
    assert [one.contact_id for one in work_off()] == [people.bob.pk]
