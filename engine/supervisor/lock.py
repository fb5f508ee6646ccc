"""Who uses a data folder: any number of running servers share it, a restore wants it alone."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Busy(Exception):
    """Somebody else uses this data folder."""


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """Hold while a server runs; raises `Busy` while the folder is being restored."""
    with _held(folder, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold while nobody else may run; raises `Busy`."""
    with _held(folder, fcntl.LOCK_EX):
        yield


@contextmanager
def _held(folder: Path, how: int) -> Iterator[None]:
    # The kernel lets go when the process ends, however it ends: no stale lock to clear by hand.
    with (folder / "in-use").open("a") as file:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy(str(folder)) from error
        yield
