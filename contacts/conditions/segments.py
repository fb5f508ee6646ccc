"""Segments inside conditions: their trees are put in where they are named, so that all is still one query."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from contacts.conditions.known import is_remembering, known
from contacts.conditions.tree import BadCondition, Group, Node, Problem, parse, walk
from contacts.models import Segment

# Segments within segments within segments; and how much one condition may become when all are put in.
MAX_NESTING = 10
MAX_LEAVES = 1_000


def expand(tree: Any) -> Node:
    """The condition with the segments it names put in. No query unless it names some; then one for each level of nesting.

    A segment that was deleted holds nobody. Raises `BadCondition` if segments name each other in a circle.
    """
    root = parse(tree)
    named = _named(root)
    if not named:
        return root
    known: dict[int | str, tuple[int, Node] | None] = {}
    wanted = named
    for _ in range(MAX_NESTING + 1):
        missing = [name for name in wanted if name not in known]
        if not missing:
            break
        known.update(_load(missing))
        wanted = {name for key in missing if (found := known[key]) for name in _named(found[1])}
    return _put_in(root, known, (), [0])


def find(names: set[int | str]) -> dict[int | str, Segment]:
    """The segments of these ids and names. One query; one for all, where somebody is `remembering`."""
    ids = [name for name in names if isinstance(name, int)]
    texts = [name for name in names if isinstance(name, str)]
    if is_remembering():
        rows = known("segments", lambda: list(Segment.objects.all()))
    else:
        rows = list(Segment.objects.filter(Q(pk__in=ids) | Q(name__in=texts)))
    by_id, by_name = {row.pk: row for row in rows}, {row.name: row for row in rows}
    found = {name: by_id.get(name) if isinstance(name, int) else by_name.get(name) for name in names}
    return {name: row for name, row in found.items() if row is not None}


def circle(tree: Any, own: Segment | None = None) -> str | None:
    """The name of a segment that leads back to itself (or to `own`, which is about to get this tree); None if none does."""
    try:
        root = parse(tree)
        loaded: dict[int | str, Segment] = {}
        wanted = _named(root)
        while missing := {name for name in wanted if name not in loaded}:
            found = find(missing)
            loaded.update(found)
            wanted = set().union(*(_named(_parse(row.condition)) for row in found.values()))
            if len(loaded) > 1_000:
                break
        return _circle(root, loaded, (own.pk,) if own and own.pk else ())
    except BadCondition:
        return None


def _circle(node: Node, loaded: dict[int | str, Segment], above: tuple[int, ...]) -> str | None:
    for name in _named(node):
        row = loaded.get(name)
        if row is None:
            continue
        if row.pk in above or len(above) > MAX_NESTING:
            return row.name
        found = _circle(_parse(row.condition), loaded, (*above, row.pk))
        if found:
            return found
    return None


def _parse(tree: Any) -> Node:
    """A stored segment's tree; one that cannot be read holds nobody."""
    try:
        return parse(tree)
    except BadCondition:
        return Group("any", ())


def _named(node: Node) -> set[int | str]:
    return {leaf.settings.is_ for leaf in walk(node) if leaf.fact.fact == "segment"}


def _load(names: list[int | str]) -> dict[int | str, tuple[int, Node] | None]:
    found = find(set(names))
    return {name: (row.pk, _parse(row.condition)) if (row := found.get(name)) else None for name in names}


def _put_in(
    node: Node, known: dict[int | str, tuple[int, Node] | None], above: tuple[int, ...], counted: list[int]
) -> Node:
    if isinstance(node, Group):
        return Group(node.kind, tuple(_put_in(part, known, above, counted) for part in node.parts))
    if node.fact.fact != "segment":
        counted[0] += 1
        if counted[0] > MAX_LEAVES:
            raise BadCondition([Problem("", f"With its segments this condition asks more than {MAX_LEAVES} things.")])
        return node
    found = known.get(node.settings.is_)
    if found is None:
        return Group("any", ())
    pk, tree = found
    if pk in above or len(above) >= MAX_NESTING:
        raise BadCondition([Problem(node.path, "Segments name each other in a circle, or too deep.")])
    return _put_in(tree, known, (*above, pk), counted)
