"""A condition's JSON as values. Whatever stands there, reading it collects problems in words and never fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import ValidationError

from contacts.conditions import registry
from contacts.conditions.fact import Fact

GROUP_NAMES = ("all", "any", "none")
MAX_DEPTH = 20
MAX_LEAVES = 100
MAX_TEXT = 1_000


class Problem(NamedTuple):
    """What is wrong, and where: `path` is dotted, such as "all.1.node"; "" is the condition as a whole."""

    path: str
    message: str


class BadCondition(ValueError):
    """This condition cannot be read."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{path or 'condition'}: {message}" for path, message in problems[:5]))


@dataclass(frozen=True, slots=True)
class Leaf:
    fact: Fact
    settings: Any
    path: str


@dataclass(frozen=True, slots=True)
class Group:
    kind: str
    parts: tuple[Group | Leaf, ...]


Node = Group | Leaf
EMPTY = Group("all", ())


def read(tree: Any) -> tuple[Node, list[Problem]]:
    """The tree, without what could not be read, and all that is wrong with it. No queries."""
    found: list[Problem] = []
    if tree is None:
        return EMPTY, found
    counted = [0]
    node = _read(tree, "", 1, found, counted)
    if counted[0] > MAX_LEAVES:
        found.append(Problem("", f"A condition may ask at most {MAX_LEAVES} things; this one asks {counted[0]}."))
    return node or EMPTY, found


def parse(tree: Any) -> Node:
    """The tree of a valid condition; raises `BadCondition`. Kept for the next time, so that a batch pays for no parsing."""
    if not tree:
        return EMPTY
    try:
        return _parsed(json.dumps(tree, sort_keys=False))
    except (TypeError, RecursionError) as error:
        raise BadCondition([Problem("", "This is not JSON.")]) from error


@lru_cache(maxsize=2048)
def _parsed(text: str) -> Node:
    node, problems = read(json.loads(text))
    if problems:
        raise BadCondition(problems)
    return node


def walk(node: Node) -> Iterator[Leaf]:
    """The leaves from left to right."""
    if isinstance(node, Leaf):
        yield node
    else:
        for part in node.parts:
            yield from walk(part)


def leaves(tree: Any) -> list[dict[str, Any]]:
    """The leaves of any tree, valid or not, as they stand in the JSON. Never raises."""
    found: list[dict[str, Any]] = []
    stack = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        if not isinstance(node, dict) or depth > MAX_DEPTH + 1:
            continue
        if "fact" in node:
            found.append(node)
            continue
        for name in GROUP_NAMES:
            parts = node.get(name)
            if isinstance(parts, list):
                stack.extend((part, depth + 1) for part in reversed(parts))
    return found


def _read(tree: Any, path: str, depth: int, found: list[Problem], counted: list[int]) -> Node | None:
    if not isinstance(tree, dict):
        found.append(Problem(path, "A condition is an object: a fact, or a group “all”, “any” or “none”."))
        return None
    if "fact" in tree:
        counted[0] += 1
        return _leaf(tree, path, found) if counted[0] <= MAX_LEAVES else None
    if not tree and not path:
        return EMPTY
    kinds = [name for name in GROUP_NAMES if name in tree]
    extra = [str(key)[:60] for key in tree if key not in GROUP_NAMES]
    if extra:
        found.append(Problem(path, f"“{extra[0]}” is not known here. A group has one key: “all”, “any” or “none”."))
    if len(kinds) != 1:
        if kinds or not extra:
            found.append(Problem(path, "A group has exactly one of “all”, “any” and “none”."))
        return None
    kind = kinds[0]
    parts = tree[kind]
    inside = f"{path}.{kind}" if path else kind
    if not isinstance(parts, list):
        found.append(Problem(inside, f"“{kind}” holds a list."))
        return None
    if depth > MAX_DEPTH:
        found.append(Problem(path, f"Groups may be nested {MAX_DEPTH} deep at most."))
        return None
    if kind == "any" and not parts:
        found.append(
            Problem(inside, "“Any of” without anything in it lets nobody through. Add something, or remove it.")
        )
    read = (_read(part, f"{inside}.{place}", depth + 1, found, counted) for place, part in enumerate(parts))
    kept = tuple(part for part in read if part is not None)
    # A group of one that says no more than its part is its part: the common form of a single question.
    return kept[0] if len(kept) == 1 and kind != "none" else Group(kind, kept)


def _leaf(tree: dict[str, Any], path: str, found: list[Problem]) -> Leaf | None:
    name = tree["fact"]
    fact = registry.get(name) if isinstance(name, str) else None
    here = f"{path}." if path else ""
    if fact is None:
        found.append(Problem(f"{here}fact", f"“{str(name)[:60]}” is not a fact this Trellis knows."))
        return None
    try:
        settings = fact.Settings.model_validate({key: value for key, value in tree.items() if key != "fact"})
    except ValidationError as error:
        found.extend(_in_words(here, fault) for fault in error.errors(include_url=False)[:20])
        return None
    return Leaf(fact, settings, path)


def _in_words(here: str, fault: Any) -> Problem:
    """Pydantic's finding as a marketer reads it."""
    place = ".".join(str(part) for part in fault["loc"])
    key, kind, context = (place.split(".")[0] or "it"), fault["type"], fault.get("ctx", {})
    message = {
        "missing": f"“{key}” is missing.",
        "extra_forbidden": f"“{key[:60]}” is not known here.",
        "literal_error": f"“{key}” should be {context.get('expected', 'one of the choices')}.",
        "string_type": f"“{key}” should be text.",
        "int_type": f"“{key}” should be a whole number.",
        "bool_type": f"“{key}” should be true or false.",
        "list_type": f"“{key}” should be a list.",
        "string_too_short": f"“{key}” is empty.",
        "string_too_long": f"“{key}” is longer than {context.get('max_length')} characters.",
        "too_short": f"“{key}” is empty.",
        "too_long": f"“{key}” has more than {context.get('max_length')} entries.",
        "greater_than_equal": f"“{key}” should be at least {context.get('ge')}.",
        "less_than_equal": f"“{key}” should be at most {context.get('le')}.",
    }.get(kind)
    if kind == "value_error":
        message = str(context.get("error", fault["msg"]))
    return Problem(f"{here}{place}".rstrip("."), message or f"“{key}”: {fault['msg']}.")
