"""Several columns as one text: a subquery gives one value, so that what it found costs one visit to the index, not five."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Func


class Packed(Func):
    """The columns of one row, "in|1794213000000000"; nothing stands for NULL."""

    output_field = CharField()

    def as_sql(self, compiler: Any, connection: Any, *form: Any, **extra: Any) -> Any:
        parts, params = [], []
        for expression in self.source_expressions:
            sql, given = compiler.compile(expression)
            parts.append(f"COALESCE(CAST(({sql}) AS TEXT), '')")
            params.extend(given)
        joined = " || '|' || ".join(parts)
        return f"({joined})", params


class PackedRows(Packed):
    """All rows that the subquery finds, joined by commas in no order; NULL if there are none."""

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = self.as_sql(compiler, connection)
        return f"GROUP_CONCAT({sql})", params

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = self.as_sql(compiler, connection)
        return f"STRING_AGG({sql}, ',')", params
