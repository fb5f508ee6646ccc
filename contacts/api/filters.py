"""Filters that the lists of all apps share."""

from __future__ import annotations

from typing import Any

import django_filters

_MOST = 2**63 - 1  # the largest id a database keeps; SQLite's driver raises at a larger one


class IdFilter(django_filters.NumberFilter):
    """`?contact=12`. What cannot be an id is refused in words, before a database sees it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=_MOST, **kwargs)
