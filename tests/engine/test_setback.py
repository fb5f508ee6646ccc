"""A clock that is set back: what was due goes on, waits wait by the clock as it stands, and no lease lasts for ever."""

from __future__ import annotations

import pytest

from contacts import clock, events, tags
from engine import setback
from engine.messaging import content, delivery
from engine.messaging.models import Message
from engine.runner import advance
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_was_woken_goes_on_after_the_clock_was_set_back() -> None:
    branches = [{"port": "b1", "name": "Hot", "when": {"fact": "tag", "is": "hot"}}]
    publish(
        draw(
            {
                "n1": ("trigger", {"on": "contact_added"}),
                "n2": ("wait_until", {"branches": branches, "timeout": "P2D"}),
                "n3": ("exit", {}),
            },
            ["n1 next n2", "n2 b1 n3"],
        )
    )
    alice = person()
    with clock.freeze("2026-11-23T08:00:00+00:00") as frozen:
        events.record(alice.pk, "contact_added")
        settle()
        watch = setback.Watch()
        frozen.advance("PT1H")
        assert not watch.look()
        from engine import hurry

        with hurry.held():  # the process that would have taken the step at once is gone
            tags.add([alice.pk], ["hot"])
        frozen.set("2026-11-23T08:10:00+00:00")
        assert not advance(), "nothing is due by the clock as it stands"
        assert watch.look()
        settle()
        assert path(alice) == ["n1", "n2", "n3"]
    assert verify() == []


def test_who_was_woken_a_moment_after_the_last_look_goes_on_too() -> None:
    branches = [{"port": "b1", "name": "Hot", "when": {"fact": "tag", "is": "hot"}}]
    publish(
        draw(
            {
                "n1": ("trigger", {"on": "contact_added"}),
                "n2": ("wait_until", {"branches": branches, "timeout": "P2D"}),
                "n3": ("exit", {}),
            },
            ["n1 next n2", "n2 b1 n3"],
        )
    )
    alice = person()
    with clock.freeze("2026-11-23T08:00:00+00:00") as frozen:
        events.record(alice.pk, "contact_added")
        settle()
        watch = setback.Watch()
        frozen.advance("PT1H")
        watch.look()
        frozen.advance("PT3S")  # nobody looks any more before the clock is set right
        from engine import hurry

        with hurry.held():
            tags.add([alice.pk], ["hot"])
        frozen.set("2026-11-23T08:10:00+00:00")
        assert watch.look()
        settle()
        assert path(alice) == ["n1", "n2", "n3"]
    assert verify() == []


def test_a_wait_is_not_shortened_by_it() -> None:
    publish(draw({"n1": ("trigger", {"on": "contact_added"}), "n2": ("wait", {"duration": "PT2H"})}, ["n1 next n2"]))
    alice = person()
    with clock.freeze("2026-11-23T08:00:00+00:00") as frozen:
        events.record(alice.pk, "contact_added")
        settle()
        watch = setback.Watch()
        frozen.set("2026-11-23T10:00:01+00:00")
        watch.look()
        frozen.set("2026-11-23T09:00:00+00:00")
        assert watch.look()
        settle()
        assert run_of(alice).node == "n2"
        assert run_of(alice).status == 1
        frozen.set("2026-11-23T10:00:00+00:00")
        settle()
        assert run_of(alice).status == 2
    assert verify() == []


def test_who_came_by_the_wrong_clock_waits_no_longer_than_others() -> None:
    publish(draw({"n1": ("trigger", {"on": "contact_added"}), "n2": ("wait", {"duration": "PT2H"})}, ["n1 next n2"]))
    alice = person()
    with clock.freeze("2026-11-24T08:00:00+00:00") as frozen:  # a day ahead of the truth
        events.record(alice.pk, "contact_added")
        settle()
        watch = setback.Watch()
        frozen.set("2026-11-23T08:00:00+00:00")
        assert watch.look()
        settle()
        frozen.set("2026-11-23T09:59:00+00:00")
        settle()
        assert run_of(alice).status == 1
        frozen.set("2026-11-23T10:00:00+00:00")
        settle()
        assert run_of(alice).status == 2
    assert verify() == []


def test_a_message_that_was_due_goes_and_a_lost_claim_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = content.create(name="Hello", subject="Hello", html="<p>Hi</p>")
    publish(
        draw(
            {
                "n1": ("trigger", {"on": "contact_added"}),
                "n2": ("email", {"content": mail.pk, "purpose": "transactional"}),
            },
            ["n1 next n2"],
        )
    )
    alice, bob = person(), person("Bob")
    with clock.freeze("2026-11-23T08:00:00+00:00") as frozen:
        for one in (alice, bob):
            events.record(one.pk, "contact_added")
        from engine import triggers

        triggers.handle()
        advance()
        watch = setback.Watch()
        wall = delivery.wall_us()
        # Claimed by somebody whose clock was an hour ahead, and who is gone since.
        monkeypatch.setattr(delivery, "wall_us", lambda: wall + 3_600_000_000)
        assert len(delivery.claim(1, clock.now())) == 1
        monkeypatch.undo()
        frozen.set("2026-11-23T07:00:00+00:00")
        assert not delivery.claim(10, clock.now())
        watch.look()
        settle()
        assert sorted(Message.objects.values_list("status", flat=True)) == [2, 3]
        until = Message.objects.get(status=2).lease_until
        assert until is not None
        assert until <= wall + 60_000_000


def test_who_writes_by_the_wrong_clock_afterwards_is_set_right_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that began before the clock was set back commits after it was noticed."""
    monkeypatch.setattr(setback, "AGAIN_S", (0.0,))
    mail = content.create(name="Hello", subject="Hello", html="<p>Hi</p>")
    publish(
        draw(
            {
                "n1": ("trigger", {"on": "contact_added"}),
                "n2": ("email", {"content": mail.pk, "purpose": "transactional"}),
            },
            ["n1 next n2"],
        )
    )
    alice = person()
    with clock.freeze("2026-11-24T08:00:00+00:00") as frozen:
        watch = setback.Watch()
        frozen.set("2026-11-23T08:00:00+00:00")
        assert watch.look()
        frozen.set("2026-11-24T08:00:00+00:00")
        events.record(alice.pk, "contact_added")
        from engine import triggers

        triggers.handle()
        advance()
        frozen.set("2026-11-23T08:00:01+00:00")
        assert not delivery.claim(10, clock.now())
        assert not watch.look()
        settle()
        assert run_of(alice).status == 2
    assert verify() == []
