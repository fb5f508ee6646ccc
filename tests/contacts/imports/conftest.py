"""Upload, map and run a file in one line."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contacts.imports import uploads, work
from contacts.models import Import


@pytest.fixture(autouse=True)
def own_media(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "media"
    yield


@pytest.fixture
def upload(db: None) -> Callable[..., Import]:
    def make(content: bytes, **changes: Any) -> Import:
        of = uploads.receive(SimpleUploadedFile("people.csv", content), "people.csv")
        return uploads.configure(of, changes) if changes else of

    return make


@pytest.fixture
def imported(upload: Callable[..., Import]) -> Callable[..., Import]:
    def make(content: bytes, **changes: Any) -> Import:
        of = uploads.start(upload(content, **changes))
        assert work(of.pk)
        of.refresh_from_db()
        return of

    return make
