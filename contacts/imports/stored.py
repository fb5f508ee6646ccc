"""Where uploads lie."""

from __future__ import annotations

from typing import BinaryIO, cast

from django.core.files.storage import default_storage
from django.db import transaction

from contacts.models import Import


def open_upload(of: Import) -> BinaryIO:
    """The uploaded file, to be closed by the caller; raises FileNotFoundError."""
    if not of.file.name:
        raise FileNotFoundError
    return cast(BinaryIO, default_storage.open(of.file.name, "rb"))


def forget_upload(of: Import) -> None:
    """The upload holds personal data and has served: delete it after the commit. Rejects have rows of their own.

    The caller saves the row.
    """
    name = of.file.name
    of.file.name = ""
    if name:
        transaction.on_commit(lambda: default_storage.delete(name), robust=True)
