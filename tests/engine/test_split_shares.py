"""A split divides by chance, and yet the same way every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from engine.holdout import is_held_out
from engine.steps.split import position
from tests.house.source import ROOT

PEOPLE = 100_000
WEIGHTS = (50.0, 30.0, 15.0, 4.5, 0.5)


def shares(workflow: int, node: str) -> list[float]:
    """Percent of 100,000 contacts that go each way of the weights."""
    found = [0] * len(WEIGHTS)
    for contact in range(1, PEOPLE + 1):
        place, edge = position(workflow, node, contact), 0.0
        for number, weight in enumerate(WEIGHTS):
            edge += weight
            if place < edge:
                found[number] += 1
                break
    return [100 * n / PEOPLE for n in found]


@pytest.mark.parametrize(("workflow", "node"), [(1, "n2"), (2, "n2"), (1, "n3"), (987_654, "split")])
def test_100_000_contacts_split_within_half_a_point_of_the_weights(workflow: int, node: str) -> None:
    found = shares(workflow, node)
    assert all(abs(share - weight) < 0.5 for share, weight in zip(found, WEIGHTS, strict=True)), found
    assert sum(found) == pytest.approx(100)


def test_they_go_the_same_way_after_a_restart() -> None:
    """Another process, with another hash seed, sends everybody the same way."""
    code = (
        "import json, django; django.setup(); from engine.steps.split import position;"
        "print(json.dumps([position(7, 'n2', contact) for contact in range(2000)]))"
    )
    env = {**os.environ, "PYTHONHASHSEED": "12345", "DJANGO_SETTINGS_MODULE": "trellis.settings"}
    there = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=env, cwd=ROOT)
    assert json.loads(there.stdout) == [position(7, "n2", contact) for contact in range(2000)]


def test_two_splits_and_the_holdout_of_a_workflow_are_independent() -> None:
    first = [position(1, "n2", contact) < 50 for contact in range(PEOPLE)]
    second = [position(1, "n3", contact) < 50 for contact in range(PEOPLE)]
    held = [is_held_out(1, contact, 50) for contact in range(PEOPLE)]
    for other in (second, held):
        both = sum(a and b for a, b in zip(first, other, strict=True))
        assert abs(100 * both / PEOPLE - 25) < 0.5
