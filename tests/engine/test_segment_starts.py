"""Triggers that go by segments: who comes and goes, by events, by time, and in silence."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builder.actions.end import end
from builder.actions.pause import pause
from contacts import clock, events, memberships, merge, tags
from contacts.models import Contact, Event, Segment, SegmentMember
from engine import pulse, triggers
from engine.models import Recheck, Refusal, Run
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, settle

pytestmark = pytest.mark.django_db
START = "2026-11-23T08:00:00+00:00"
VIP = {"fact": "tag", "is": "vip"}


def segment(condition: dict[str, Any], name: str = "Good customers") -> Segment:
    return Segment.objects.create(name=name, condition=condition)


def room(on: str, of: Segment, **options: Any) -> dict[str, Any]:
    settings = {"on": on, "segment": of.pk, **options}
    return draw({"n1": ("trigger", settings), "n2": ("wait", {"duration": "P300D"})}, ["n1 next n2"])


def named(name: str) -> int:
    return Event.objects.filter(name=name).count()


def test_who_comes_to_meet_the_condition_enters_and_who_met_it_before_does_not() -> None:
    with clock.freeze(START):
        old, alice = person("Bob"), person("Alice")
        tags.add([old.pk], ["vip"])
        settle()
        publish(room("segment_entered", segment(VIP)))
        assert list(SegmentMember.objects.values_list("contact_id", flat=True)) == [old.pk]
        tags.add([alice.pk, old.pk], ["vip", "other"])
        settle()
        assert path(alice) == ["n1", "n2"]
        assert not Run.objects.filter(contact=old).exists()
        assert named("segment_entered") == 1
        assert verify() == []


def test_leaving_is_heard_and_a_new_contact_is_compared_at_once() -> None:
    with clock.freeze(START):
        without = segment({"none": [VIP]}, "Not yet")
        publish(room("segment_left", without))
        alice = person()
        events.record(alice.pk, "contact_added")
        settle()
        assert SegmentMember.objects.filter(contact=alice, segment=without).exists()
        tags.add([alice.pk], ["vip"])
        settle()
        assert path(alice) == ["n1", "n2"]
        assert not SegmentMember.objects.exists()


def test_time_alone_brings_people_in_and_the_clock_knows_when_to_look() -> None:
    with clock.freeze(START) as frozen:
        quiet_for_a_week = segment({"none": [{"fact": "event", "name": "purchase", "within": "P7D"}]})
        alice = person()
        events.record(alice.pk, "purchase")
        settle()
        publish(room("segment_entered", quiet_for_a_week))
        assert pulse.next_due() == clock.datetime.fromisoformat("2026-11-23T09:00:00+00:00")
        frozen.advance("P6D")
        settle()
        assert not Run.objects.exists()
        frozen.advance("P1DT1H")
        settle()
        assert path(alice) == ["n1", "n2"]


def test_a_changed_condition_is_compared_with_everybody_soon() -> None:
    with clock.freeze(START) as frozen:
        good = segment(VIP)
        alice = person()
        tags.add([alice.pk], ["gold"])
        settle()
        publish(room("segment_entered", good))
        frozen.advance("PT5M")
        Segment.objects.filter(pk=good.pk).update(condition={"fact": "tag", "is": "gold"}, updated_at=clock.now())
        settle()
        assert path(alice) == ["n1", "n2"]


def test_what_an_import_changes_quietly_lets_nobody_in() -> None:
    with clock.freeze(START):
        publish(room("segment_entered", segment(VIP)))
        alice, bob = person("Alice"), person("Bob")
        tags.add([alice.pk], ["vip"], handled=True)
        tags.add([bob.pk], ["vip"])
        settle()
        assert SegmentMember.objects.count() == 2
        assert not Recheck.objects.exists()
        assert not Run.objects.filter(contact=alice).exists()
        assert path(bob) == ["n1", "n2"]


def test_workflows_that_push_people_in_and_out_of_a_segment_are_cut_as_a_loop() -> None:
    with clock.freeze(START):
        good = segment(VIP)
        for on, step in (("segment_entered", {"remove": ["vip"]}), ("segment_left", {"add": ["vip"]})):
            publish(
                draw(
                    {"n1": ("trigger", {"on": on, "segment": good.pk}), "n2": ("tag", step)},
                    ["n1 next n2"],
                    {"reentry": "after_exit"},
                ),
                on,
            )
        alice = person()
        tags.add([alice.pk], ["vip"])
        settle()
        assert Run.objects.count() == 11
        assert list(Refusal.objects.values_list("reason", flat=True)) == ["loop"]


def test_members_are_kept_only_while_somebody_listens() -> None:
    with clock.freeze(START):
        good, other = segment(VIP), segment(VIP, "Others")
        alice = person()
        tags.add([alice.pk], ["vip"])
        workflow = publish(room("segment_entered", good))
        assert [one.pk for one in memberships.kept()] == [good.pk] and other.pk
        pause(workflow)
        assert memberships.kept()
        end(workflow)
        assert not memberships.kept() and not SegmentMember.objects.exists()


def test_a_segment_that_cannot_be_asked_moves_nobody_and_stops_nothing() -> None:
    with clock.freeze(START):
        good = segment(VIP)
        publish(room("segment_left", good))
        alice = person()
        tags.add([alice.pk], ["vip"])
        settle()
        Segment.objects.filter(pk=good.pk).update(condition={"fact": "no_such_fact"}, updated_at=clock.now())
        tags.remove([alice.pk], ["vip"])
        settle()
        assert SegmentMember.objects.filter(contact=alice).exists()
        assert not Run.objects.exists()


def test_two_people_who_become_one_are_in_it_once() -> None:
    with clock.freeze(START):
        good = segment(VIP)
        alice, twin = person("Alice"), person("Twin")
        tags.add([alice.pk, twin.pk], ["vip"])
        publish(room("segment_left", good))
        merge.merge(alice.pk, twin.pk)
        settle()
        assert [row.contact_id for row in SegmentMember.objects.all()] == [alice.pk]
        assert not Run.objects.exists()


def test_following_events_costs_as_many_queries_for_many_as_for_few() -> None:
    found = []
    with clock.freeze(START):
        publish(room("segment_entered", segment(VIP)))
        for turn, size in enumerate((5, 300)):
            crowd = Contact.objects.bulk_create([Contact(email=f"{turn}-{n}@example.com") for n in range(size)])
            tags.add([one.pk for one in crowd], ["vip"])
            with CaptureQueriesContext(connection) as captured:
                assert triggers.handle(1000) == size
            found.append(len(captured))
            settle()
    assert found[0] == found[1] <= 20, found


def test_a_look_at_everybody_reads_twice_and_writes_in_batches() -> None:
    with clock.freeze(START) as frozen:
        good = segment({"none": [{"fact": "event", "name": "purchase", "within": "P1D"}]})
        crowd = Contact.objects.bulk_create([Contact(email=f"{n}@example.com") for n in range(2500)])
        events.record_many([events.NewEvent(one.pk, "purchase", handled=True) for one in crowd])
        publish(room("segment_entered", good))
        frozen.advance("P1DT2H")
        good.refresh_from_db()
        with CaptureQueriesContext(connection) as captured:
            assert memberships.look(good, limit=1000) == 1000
        assert len(captured) <= 15, [query["sql"][:90] for query in captured]
        settle()
        assert Run.objects.count() == SegmentMember.objects.count() == 2500
        good.refresh_from_db()
        assert memberships.look(good) == 0
