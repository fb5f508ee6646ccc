"""The runner works in batches, isolates what fails, and never loses anybody."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import clock, events
from contacts.models import Contact
from engine import runner, triggers
from engine.models import Run, RunStatus, Visit
from engine.steps.tag import Tag
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db

START = "2026-11-23T08:00:00+00:00"
FIVE = draw(
    {
        "n1": ("trigger", {"on": "contact_added"}),
        "n2": ("wait", {"mode": "duration", "duration": "PT1H"}),
        "n3": ("condition", {"when": {"all": [{"fact": "phone_valid"}]}}),
        "n4": ("tag", {"add": ["reached"]}),
        "n5": ("exit", {"outcome": "completed"}),
    },
    ["n1 next n2", "n2 next n3", "n3 yes n4", "n4 next n5", "n3 no n5"],
)


def crowd(n: int) -> list[Contact]:
    people = Contact.objects.bulk_create(
        [Contact(email=f"p{i}@example.com", phone=f"+48600{i:06}" if i % 2 else None) for i in range(n)]
    )
    events.record_many([events.NewEvent(contact.pk, "contact_added") for contact in people])
    return people


def queries_of_a_full_pass(n: int) -> int:
    with clock.freeze(START) as frozen:
        Run.objects.all().delete()
        crowd(n)
        with CaptureQueriesContext(connection) as captured:
            assert triggers.handle(1000) == n
            assert runner.advance(1000).runs == n
            frozen.advance("PT1H")
            assert runner.advance(1000).runs == n
        return len(captured)


def test_a_batch_of_five_hundred_takes_as_many_queries_as_one_of_fifty() -> None:
    publish(FIVE)
    small = queries_of_a_full_pass(50)
    Contact.objects.all().delete()
    Visit.objects.all().delete()
    large = queries_of_a_full_pass(500)
    assert large <= small
    assert small <= 75, small


def test_one_poison_contact_is_alone_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.freeze(START) as frozen:
        publish(FIVE)
        people = crowd(40)
        poison = people[7].pk
        plain = Tag.run.__func__  # type: ignore[attr-defined]

        def run(cls: type[Tag], batch: Any) -> None:
            if any(token.contact_id == poison for token in batch.tokens):
                raise ValueError("poison \x00")  # words that PostgreSQL does not keep
            plain(cls, batch)

        monkeypatch.setattr(Tag, "run", classmethod(run))
        settle()
        frozen.advance("PT1H")
        settle()
        assert Run.objects.filter(status=RunStatus.ENDED).count() == 39
        for _ in range(2):
            frozen.advance("PT1M")
            settle()
        failed = Run.objects.get(contact_id=poison)
        assert failed.status == RunStatus.FAILED and "poison" in failed.error
        assert path(people[7]) == ["n1", "n2", "n3", "n4"]
        assert verify() == []
        monkeypatch.undo()
        from engine import retrying

        assert retrying.retry([failed.pk]).opened == 1
        settle()
        failed.refresh_from_db()
        assert failed.outcome == "completed"
        assert path(people[7]) == ["n1", "n2", "n3", "n4", "n4", "n5"]
        assert verify() == []


def test_days_are_counted_on_the_contacts_own_calendar() -> None:
    # Warsaw leaves summer time in the night to 25 October 2026: two days are 49 hours there.
    with clock.freeze("2026-10-24T07:00:00+00:00"):
        publish(
            draw(
                {"n1": ("trigger", {"on": "contact_added"}), "n2": ("wait", {"duration": "P2D"}), "n3": ("exit", {})},
                ["n1 next n2", "n2 next n3"],
            )
        )
        warsaw, tokyo = person("Alice", time_zone="Europe/Warsaw"), person("Bob", time_zone="Asia/Tokyo")
        for contact in (warsaw, tokyo):
            events.record(contact.pk, "contact_added")
        settle()
        assert run_of(warsaw).due_at.isoformat() == "2026-10-26T08:00:00+00:00"  # type: ignore[union-attr]
        assert run_of(tokyo).due_at.isoformat() == "2026-10-26T07:00:00+00:00"  # type: ignore[union-attr]


def test_a_contact_with_two_due_runs_takes_them_one_after_the_other() -> None:
    with clock.freeze(START):
        for name in ("A", "B"):
            publish(draw({"n1": ("trigger", {"on": "contact_added"}), "n2": ("exit", {})}, ["n1 next n2"]), name)
        alice = person()
        events.record(alice.pk, "contact_added")
        assert triggers.handle() == 1 or triggers.handle() == 0
        while triggers.handle():
            pass
        assert runner.advance().runs == 1
        assert runner.advance().runs == 1
        assert runner.advance().runs == 0
