"""The workflow's settings mean the same in every form that validation takes them in."""

from __future__ import annotations

from typing import Any

import pytest

from builder.graph import parse
from builder.validation import problems
from contacts import clock
from engine import ending, policies, triggers
from engine.models import Refusal
from tests.engine.kit import draw, person, publish, run_of

pytestmark = pytest.mark.django_db
NODES = {"n1": ("trigger", {"on": "manual"}), "n2": ("wait", {}), "n3": ("exit", {})}


def drawn(**settings: Any) -> dict[str, Any]:
    return draw(NODES, ["n1 next n2", "n2 next n3"], settings)


def said(**settings: Any) -> list[tuple[str, str]]:
    return [(one.field, one.message) for one in problems(parse(drawn(**settings))) if one.severity == "error"]


@pytest.mark.parametrize("starts_at", ["2027-01-01T00:00:00Z", 1798761600, "1798761600"])
def test_a_start_is_a_moment_however_it_is_written(starts_at: Any) -> None:
    with clock.freeze("2026-12-01T00:00:00+00:00") as frozen:
        workflow, alice = publish(drawn(starts_at=starts_at)), person()
        assert triggers.enrol(workflow, [alice.pk]).runs == 0
        assert Refusal.objects.get().reason == "not_started"
        frozen.set("2027-01-01T00:00:00+00:00")
        assert triggers.enrol(workflow, [alice.pk]).runs == 1


@pytest.mark.parametrize("no", [False, 0, "no", "false"])
def test_no_to_the_cap_is_no(no: Any) -> None:
    workflow = publish(drawn(frequency_cap=no))
    assert not policies.of(workflow.live_version_id or 0, "n2").capped


def test_quiet_hours_are_found_under_either_name() -> None:
    for hours in ({"from": "22:00", "to": "08:00"}, {"start": "22:00", "end": "08:00"}):
        workflow = publish(drawn(quiet_hours=hours))
        quiet = policies.of(workflow.live_version_id or 0, "n2").quiet
        assert quiet and (quiet.start.hour, quiet.end.hour) == (22, 8)


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        (
            {"quiet_hours": {"from": "22:00+02:00", "to": "08:00"}},
            "quiet_hours.from",
            "A time of day is written as 22:00.",
        ),
        ({"quiet_hours": {"from": "T09", "to": "08:00"}}, "quiet_hours.from", "A time of day is written as 22:00."),
        ({"reentry": "after_exit", "cooldown": "P999Y"}, "cooldown", "This is longer than a hundred years."),
        ({"starts_at": "0001-01-01T00:00:00Z"}, "starts_at", "A moment lies between the years 2000 and 2200."),
        ({"ends_at": "9999-12-31T23:59:59-12:00"}, "ends_at", "A moment lies between the years 2000 and 2200."),
    ],
)
def test_what_only_a_computer_takes_for_a_time_is_refused(settings: dict[str, Any], field: str, words: str) -> None:
    assert said(**settings) == [(f"settings.{field}", words)]


def test_the_longest_cooldown_can_be_counted() -> None:
    with clock.freeze("2026-12-01T00:00:00+00:00"):
        workflow, alice = publish(drawn(reentry="after_exit", cooldown="P100Y")), person()
        triggers.enrol(workflow, [alice.pk])

        ending.end([run_of(alice).pk], "cancelled")
        assert triggers.enrol(workflow, [alice.pk]).refusals[0].reason == "cooldown"


def test_who_enters_by_key_is_told_which_ways_in_bring_none() -> None:
    by_key = {"reentry": "each_key", "key": "event.order_id"}
    nodes: dict[str, Any] = {
        "n1": ("trigger", {"on": "date_field", "date": "created_at", "side": "after", "offset": "P1D"}),
        "n2": ("trigger", {"on": "purchase", "backfill": True}),
        "n3": ("exit", {}),
    }
    found = problems(parse(draw(nodes, ["n1 next n3", "n2 next n3"], by_key)))
    assert [(one.node, one.field, one.severity) for one in found] == [
        ("n1", "on", "warning"),
        ("n2", "backfill", "warning"),
    ]
    assert "once for each event.order_id" in found[0].message
