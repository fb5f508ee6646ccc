"""What checks look up (fields, segments, workflows), looked up once for a whole drawing instead of once for each leaf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Found = TypeVar("Found")
_memory: ContextVar[dict[str, Any] | None] = ContextVar("known", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Meanwhile each `known` thing is looked up at most once. For one check of one drawing: nothing is kept afterwards."""
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def known(what: str, look: Callable[[], Found]) -> Found:
    """What `look` finds, remembered under the name `what` if somebody is `remembering`."""
    memory = _memory.get()
    if memory is None:
        return look()
    if what not in memory:
        memory[what] = look()
    found: Found = memory[what]
    return found


def is_remembering() -> bool:
    return _memory.get() is not None
