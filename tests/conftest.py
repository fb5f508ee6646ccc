"""What every test has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.forgetting import forget


@pytest.fixture(autouse=True)
def fresh_programs() -> Iterator[None]:
    forget()
    yield
