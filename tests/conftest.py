"""What every test has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def fresh_programs() -> Iterator[None]:
    """Versions never change in life, but a rolled-back test gives their ids to others."""
    from engine import program, standing

    program.program.cache_clear()
    standing._doors.cache_clear()
    standing._home = (float("-inf"), standing.UTC)
    yield
