"""Each planted bug is found: the model is sharp enough to see it, and the worlds are rich enough to show it."""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.model import agreeing, drawing
from tests.model.bugs import BUGS, Bug
from tests.model.real import furnish

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WORLDS = 2_000


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_a_planted_bug_is_found(bug: Bug, capsys: pytest.CaptureFixture[str]) -> None:
    if not bug.needed and not os.environ.get("SOAK"):
        pytest.skip("looked for in make soak")
    contents = furnish()
    # The world that showed it last time comes first, so that this is quick; `make soak` looks for the first that does.
    known = [] if os.environ.get("SOAK") else [bug.needed - 1]
    for number in (*known, *range(WORLDS)):
        with bug.plant():
            found = agreeing.differ(drawing.draw(Random(number)), contents)
        if found:
            break
    else:
        pytest.fail(f"“{bug}” was not found in {WORLDS} worlds")
    assert not agreeing.differ(drawing.draw(Random(number)), contents), "they differ in this world without the bug, too"
    if number != bug.needed - 1:
        with capsys.disabled():
            print(f"\n“{bug}” took {number + 1} worlds")
