"""Addresses with `*` for any run of characters, the same on every database.

The pattern means the whole address. One that begins with "/" is a path on any site: "/pricing*" finds
"https://shop.example/pricing?from=mail". Case counts, as it does in paths; no other letter has a meaning.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from django.db.models import BooleanField, Func


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(".*" if part == "*" else re.escape(part) for part in _parts(pattern)), re.DOTALL)


def _parts(pattern: str) -> list[str]:
    whole = f"*{pattern}" if pattern.startswith("/") else pattern
    return [part for part in re.split(r"(\*)", whole) if part]


def matches(pattern: str, address: Any) -> bool:
    return isinstance(address, str) and _compiled(pattern).fullmatch(address) is not None


class Matches(Func):
    """`matches` in SQL: GLOB on SQLite and LIKE on PostgreSQL, both of which regard case."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, address: Any, pattern: str, **extra: Any) -> None:
        self.pattern = pattern
        super().__init__(address, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        glob = "".join(part if part == "*" else re.sub(r"([?\[])", r"[\1]", part) for part in _parts(self.pattern))
        sql, params = compiler.compile(self.source_expressions[0])
        return f"COALESCE({sql} GLOB %s, FALSE)", [*params, glob]

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        like = "".join("%" if part == "*" else re.sub(r"([%_!])", r"!\1", part) for part in _parts(self.pattern))
        sql, params = compiler.compile(self.source_expressions[0])
        return f"COALESCE({sql} LIKE %s ESCAPE '!', FALSE)", [*params, like]
