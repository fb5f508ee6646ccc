"""Who may come in, and why somebody did not."""

from __future__ import annotations

import pytest

from builder.actions.pause import pause
from builder.actions.resume import resume
from contacts import clock, events, tags
from engine import standing, triggers
from engine.models import Refusal, Run
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db

START = "2026-11-23T08:00:00+00:00"


def waiting_room(**settings: object) -> dict:
    return draw(
        {
            "n1": ("trigger", {"on": "purchase"}),
            "n2": ("wait", {"mode": "duration", "duration": "P1D"}),
            "n3": ("exit", {"outcome": "completed"}),
        },
        ["n1 next n2", "n2 next n3"],
        dict(settings),
    )


def reasons() -> list[str]:
    return list(Refusal.objects.order_by("pk").values_list("reason", flat=True))


def test_once_means_once_for_ever() -> None:
    with clock.freeze(START) as frozen:
        publish(waiting_room(reentry="once"))
        alice = person()
        for _ in range(2):
            events.record(alice.pk, "purchase", {"order_id": "1"})
            settle()
            frozen.advance("P2D")
            settle()
        assert Run.objects.filter(contact=alice).count() == 1
        assert reasons() == ["once"]


def test_after_exit_waits_for_the_end_and_the_cooldown() -> None:
    with clock.freeze(START) as frozen:
        publish(waiting_room(reentry="after_exit", cooldown="P3D"))
        alice = person()

        def buy() -> None:
            events.record(alice.pk, "purchase", {})
            settle()

        buy()
        buy()
        assert reasons() == ["inside"]
        frozen.advance("P1D")
        settle()
        buy()
        assert reasons() == ["inside", "cooldown"]
        frozen.advance("P3D")
        buy()
        assert Run.objects.filter(contact=alice).count() == 2
        assert verify() == []


def test_each_key_runs_in_parallel_and_the_same_key_never_twice() -> None:
    with clock.freeze(START):
        publish(waiting_room(reentry="each_key", key="event.order_id"))
        alice = person()
        for order in ("a", "b", "a"):
            events.record(alice.pk, "purchase", {"order_id": order})
        events.record(alice.pk, "purchase", {"value": 3})
        settle()
        assert Run.objects.filter(contact=alice).count() == 2
        assert sorted(reasons()) == ["no_key", "same_key"]
        assert verify() == []


def test_restart_ends_the_active_run_first() -> None:
    with clock.freeze(START) as frozen:
        publish(waiting_room(reentry="restart"))
        alice = person()
        events.record(alice.pk, "purchase", {})
        settle()
        first = run_of(alice)
        frozen.advance("PT1H")
        events.record(alice.pk, "purchase", {})
        settle()
        first.refresh_from_db()
        assert first.outcome == "restarted"
        assert path(alice) == ["n1", "n2"]
        assert verify() == []


def test_most_entries_are_counted_over_all_runs() -> None:
    with clock.freeze(START) as frozen:
        publish(waiting_room(reentry="after_exit", max_entries=2))
        alice = person()
        for _ in range(3):
            events.record(alice.pk, "purchase", {})
            settle()
            frozen.advance("P2D")
            settle()
        assert Run.objects.filter(contact=alice).count() == 2
        assert reasons() == ["max_entries"]


def test_the_audience_and_the_filter_refuse_with_a_reason() -> None:
    with clock.freeze(START):
        document = waiting_room(audience={"fact": "tag", "is": "vip"})
        document["nodes"][0]["settings"]["filter"] = {"fact": "email_valid"}
        publish(document)
        alice, bob, charlie = person("Alice"), person("Bob", email=None, phone="+48600148214"), person("Charlie")
        tags.add([alice.pk], ["vip"])
        for contact in (alice, bob, charlie):
            events.record(contact.pk, "purchase", {})
        settle()
        assert path(alice) == ["n1", "n2"]
        assert {row.contact_id: row.reason for row in Refusal.objects.all()} == {
            bob.pk: "no_match",
            charlie.pk: "audience",
        }


def test_a_paused_workflow_keeps_places_refuses_entries_and_goes_on() -> None:
    with clock.freeze(START) as frozen:
        workflow = publish(waiting_room())
        alice, bob = person("Alice"), person("Bob")
        events.record(alice.pk, "purchase", {})
        settle()
        pause(workflow)
        events.record(bob.pk, "purchase", {})
        frozen.advance("P2D")
        settle()
        assert path(alice) == ["n1", "n2"]
        assert reasons() == ["paused"]
        resume(workflow)
        settle()
        assert path(alice) == ["n1", "n2", "n3"]
        assert verify() == []


def test_enrolling_obeys_re_entry_but_not_the_filter() -> None:
    with clock.freeze(START):
        document = waiting_room()
        document["nodes"][0]["settings"]["filter"] = {"fact": "tag", "is": "vip"}
        workflow = publish(document)
        alice = person()
        assert triggers.enrol(workflow, [alice.pk]).runs == 1
        again = triggers.enrol(workflow, [alice.pk, 10**9])
        assert (again.runs, [one.reason for one in again.refusals]) == (0, ["once"])
        settle()
        assert path(alice) == ["n1", "n2"]


def test_a_chain_of_workflows_that_feed_each_other_is_cut() -> None:
    with clock.freeze(START):
        for mine, other in (("ping", "pong"), ("pong", "ping")):
            publish(
                draw(
                    {
                        "n1": ("trigger", {"on": "event", "name": mine}),
                        "n2": ("event", {"name": other, "properties": {}}),
                    },
                    ["n1 next n2"],
                    {"reentry": "after_exit"},
                ),
                mine,
            )
        alice = person()
        events.record(alice.pk, "ping", {})
        settle()
        assert Run.objects.count() == 11
        assert reasons() == ["loop"]
        assert verify() == []


def test_ten_deliveries_of_one_event_let_in_once(django_assert_num_queries) -> None:
    with clock.freeze(START):
        publish(waiting_room(reentry="after_exit"))
        alice = person()
        for _ in range(10):
            events.record(alice.pk, "purchase", {}, key="order-1")
        settle()
        assert Run.objects.count() == 1
        assert reasons() == []


def test_one_batch_of_events_keeps_the_rules_like_one_event_at_a_time() -> None:
    """Several events of a contact are often handled together; each meets what the one before left."""
    with clock.freeze(START):
        publish(waiting_room(reentry="restart", max_entries=2))
        alice = person()
        for _ in range(4):
            events.record(alice.pk, "purchase", {})
        settle()
        assert [run.outcome for run in Run.objects.filter(contact=alice).order_by("pk")] == ["restarted", ""]
        assert reasons() == ["max_entries", "max_entries"]
        assert verify() == []


def test_each_key_keeps_the_most_entries_too() -> None:
    with clock.freeze(START):
        publish(waiting_room(reentry="each_key", key="event.order.id", max_entries=2))
        alice = person()
        for number in (1, "1", 2, 3, True, [4], {"a": 1}, "", "  "):
            events.record(alice.pk, "purchase", {"order": {"id": number}})
        settle()
        assert sorted(run.slot for run in Run.objects.filter(contact=alice)) == ["key:1", "key:2"]
        assert sorted(reasons()) == ["max_entries"] + ["no_key"] * 5 + ["same_key"]


def test_long_keys_are_told_apart() -> None:
    with clock.freeze(START):
        publish(waiting_room(reentry="each_key", key="event.order_id"))
        alice = person()
        for end in ("a", "b", "a"):
            events.record(alice.pk, "purchase", {"order_id": "x" * 500 + end})
        settle()
        assert Run.objects.filter(contact=alice).count() == 2
        assert reasons() == ["same_key"]


def test_each_key_without_a_key_is_refused_at_publish_and_at_entry() -> None:
    from django.db import transaction

    from builder.errors import Unpublishable
    from engine.entry import Candidate, enter
    from engine.program import compile_document

    with pytest.raises(Unpublishable):
        publish(waiting_room(reentry="each_key"))
    with clock.freeze(START), transaction.atomic():
        workflow, alice = publish(waiting_room()), person()
        # As a release that did not ask for the key may have published it.
        document = {**waiting_room(), "settings": {"reentry": "each_key"}}
        program = compile_document(document, version_id=workflow.live_version_id, workflow_id=workflow.pk)
        enter(program, program.nodes["n1"], [Candidate(alice.pk, 0, properties={"order_id": "a"})])
        assert reasons() == ["no_key"]
        assert not Run.objects.exists()


def test_a_workflow_takes_people_in_between_its_start_and_its_end() -> None:
    with clock.freeze(START) as frozen:
        publish(waiting_room(starts_at="2026-11-24T08:00:00Z", ends_at="2026-11-26T08:00:00Z", reentry="after_exit"))
        alice = person()
        for _ in range(4):
            events.record(alice.pk, "purchase", {})
            settle()
            frozen.advance("P1D")
        settle()
        assert reasons() == ["not_started", "inside", "over"]
        run = run_of(alice)
        assert run.started_at.day == 24 and run.outcome == "completed"


def test_a_condition_that_can_be_asked_no_more_lets_nobody_in_and_holds_up_nobody() -> None:
    from contacts.models import Segment

    with clock.freeze(START):
        segment = Segment.objects.create(name="Good", condition={"fact": "email_valid"})
        publish(waiting_room(audience={"fact": "segment", "is": segment.pk}))
        publish(waiting_room())
        Segment.objects.filter(pk=segment.pk).update(condition={"fact": "segment", "is": segment.pk})
        alice = person()
        events.record(alice.pk, "purchase", {})
        settle()
        assert reasons() == ["unreadable"]
        assert Run.objects.count() == 1


def test_entering_costs_as_many_queries_for_many_as_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        standing, "_REMEMBER_S", 3600.0
    )  # the workspace's zone is asked for once, not by the clock on the wall
    standing.home_zone()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from contacts.models import Contact

    found = []
    with clock.freeze(START):
        publish(
            waiting_room(reentry="restart", max_entries=9, cooldown=None, holdout=50, audience={"fact": "email_valid"})
        )
        for turn, size in enumerate((40, 160)):  # either has some who are held out; more refusals go in two statements
            crowd = Contact.objects.bulk_create([Contact(email=f"{turn}-{n}@example.com") for n in range(size)])
            events.record_many([events.NewEvent(one.pk, "purchase") for one in crowd])
            with CaptureQueriesContext(connection) as captured:
                assert triggers.handle(1000) == size
            found.append(len(captured))
    # begin, claim, standing, alarms, kept segments, audience, history, active runs, runs, held out, refusals, handled, daily, counters, commit
    assert found[1] <= found[0] <= 17, found


def test_a_contacts_events_let_in_in_the_order_received() -> None:
    """Two triggers, one key: whoever else is in the batch, the first event wins."""
    with clock.freeze(START):
        document = waiting_room(reentry="each_key", key="event.order_id")
        second = {**document["nodes"][0], "id": "n9", "settings": {"on": "event", "name": "booked"}}
        document["nodes"].append(second)
        document["edges"].append({"id": "e9", "source": "n9", "port": "next", "target": "n2"})
        publish(document)
        alice, bob = person("Alice"), person("Bob")
        events.record(bob.pk, "purchase", {"order_id": "b"})
        events.record(alice.pk, "booked", {"order_id": "a"})
        events.record(alice.pk, "purchase", {"order_id": "a"})
        settle()
        assert path(alice) == ["n9", "n2"]
        assert path(bob) == ["n1", "n2"]


def test_the_days_of_a_cooldown_are_the_contacts_own() -> None:
    """New York's clocks go back on 7 November: there a week lasts an hour longer than at home."""
    with clock.freeze("2027-11-06T15:00:00+00:00") as frozen:
        publish(waiting_room(reentry="after_exit", cooldown="P1W"))
        alice, bob = person("Alice", time_zone="America/New_York"), person("Bob", time_zone="Europe/Warsaw")
        for contact in (alice, bob):
            events.record(contact.pk, "purchase", {})
        settle()
        Run.objects.update(status=2, outcome="completed", ended_at=clock.now(), due_at=None, slot=None)
        frozen.advance("P7D")
        for contact in (alice, bob):
            events.record(contact.pk, "purchase", {})
        settle()
        assert [Run.objects.filter(contact=contact).count() for contact in (alice, bob)] == [1, 2]
        assert reasons() == ["cooldown"]


def test_refusals_are_forgotten_after_a_week_in_small_deletes() -> None:
    from engine import clockwork

    with clock.freeze(START) as frozen:
        workflow, alice = publish(waiting_room()), person()
        old = Refusal(workflow=workflow, contact=alice, reason="once", at=clock.now())
        Refusal.objects.bulk_create([old] * 2500)
        frozen.advance("P6D")
        Refusal.objects.create(workflow=workflow, contact=alice, reason="inside")
        assert clockwork.forget_refusals() == 0
        frozen.advance("P1DT1S")
        assert clockwork.forget_refusals() == 2500
        assert reasons() == ["inside"]
