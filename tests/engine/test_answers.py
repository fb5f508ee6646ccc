"""Runs go on in the transaction that writes their messages' answers."""

from __future__ import annotations

import pytest

from contacts import clock, events
from engine import outbox, runner, triggers
from engine.models import Run, RunStatus
from engine.steps.exit import Exit
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, settle

pytestmark = pytest.mark.django_db

SENDS = draw(
    {
        "n1": ("trigger", {"on": "contact_added"}),
        "n2": ("sms", {"text": "Hello"}),
        "n3": ("exit", {}),
    },
    ["n1 next n2", "n2 next n3"],
)


def enter(*names: str) -> list:
    people = [person(name, phone=f"+4860014821{number}") for number, name in enumerate(names)]
    events.record_many([events.NewEvent(one.pk, "contact_added") for one in people])
    triggers.handle()
    runner.advance()
    return people


def test_an_answer_takes_people_to_their_next_wait_at_once() -> None:
    publish(SENDS)
    [alice] = enter("Alice")
    assert outbox.tick() == 1
    assert path(alice) == ["n1", "n2", "n3"]
    assert Run.objects.get().status == RunStatus.ENDED
    assert verify() == []


def test_two_runs_of_one_contact_go_on_one_after_the_other() -> None:
    publish(SENDS)
    publish(SENDS)
    enter("Alice")
    runner.advance()
    assert outbox.tick() == 2
    assert sorted(Run.objects.values_list("status", flat=True)) == [RunStatus.ACTIVE, RunStatus.ENDED]
    assert runner.advance().runs == 1
    assert not Run.objects.filter(status=RunStatus.ACTIVE).exists()
    assert verify() == []


def test_one_who_fails_holds_nobody_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers are kept, everybody is due, and the next batches find out who it was."""
    publish(SENDS)
    with clock.freeze("2026-11-23T08:00:00+00:00") as frozen:
        alice, bob = enter("Alice", "Bob")
        run = Exit.run

        def fails_for_bob(batch):
            if any(token.contact_id == bob.pk for token in batch.tokens):
                raise ValueError("no way out")
            run(batch)

        monkeypatch.setattr(Exit, "run", fails_for_bob)
        assert outbox.tick() == 2
        assert {one.result for one in Run.objects.all()} == {3}, "accepted, and kept"
        runner.advance()
        assert path(alice) == ["n1", "n2", "n3"]
        for _ in range(3):
            frozen.advance("PT1M")
            settle()
    assert Run.objects.get(contact=bob).status == RunStatus.FAILED
    assert Run.objects.get(contact=alice).status == RunStatus.ENDED
    assert verify() == []
