"""Histories that older versions of Trellis recorded: today's code takes everybody the same way, at the same moments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.verify import verify
from tests.histories.playing import play
from tests.histories.stories import STORIES

FILES = sorted(Path(__file__).parent.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@pytest.mark.django_db(transaction=True)
def test_a_recorded_history_replays_to_the_same_paths(file: Path) -> None:
    history = json.loads(file.read_text())
    assert play(history) == history["expected"]
    assert verify() == []


def test_every_story_is_recorded() -> None:
    assert {file.stem for file in FILES} == set(STORIES)
