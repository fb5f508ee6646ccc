"""The facts there are. Contacts brings its own; other apps add theirs when they start."""

from __future__ import annotations

import re

from django.core.exceptions import ImproperlyConfigured
from pydantic import ValidationError

from contacts.conditions.fact import GROUPS, Fact

_facts: dict[str, Fact] = {}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class BadFact(ImproperlyConfigured):
    """A fact that cannot be registered: refused when the program starts, not at three in the morning."""


def register(cls: type[Fact]) -> type[Fact]:
    """Class decorator. Refuses a taken name, an unknown group, no docstring and an example that is not valid.

    The same class again changes nothing, so that start-up may run twice.
    """
    name = cls.__dict__.get("fact", "")
    taken = _facts.get(name)
    if taken is not None:
        if type(taken).__qualname__ == cls.__qualname__ and type(taken).__module__ == cls.__module__:
            return cls
        raise BadFact(f"The fact “{name}” is taken by {type(taken).__module__}.{type(taken).__qualname__}.")
    if not _NAME.fullmatch(name):
        raise BadFact(f"{cls.__qualname__}: a fact's name is lower_snake, not “{name}”.")
    if cls.group not in GROUPS:
        raise BadFact(f"The fact “{name}” names the group “{cls.group}”, which does not exist.")
    if not cls.__doc__:
        raise BadFact(f"The fact “{name}” has no docstring: it is the help text.")
    if not cls.examples:
        raise BadFact(f"The fact “{name}” shows no example.")
    for example in cls.examples:
        if example.get("fact") != name:
            raise BadFact(f"An example of “{name}” is about “{example.get('fact')}”.")
        try:
            cls.Settings.model_validate({key: value for key, value in example.items() if key != "fact"})
        except ValidationError as error:
            raise BadFact(f"An example of the fact “{name}” is not valid: {error}") from error
    _facts[name] = cls()
    return cls


def get(name: str) -> Fact | None:
    return _facts.get(name)


def facts() -> dict[str, Fact]:
    """All facts by name, in the order of the browser's menu."""
    order = list(GROUPS)
    return dict(sorted(_facts.items(), key=lambda item: (order.index(item[1].group), item[1].label)))


def forget(name: str) -> None:
    """Take a fact out again: for tests that bring one of their own."""
    _facts.pop(name, None)
