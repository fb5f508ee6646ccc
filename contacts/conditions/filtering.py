"""Segments: a condition as one SQL filter over contacts."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from contacts.conditions import segments
from contacts.conditions.scope import Scope
from contacts.conditions.tree import Leaf, Node
from contacts.models.contact import ContactQuerySet


def matching(tree: Any, contacts: ContactQuerySet, **bounds: Any) -> ContactQuerySet:
    """Those of `contacts` for whom the condition holds: a filter, no query yet. `bounds` go to the scope (now, zone).

    There is no run here: what counts since a run or a node is false. Raises `BadCondition` like `decide`.
    """
    return contacts.filter(_filter(segments.expand(tree), Scope(rows=contacts, **bounds)))


def _filter(node: Node, scope: Scope) -> Q:
    if isinstance(node, Leaf):
        return node.fact.sql(node.settings, scope)
    parts = [_filter(part, scope) for part in node.parts]
    found = Q()
    if node.kind == "all":
        for part in parts:
            found &= part
        return found
    if not parts:
        return Q(pk__in=()) if node.kind == "any" else Q()
    for part in parts:
        found |= part
    return ~found if node.kind == "none" else found
