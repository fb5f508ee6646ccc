"""Batches, not contacts: what a turn of the engine and the outbox asks of the database, on the way that the benchmark takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import clock, events
from engine import outbox, runner, standing, triggers
from engine.bench import scenario
from engine.messaging.models import Message
from engine.models import Run, RunStatus

pytestmark = pytest.mark.django_db

# The most that a turn may ask, BEGIN, SAVEPOINT and COMMIT included. Raise one only with its reason in the commit.
MOST = {"enter": 12, "first steps": 14, "send": 28, "decide and end": 34}


@pytest.fixture
def house(settings, monkeypatch):
    settings.EMAIL_URL = settings.SMS_URL = "null://"
    monkeypatch.setattr(standing, "_REMEMBER_S", 3600.0)  # the workspace's zone is asked for once
    standing.home_zone()


def _counted(turn: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert turn()
    return len(captured)


def _through(n: int) -> dict[str, int]:
    """Send n contacts through the benchmark's workflow; the queries of each turn."""
    ids = scenario.people(n)
    found = {}
    with clock.freeze("2026-11-23T08:00:00+00:00") as frozen:
        events.record_many([events.NewEvent(contact, "contact_added") for contact in ids])
        found["enter"] = _counted(lambda: triggers.handle(1000))
        found["first steps"] = _counted(lambda: runner.advance(1000).runs == n)
        found["send"] = _counted(lambda: outbox.tick(1000) == n)
        assert Run.objects.filter(contact_id__in=ids, node="n3", status=RunStatus.ACTIVE).count() == n
        Message.objects.filter(contact_id__in=ids[::2], node="n2").update(opened_at=clock.now())
        frozen.advance(timedelta(days=1, minutes=1))
        found["decide and end"] = _counted(lambda: runner.advance(1000).runs == n)
        while triggers.handle(1000) or runner.advance(1000) or outbox.tick(1000):
            pass
    assert Run.objects.filter(contact_id__in=ids, status=RunStatus.ENDED).count() == n
    return found


def test_a_turn_asks_as_much_for_many_as_for_few_and_not_more_than_it_did(house, monkeypatch) -> None:
    scenario.workflow()
    monkeypatch.setattr(scenario, "people", _with_prefix(scenario.people))
    _through(4)  # what is read or made once a process: programs, contents, links, tags
    few, many = _through(20), _through(400)
    print(few)
    assert few == many
    assert {turn: count for turn, count in many.items() if count > MOST[turn]} == {}


def _with_prefix(people: Callable[[int], list[int]]) -> Callable[[int], list[int]]:
    """Everybody's address anew at each call."""
    calls: list[int] = []

    def make(n: int) -> list[int]:
        from contacts.models import Contact

        calls.append(n)
        ids = people(n)
        for contact in Contact.objects.filter(pk__in=ids):
            Contact.objects.filter(pk=contact.pk).update(
                email=f"{len(calls)}-{contact.pk}@bench.example",
                phone=contact.phone and f"+485{len(calls)}{contact.pk:07}",
            )
        return ids

    return make
