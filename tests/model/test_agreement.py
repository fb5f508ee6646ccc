"""The engine and the reference model agree on every visit, tag, message and counter, whatever is drawn."""

from __future__ import annotations

import os
import time
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.model import agreeing, drawing
from tests.model.drawn import Drawn
from tests.model.real import furnish

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SEED = int(os.environ.get("MODEL_SEED", "2026"))
PARTS = 4  # so that they spread over workers
# On each database; in `make soak` (SOAK) many more.
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "40000" if os.environ.get("SOAK") else "2000"))


@pytest.mark.parametrize("part", range(PARTS))
def test_engine_and_model_agree(part: int, capsys: pytest.CaptureFixture[str]) -> None:
    contents = furnish()
    drawn, began = Drawn(), time.monotonic()

    @seed(SEED * PARTS + part)
    @settings(
        max_examples=EXAMPLES // PARTS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # a world is made smaller by `agreeing.shrunk`, which knows what it is made of
        print_blob=False,
    )
    @given(st.integers(0, 2**48))
    def agree(number: int) -> None:
        world = drawing.draw(Random(number))
        found, record = agreeing.differences(world, contents)
        if found:
            small = agreeing.shrunk(world, contents)
            told = "\n".join(agreeing.differences(small, contents)[0])
            pytest.fail(f"world {number}:\n{agreeing.told(small)}\n{told}", pytrace=False)
        drawn.note(world, record)

    agree()
    with capsys.disabled():
        print(f"\n{drawn.worlds} worlds in {time.monotonic() - began:.0f} s, seed {SEED}, part {part}\n{drawn.told()}")


def test_everything_in_the_catalogue_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """The model alone plays, so that this is quick: kinds, ways out that people took, facts, windows, settings, refusals."""
    drawn = Drawn()
    for number in range(2_000):
        world = drawing.draw(Random(number))
        drawn.note(world, agreeing.modelled(world))
    missing = drawn.missing()
    with capsys.disabled():
        print(f"\n{drawn.told()}")
    assert not missing, f"never drawn, or never gone through: {', '.join(missing)}"
