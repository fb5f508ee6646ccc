"""Where a contact's data lies: every table of the project that points at contacts, found by looking, not by a list.

A table holds contacts when it has a foreign key to Contact, or a whole number named `contact_id` (tables that may one
day live on another server have no key). Other apps say what looking cannot find (a catcher's mails, counters) with
`on_erase`, `on_merge` and `on_export`, at start-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from django.apps import apps
from django.db import models

from contacts.models import Contact

Erase = Callable[[list[Contact]], None]
Merge = Callable[[Contact, Contact], None]
Export = Callable[[Contact], dict[str, list[dict[str, Any]]]]

_Hook = TypeVar("_Hook")

erasers: list[Erase] = []
mergers: list[Merge] = []
exporters: list[Export] = []


class Holding(NamedTuple):
    model: type[models.Model]
    column: str

    def of(self, contact_ids: list[int]) -> models.QuerySet[Any]:
        return self.model._base_manager.filter(**{f"{self.column}__in": contact_ids})


def on_erase(hook: Erase) -> Erase:
    """Call `hook(contacts)` inside the transaction, before their rows are deleted everywhere. `contacts` are locked."""
    return _once(erasers, hook)


def on_merge(hook: Merge) -> Merge:
    """Call `hook(keep, drop)` inside the transaction, before rows of `drop` are given to `keep`."""
    return _once(mergers, hook)


def on_export(hook: Export) -> Export:
    """What `hook(contact)` answers joins the export: rows by a title, as plain values."""
    return _once(exporters, hook)


def holdings() -> Iterator[Holding]:
    """Every table that holds contacts, Contact itself left out."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed or model is Contact:
            continue
        for column in model._meta.concrete_fields:
            if isinstance(column, models.ForeignKey):
                if column.related_model is Contact:
                    yield Holding(model, column.attname)
            elif column.attname == "contact_id" and isinstance(column, models.IntegerField):
                yield Holding(model, column.attname)


def _once(hooks: list[_Hook], hook: _Hook) -> _Hook:
    if hook not in hooks:
        hooks.append(hook)
    return hook
