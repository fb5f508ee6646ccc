"""`comparison` in SQL, with the same meaning on SQLite and PostgreSQL: for segments, which filter 200,000 contacts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import Any

from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models import BooleanField, Case, CharField, F, FloatField, Func, IntegerField, Q, Value, When
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

from contacts.clock import to_micros
from contacts.conditions import zones
from contacts.conditions.comparison import DATES, NUMBERS, Comparison, Target, day_of, fold, moment_of, second, span_of
from contacts.conditions.scope import Scope


class Fold(Func):
    """`comparison.fold`. SQLite's own LOWER knows ASCII only, and PostgreSQL's depends on the database's locale."""

    output_field = CharField()
    function = "TRELLIS_FOLD"

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f'(LOWER(({sql})::text COLLATE "und-x-icu") COLLATE "C")', list(params)


def _teach(connection: Any, **signal: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function(
            "TRELLIS_FOLD", 1, lambda text: fold(text) if isinstance(text, str) else None, deterministic=True
        )


def teach_sqlite() -> None:
    """Each SQLite connection learns `fold` when it is opened; those that are open already learn it now."""
    connection_created.connect(_teach, dispatch_uid="trellis_fold")
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None:
            _teach(connection)


class JsonPart(Func):
    """One key of a JSON column as one type; NULL if it is missing or of another type."""

    # {c} is the column, {k} the key: SQLite wants a path, PostgreSQL the bare name.
    sqlite = ""
    postgresql = ""

    def __init__(self, column: Any, key: str, **extra: Any) -> None:
        # Facts refuse quotes and backslashes in keys: SQLite cannot spell them in a path.
        self.key = key
        super().__init__(column, **extra)

    def _filled(self, template: str, key: str, mark: str, compiler: Any) -> tuple[str, list[Any]]:
        column, params = compiler.compile(self.source_expressions[0])
        assert not params, "A part of JSON is taken from a column."
        return f"({template.format(c=column, k=mark)})", [key] * template.count("{k}")

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self._filled(self.sqlite, f'$."{self.key}"', "%s", compiler)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self._filled(self.postgresql, self.key, "%s::text", compiler)


class JsonText(JsonPart):
    output_field = CharField()
    sqlite = "CASE WHEN JSON_TYPE({c}, {k}) = 'text' THEN JSON_EXTRACT({c}, {k}) END"
    postgresql = "CASE WHEN jsonb_typeof({c} -> {k}) = 'string' THEN ({c} ->> {k}) COLLATE \"C\" END"


class JsonNumber(JsonPart):
    """As a double; a number too long for one is NULL, not an error of the whole query."""

    output_field = FloatField()
    sqlite = "CASE WHEN JSON_TYPE({c}, {k}) IN ('integer', 'real') THEN CAST(JSON_EXTRACT({c}, {k}) AS REAL) END"
    postgresql = (
        "CASE WHEN jsonb_typeof({c} -> {k}) = 'number' AND length({c} ->> {k}) < 280"
        " THEN ({c} ->> {k})::double precision END"
    )


class JsonBoolean(JsonPart):
    """1 or 0."""

    output_field = IntegerField()
    sqlite = "CASE JSON_TYPE({c}, {k}) WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"
    postgresql = (
        "CASE WHEN jsonb_typeof({c} -> {k}) = 'boolean' THEN CASE {c} ->> {k} WHEN 'true' THEN 1 ELSE 0 END END"
    )


class JsonPresent(JsonPart):
    """1 if the key holds anything but null and empty text, else 0 or NULL."""

    output_field = IntegerField()
    sqlite = (
        "CASE JSON_TYPE({c}, {k}) WHEN 'null' THEN 0 WHEN 'text' THEN JSON_EXTRACT({c}, {k}) <> ''"
        " ELSE JSON_TYPE({c}, {k}) IS NOT NULL END"
    )
    postgresql = (
        "CASE jsonb_typeof({c} -> {k}) WHEN 'null' THEN 0 WHEN 'string' THEN CASE {c} ->> {k} WHEN '' THEN 0 ELSE 1 END"
        " ELSE CASE WHEN {c} -> {k} IS NULL THEN 0 ELSE 1 END END"
    )


class JsonRaw(JsonPart):
    """The value as JSON text, for Python: read it with `raw_value`."""

    output_field = CharField()
    # Asked for two paths, SQLite answers with an array, which keeps true apart from 1 and text from numbers.
    sqlite = "JSON_EXTRACT({c}, {k}, {k})"
    postgresql = "jsonb_build_array({c} -> {k})::text"


class Found(Func):
    """A comparison that is false, not NULL, where there is no value: so that `none` of it is true."""

    template = "COALESCE((%(expressions)s), FALSE)"
    output_field = BooleanField()
    conditional = True


class Holding(Func):
    """Does the first text hold the second one: anywhere, at its start or at its end? No letter has a meaning of its own."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, text: Any, part: str, op: str, **extra: Any) -> None:
        self.op, self.length = op, len(part)
        super().__init__(text, Value(part), **extra)

    def as_sql(self, compiler: Any, connection: Any, *form: Any, **extra: Any) -> Any:
        text, given = compiler.compile(self.source_expressions[0])
        part, also = compiler.compile(self.source_expressions[1])
        on_sqlite = connection.vendor == "sqlite"
        if self.op == "contains":
            name = "INSTR" if on_sqlite else "STRPOS"
            return f"{name}({text}, {part}) > 0", [*given, *also]
        if self.op == "starts_with":
            return f"SUBSTR({text}, 1, {self.length}) = {part}", [*given, *also]
        cut = f"SUBSTR({text}, -{self.length})" if on_sqlite else f"RIGHT({text}, {self.length})"
        return f"{cut} = {part}", [*given, *also]


class DateShaped(Func):
    """Does the text begin like a date (10) or a moment (19)?"""

    output_field = BooleanField()
    conditional = True

    def __init__(self, text: Any, length: int, **extra: Any) -> None:
        self.length = length
        super().__init__(text, **extra)

    def as_sql(self, compiler: Any, connection: Any, *form: Any, **extra: Any) -> Any:
        text, params = compiler.compile(self.source_expressions[0])
        day, rest = "9999-99-99", "T99:99:99"
        shape = day if self.length == 10 else day + rest
        if connection.vendor == "sqlite":
            pattern = shape.replace("9", "[0-9]") + ("" if self.length == 10 else "*")
            return f"{text} GLOB %s", [*params, pattern]
        pattern = "^" + shape.replace("9", "[0-9]") + ("$" if self.length == 10 else "")
        return f"{text} ~ %s", [*params, pattern]


class Source:
    """A value of a contact or an event in SQL, as each type that it may have; None where it never has that type."""

    def __init__(
        self, *, text: Any = None, number: Any = None, boolean: Any = None, moment: Any = None, present: Q
    ) -> None:
        self.text, self.number, self.boolean, self.moment, self.present = text, number, boolean, moment, present


def json_source(path: str, key: str) -> Source:
    """A key of the JSON column at `path`."""
    column = F(path)
    return Source(
        text=JsonText(column, key),
        number=JsonNumber(column, key),
        boolean=JsonBoolean(column, key),
        present=Q(Found(Exact(JsonPresent(column, key), 1))),
    )


def comparison_q(asked: Comparison, source: Source, scope: Scope, zone_path: str) -> Q:
    """True or false, never NULL. `zone_path` leads to the contact's time zone."""
    if asked.op == "set":
        return source.present
    if asked.op == "not_set":
        return ~source.present
    if asked.op == "is_not":
        return ~_is(asked.value, source)
    if asked.op == "is":
        return _is(asked.value, source)
    if asked.op == "in":
        found = Q(pk__in=())
        for item in asked.value:  # type: ignore[union-attr]
            found |= _is(item, source)
        return found
    if asked.op in NUMBERS:
        return _number(asked, source)
    if asked.op in DATES:
        return _date(asked, source, scope, zone_path)
    if source.text is None:
        return Q(pk__in=())
    return Q(Found(Holding(Fold(source.text), fold(str(asked.value)), asked.op)))


def _is(wanted: Any, source: Source) -> Q:
    if isinstance(wanted, bool):
        kind, value = source.boolean, Value(int(wanted))
    elif isinstance(wanted, str):
        kind, value = source.text and Fold(source.text), Value(fold(wanted))
    else:
        kind, value = source.number, Value(float(wanted), FloatField())
    return Q(pk__in=()) if kind is None else Q(Found(Exact(kind, value)))


def _number(asked: Comparison, source: Source) -> Q:
    if source.number is None:
        return Q(pk__in=())
    low = Value(float(asked.value), FloatField())  # type: ignore[arg-type]
    if asked.op == "between":
        high = Value(float(asked.to or 0), FloatField())
        return Q(Found(GreaterThanOrEqual(source.number, low))) & Q(Found(LessThanOrEqual(source.number, high)))
    compare = {"gt": GreaterThan, "gte": GreaterThanOrEqual, "lt": LessThan, "lte": LessThanOrEqual}[asked.op]
    return Q(Found(compare(source.number, low)))


def _date(asked: Comparison, source: Source, scope: Scope, zone_path: str) -> Q:
    first, last, included = span_of(asked)
    now = scope.now

    def ends(say: Callable[[Target, tzinfo], Any], field: Any) -> list[Any]:
        found: list[Any] = []
        for end in (first, last):
            if end is None:
                found.append(None)
                continue
            at_home, others = zones.by_zone(scope.home, partial(say, end))
            whens = [When(**{f"{zone_path}__in": names}, then=Value(answer, field)) for answer, names in others.items()]
            found.append(
                Case(*whens, default=Value(at_home, field), output_field=field) if whens else Value(at_home, field)
            )
        return found

    if source.moment is not None:
        micros = ends(lambda end, zone: to_micros(moment_of(end, now, zone)), IntegerField())
        return _between(source.moment, micros, included)
    if source.text is None:
        return Q(pk__in=())
    days = ends(lambda end, zone: day_of(end, now, zone), CharField())
    seconds = ends(lambda end, zone: second(moment_of(end, now, zone)), CharField())
    of_day = Q(Found(DateShaped(source.text, 10))) & _between(source.text, days, included)
    start = Func(source.text, Value(1), Value(19), function="SUBSTR", output_field=CharField())
    return of_day | (Q(Found(DateShaped(source.text, 19))) & _between(start, seconds, included))


def _between(value: Any, ends: list[Any], included: bool) -> Q:
    at_least, at_most = (GreaterThanOrEqual, LessThanOrEqual) if included else (GreaterThan, LessThan)
    found = Q()
    if ends[0] is not None:
        found &= Q(Found(at_least(value, ends[0])))
    if ends[1] is not None:
        found &= Q(Found(at_most(value, ends[1])))
    return found
