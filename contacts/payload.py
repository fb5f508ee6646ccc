"""JSON from outside that we are going to keep: bounded, finite, storable on every database."""

from __future__ import annotations

import json
import math
from typing import Any

DEEPEST = 8
LARGEST = 32_768


def checked(value: Any, what: str = "properties", *, deepest: int = DEEPEST, largest: int = LARGEST) -> Any:
    """The same value, or `ValueError` in words. The limits are those of what is kept with every event.

    PostgreSQL's jsonb refuses U+0000, UTF-8 refuses lone surrogates, and `1e999` is read as infinity, which no JSON
    knows: all three pass `json.loads`, and would fail in the middle of a batch.
    """
    _walk(value, what, deepest)
    if len(json.dumps(value, ensure_ascii=False)) > largest:
        raise ValueError(f"The {what} are larger than {largest // 1024} KB.")
    return value


def _walk(value: Any, what: str, levels: int) -> None:
    if levels < 0:
        raise ValueError(f"The {what} are nested too deeply.")
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError(f"The {what} hold characters that cannot be stored.")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"The {what} hold a number that is too large.")
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) >= 2**63:
            raise ValueError(f"The {what} hold a number that is too large.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _walk(str(key), what, levels - 1)
            _walk(inner, what, levels - 1)
    elif isinstance(value, list):
        for inner in value:
            _walk(inner, what, levels - 1)
