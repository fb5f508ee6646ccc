"""The one query of a batch: leaves order columns here, equal orders share one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import BigIntegerField, ExpressionWrapper, F, OuterRef

from contacts.conditions.fact import Row
from contacts.conditions.scope import Scope


def micros(path: str) -> ExpressionWrapper:
    """A moment at `path` as the number of microseconds that the database keeps."""
    return ExpressionWrapper(F(path), output_field=BigIntegerField())


class Columns:
    """Each method answers with the place of the column in the query's rows; place 0 is the row's id."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.annotations: dict[str, Any] = {}
        self.names: list[str] = ["pk"]
        self._places: dict[Hashable, int] = {}

    def add(self, expression: Any, key: Hashable | None = None) -> int:
        """Any expression over the row. Expressions with the same `key` are the same column."""
        if key is not None and key in self._places:
            return self._places[key]
        alias = f"c{len(self.annotations)}"
        self.annotations[alias] = expression
        self.names.append(alias)
        place = len(self.names) - 1
        if key is not None:
            self._places[key] = place
        return place

    def field(self, name: str) -> int:
        """A column of the contact."""
        path = self.scope.prefix + name
        if path not in self._places:
            self.names.append(path)
            self._places[path] = len(self.names) - 1
        return self._places[path]

    def moment(self, path: str) -> int:
        """A moment of the row, in microseconds."""
        return self.add(micros(path), ("moment", path))

    def began(self) -> int | None:
        """From when on behaviour counts "since the run began", in microseconds; None outside runs."""
        if not self.scope.started:
            return None
        expression = self.scope.began()
        return self.moment(self.scope.started) if expression is None else self.add(expression, ("began",))

    def anchor(self, node: str) -> int | None:
        """When the run was last at this node, in microseconds or NULL; None outside runs."""
        key = ("anchor", node)
        if key not in self._places:
            expression = self.scope.anchor(node) if self.scope.run else None
            if expression is None:
                return None
            return self.add(expression, key)
        return self._places[key]

    def outer(self, place: int) -> OuterRef:
        """A column ordered before, for use within a subquery."""
        return OuterRef(self.names[place])

    @property
    def contact(self) -> OuterRef:
        """The contact's id, for use within a subquery."""
        return OuterRef(self.scope.contact)

    @property
    def run(self) -> Any:
        """The run's id, for use within a subquery; None outside runs."""
        return OuterRef(self.scope.run) if self.scope.run else None

    def rows(self) -> Sequence[Row]:
        """Runs the query: the row's id and all columns ordered, as the database gives them."""
        rows = self.scope.rows.order_by()
        if self.annotations:
            rows = rows.annotate(**self.annotations)
        query = rows.values_list(*self.names).query
        try:
            sql, params = query.get_compiler(rows.db).as_sql()
        except EmptyResultSet:
            return []
        # Past the queryset's own iterator, which converts and copies each row: 1 us of 4.
        with connections[rows.db].cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall()  # type: ignore[no-any-return]
