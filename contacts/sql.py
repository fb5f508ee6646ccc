"""Writing thousands of rows at once: the one file of hand-written SQL in contacts. Values are always bound.

`bulk_create` cuts a batch into statements of 999 values on SQLite and builds a model instance per row; these take
plain tuples and one statement a batch (2 us a row on SQLite, 7 on PostgreSQL). Column names come from our models,
never from outside. JSON columns take text that is JSON already; moments are microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

Row = Sequence[Any]


# One encoder for all: `json.dumps` with options of its own builds one a call, which costs more than the encoding.
dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def arrays(rows: Sequence[Row]) -> list[str]:
    """The columns of these rows as PostgreSQL's own array texts, for `unnest(%s::bigint[], ...)`.

    psycopg makes each value of a list SQL by itself: 1 us a value where this takes 0.1.
    """
    return [array(column) for column in zip(*rows, strict=True)]


def array(values: Sequence[Any]) -> str:
    """Numbers, booleans or texts, or None, as one text that PostgreSQL reads as an array."""
    if any(isinstance(value, str) for value in values):
        # Columns mostly repeat themselves (a node, a port, a topic): each distinct text is quoted once.
        told = {value: "NULL" if value is None else _element(value) for value in set(values)}
        return "{" + ",".join([told[value] for value in values]) + "}"
    return "{" + ",".join(map(str, values)).replace("None", "NULL") + "}"


def _element(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def copy(cursor: Any, table: str, columns: str, rows: Iterable[Row]) -> None:
    """PostgreSQL's COPY: rows at half the price of INSERT (7 us, not 14). It knows no ON CONFLICT; inside `atomic()` like any other."""
    with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copying:
        write = copying.write_row
        for row in rows:
            write(row)


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids for rows about to be inserted, in the order of the rows. One query; needs a write transaction on SQLite."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [f'"{table}"', count]
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        last = row[0] if row else 0
        return list(range(last + 1, last + count + 1))


def existing(model: type[models.Model], ids: Sequence[int]) -> set[int]:
    """Which of these ids exist; on PostgreSQL their rows are locked, in the order of their ids. One query, one parameter.

    With a thousand parameters the ORM spends more on building the query than the database on answering it.
    """
    table = _quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT id FROM {table} WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE",  # noqa: S608  names are ours
                [array(ids)],
            )
        else:
            cursor.execute(
                f"SELECT id FROM {table} WHERE id IN (SELECT value FROM json_each(%s))",  # noqa: S608  names are ours
                [dumps(list(ids))],
            )
        return {row[0] for row in cursor.fetchall()}


def insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row], on_conflict: str = "") -> None:
    """Insert rows; `on_conflict` is the rest of an ON CONFLICT clause. One query."""
    if not rows:
        return
    table, names = _quoted(model._meta.db_table), ", ".join(_quoted(column) for column in columns)
    tail = f" ON CONFLICT {on_conflict}" if on_conflict else ""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and not tail:
            copy(cursor, table, names, rows)
        elif connection.vendor == "postgresql":
            columns_in, selected = _unnest(model, columns)
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {selected} FROM unnest({columns_in}) AS v({names}){tail}",  # noqa: S608  names are ours
                arrays(rows),
            )
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}){tail}", rows)  # noqa: S608  names are ours


def update(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Set `columns` of the rows whose id stands first in each tuple. One query."""
    if not rows:
        return
    table = _quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns_in, _ = _unnest(model, ["id", *columns])
            casts = _casts(model, columns)
            sets = ", ".join(f"{_quoted(column)} = {cast}" for column, cast in zip(columns, casts, strict=True))
            names = ", ".join(_quoted(column) for column in ["id", *columns])
            cursor.execute(
                f"UPDATE {table} AS t SET {sets} FROM unnest({columns_in}) AS v({names}) WHERE t.id = v.id",  # noqa: S608  names are ours
                arrays(rows),
            )
        else:
            sets = ", ".join(f"{_quoted(column)} = %s" for column in columns)
            cursor.executemany(
                f"UPDATE {table} SET {sets} WHERE id = %s",  # noqa: S608  names are ours
                [(*row[1:], row[0]) for row in rows],
            )


def delete(model: type[models.Model], columns: tuple[str, str], pairs: Iterable[tuple[Any, Any]]) -> None:
    """Delete the rows whose two columns equal one of the pairs. One query."""
    rows = list(pairs)
    if not rows:
        return
    table, (first, second) = _quoted(model._meta.db_table), (_quoted(columns[0]), _quoted(columns[1]))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns_in, _ = _unnest(model, columns)
            cursor.execute(
                f"DELETE FROM {table} AS t USING unnest({columns_in}) AS v(a, b) "  # noqa: S608  names are ours
                f"WHERE t.{first} = v.a AND t.{second} = v.b",
                arrays(rows),
            )
        else:
            cursor.executemany(f"DELETE FROM {table} WHERE {first} = %s AND {second} = %s", rows)  # noqa: S608  names are ours


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _types(model: type[models.Model], columns: Sequence[str]) -> list[str]:
    by_column = {field.column: field for field in model._meta.concrete_fields}
    return [str(by_column[column].db_type(connection)) for column in columns]


def _array_type(db_type: str) -> str:
    # Arrays of text are cast on the way in by the insert itself; a cast to varchar(n) would cut silently.
    return "text" if db_type == "jsonb" or db_type.startswith("varchar") else db_type


def _unnest(model: type[models.Model], columns: Sequence[str]) -> tuple[str, str]:
    types = _types(model, columns)
    return ", ".join(f"%s::{_array_type(kind)}[]" for kind in types), ", ".join(_casts(model, columns))


def _casts(model: type[models.Model], columns: Sequence[str]) -> list[str]:
    return [
        f"v.{_quoted(column)}::jsonb" if kind == "jsonb" else f"v.{_quoted(column)}"
        for column, kind in zip(columns, _types(model, columns), strict=True)
    ]


def insert_from(model: type[models.Model], key: str, query: models.QuerySet[Any], constants: dict[str, Any]) -> int:
    """Insert one row for each id that `query` finds, under `key`, the other columns the same for all. One query, however many."""
    text, params = (
        query.order_by()
        .annotate(found_id=models.F("pk"))
        .values("found_id")
        .query.get_compiler(connection.alias)
        .as_sql()
    )
    columns = ", ".join(_quoted(column) for column in (key, *constants))
    casts = ", ".join(f"CAST(%s AS {kind})" for kind in _types(model, list(constants)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_quoted(model._meta.db_table)} ({columns})"  # noqa: S608  names are ours
            f" SELECT found.found_id, {casts} FROM ({text}) AS found WHERE true ON CONFLICT DO NOTHING",
            [*constants.values(), *params],
        )
        return int(cursor.rowcount)
