"""The numbers by which one sees whether the engine keeps up."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from contacts import clock, events
from engine import hurry, queue
from engine.vitals import MEANING, vitals
from tests.engine.kit import draw, person, publish, settle

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_waits_is_counted_and_gone_when_it_is_done() -> None:
    publish(draw({"n1": ("trigger", {"on": "contact_added"}), "n2": ("wait", {"duration": "P1D"})}, ["n1 next n2"]))
    with clock.freeze("2026-11-23T08:00:00+00:00") as frozen, hurry.held():
        alice = person()
        settle()  # her consents are events as well
        events.record(alice.pk, "contact_added")
        assert vitals()["events_unhandled"] == 1
        settle()
        frozen.advance("P1D")
        frozen.advance("PT2M")
        assert vitals()["runs_due"] == 1
        assert vitals()["oldest_due_s"] == 120
        queue.beat()
        assert vitals()["clusters"] == 1
        settle()
        assert {
            name: value for name, value in vitals().items() if value and name not in ("clusters", "calls_waiting")
        } == {}


def test_they_are_printed_for_people_and_for_prometheus() -> None:
    call_command("trellis_vitals", stdout=(told := StringIO()))
    assert set(json.loads(told.getvalue())) == set(MEANING)
    call_command("trellis_vitals", prometheus=True, stdout=(told := StringIO()))
    assert "trellis_runs_due 0\n" in told.getvalue()
