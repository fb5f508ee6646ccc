"""What every test has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.forgetting import forget


@pytest.fixture(autouse=True, scope="session")
def a_folder_for_static_files() -> None:
    """The middleware that serves static files warns when it is missing, and warnings are errors."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def fresh_programs() -> Iterator[None]:
    forget()
    yield
