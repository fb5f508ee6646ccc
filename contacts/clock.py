"""Business time. Everything the product decides asks this clock, so that tests and the demo can let days pass.

Wall time stays for leases, heartbeats, sessions and signatures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models

_frozen: list[datetime] = []
_offset = timedelta()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def now() -> datetime:
    """The aware UTC time by which the product decides: the wall clock plus the demo's offset."""
    simulated = _simulated.get()
    if simulated is not None:
        return simulated.at
    if _frozen:
        return _frozen[-1]
    return datetime.now(UTC) + _offset


def set_offset(offset: timedelta) -> None:
    """Move this process's clock. Who owns the offset is the workspace row; see `contacts.demo_clock`."""
    global _offset
    _offset = offset


def offset() -> timedelta:
    """This process's lead over the wall clock."""
    return _offset


def to_micros(at: datetime) -> int:
    """Microseconds since the epoch: how moments are stored and compared in SQL."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


class Simulated:
    """A clock that only one simulation sees, however busy the rest of the process is. It goes forward alone."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def go_to(self, at: datetime) -> None:
        self.at = max(self.at, at)


# Of one context (a thread), where `_frozen` is of the process.
_simulated: ContextVar[Simulated | None] = ContextVar("simulated", default=None)


@contextmanager
def simulate(at: datetime) -> Iterator[Simulated]:
    """Let this context, and it alone, live at `at`. Whatever leaves the house asks `is_simulated` and stays at home."""
    token = _simulated.set(Simulated(at))
    try:
        yield _simulated.get()  # type: ignore[misc]
    finally:
        _simulated.reset(token)


def is_simulated() -> bool:
    """Is this a rehearsal (see engine/simulate)? Nothing may leave the house or be remembered by the process then."""
    return _simulated.get() is not None


class Frozen:
    """A clock that stands still until it is told to go on."""

    def advance(self, duration: str | timedelta) -> datetime:
        from contacts.durations import parse

        step = duration if isinstance(duration, timedelta) else None
        at = _frozen[-1]
        _frozen[-1] = at + step if step is not None else parse(str(duration)).add_to(at)
        return _frozen[-1]

    def set(self, at: datetime | str) -> None:
        _frozen[-1] = datetime.fromisoformat(at) if isinstance(at, str) else at


@contextmanager
def freeze(at: datetime | str) -> Iterator[Frozen]:
    """Stop the clock at `at` (aware datetime or ISO text) for the length of the block. For tests."""
    _frozen.append(datetime.fromisoformat(at) if isinstance(at, str) else at)
    try:
        yield Frozen()
    finally:
        _frozen.pop()


class MomentField(models.DateTimeField):  # type: ignore[type-arg]
    """A moment, kept as microseconds since the epoch in a BIGINT on every database.

    Half the size of SQLite's text, exact, comparable across tables with integer maths, and written by the engine's raw
    SQL without conversion. Compare with datetimes through `__gt`, `__gte`, `__lt`, `__lte`, `__range`, `__in`; calendar
    look-ups such as `__date` do not exist for it.
    """

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def db_type_parameters(self, connection: Any) -> Any:
        return {}

    def get_prep_value(self, value: Any) -> int | None:
        if value is None or isinstance(value, int):
            return value
        if hasattr(value, "resolve_expression"):
            return value  # type: ignore[no-any-return]
        value = self.to_python(value)
        if value.tzinfo is None:
            raise ValueError(f"{self.name} needs a time zone: {value!r}")
        return to_micros(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value if prepared else self.get_prep_value(value)

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> datetime | None:
        return None if value is None else from_micros(value)
