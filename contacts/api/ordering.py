"""Sorting by an allow-list, with the id as the last word so that pages never overlap."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet


class Ordering(django_filters.OrderingFilter):
    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        ordered: QuerySet[Any] = super().filter(qs, value)
        return ordered.order_by(*ordered.query.order_by, "-pk")


def ordering(*names: str) -> Ordering:
    """`?ordering=-created_at`; any other name is refused."""
    return Ordering(fields=[(name, name) for name in names])
