"""What messaging asks about runs without knowing them: the engine registers who answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

# run ids -> what templates see as `event`, `run` and `steps`, for each of them.
# With `steps=False`, `steps` may be left empty.
Values = Callable[..., Mapping[int, Mapping[str, Any]]]
# run id -> its contact, so that a run's messages are found by the index that begins with the contact.
ContactOf = Callable[[int], int | None]

_values: list[Values] = []
_contact_of: list[ContactOf] = []


def provide(*, values: Values, contact_of: ContactOf) -> None:
    """Say who answers. The last one registered does."""
    _values[:] = [values]
    _contact_of[:] = [contact_of]


def values_of(run_ids: Sequence[int], *, steps: bool = True) -> Mapping[int, Mapping[str, Any]]:
    """For templates that ask for them; empty when nobody answers."""
    return _values[0](run_ids, steps=steps) if _values and run_ids else {}


def contact_of(run_id: int) -> int | None:
    return _contact_of[0](run_id) if _contact_of else None
