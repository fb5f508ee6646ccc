"""All node kinds the product knows. What is unfit is refused at start-up, not at three in the morning."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from pydantic import ValidationError

from builder.errors import CatalogueError
from builder.nodes import GROUPS, TONES, NodeKind

_LOWER_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_kinds: dict[str, type[NodeKind]] = {}

K = TypeVar("K", bound=type[NodeKind])


def register(cls: K) -> K:
    """Add a kind; usable as a decorator; registering the same class twice changes nothing. Raises `CatalogueError`."""
    _check(cls)
    taken = _kinds.get(cls.kind)
    if taken is not None and taken is not cls:
        raise CatalogueError(f"{_name(cls)}: the kind “{cls.kind}” is taken by {_name(taken)}.")
    _kinds[cls.kind] = cls
    return cls


def unregister(cls: type[NodeKind]) -> None:
    """Take a kind out again. For tests."""
    if _kinds.get(cls.kind) is cls:
        del _kinds[cls.kind]


def get(kind: str) -> type[NodeKind] | None:
    """The class of a kind, or None for one that this release does not know."""
    return _kinds.get(kind)


def all() -> list[type[NodeKind]]:
    """Every kind, in the palette's order: by group and place, then as registered."""
    order = list(GROUPS)
    return sorted(_kinds.values(), key=lambda cls: (order.index(cls.group), cls.place))


def as_json(cls: type[NodeKind]) -> dict[str, Any]:
    """A kind as `GET /api/catalogue/` shows it: what the browser draws palette, node and form from."""
    return {
        "kind": cls.kind,
        "label": cls.label,
        "group": cls.group,
        "icon": cls.icon,
        "help": cls.help(),
        "ports": [port.as_json() for port in (*cls.ports, *cls.extra_ports)],
        "branch_field": cls.branch_field,
        "branch_tone": cls.branch_tone,
        "schema": schema(cls),
        "example": cls.example,
        "can_disable": cls.may_be_disabled(),
        "on_error": cls.on_error,
    }


_schemas: dict[type[NodeKind], dict[str, Any]] = {}


def schema(cls: type[NodeKind]) -> dict[str, Any]:
    """The JSON Schema of a kind's settings; computed once."""
    if cls not in _schemas:
        _schemas[cls] = cls.Settings.model_json_schema()
    return _schemas[cls]


def _name(cls: type[NodeKind]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _check(cls: type[NodeKind]) -> None:
    def refuse(why: str) -> CatalogueError:
        return CatalogueError(f"{_name(cls)}: {why}")

    if not _LOWER_SNAKE.fullmatch(cls.kind):
        raise refuse(f"the kind “{cls.kind}” is not lower_snake.")
    for part in ("label", "icon"):
        if not getattr(cls, part):
            raise refuse(f"it has no {part}.")
    if cls.group not in GROUPS:
        raise refuse(f"the group “{cls.group}” does not exist.")
    if not cls.__doc__:
        raise refuse("it has no docstring, which is the help that marketers read.")
    if cls.branch_field is not None and cls.branch_field not in cls.Settings.model_fields:
        raise refuse(f"its settings have no “{cls.branch_field}”, which should list the ways out.")
    try:
        cls.read(cls.example)
    except ValidationError as error:
        raise refuse(f"its example is not valid: {error}") from error
    ports = cls.ports_of(cls.example)
    names = [port.name for port in ports]
    for port in ports:
        if not _LOWER_SNAKE.fullmatch(port.name):
            raise refuse(f"the port “{port.name}” is not lower_snake.")
        if port.tone not in TONES:
            raise refuse(f"the port “{port.name}” has the unknown tone “{port.tone}”.")
        if names.count(port.name) > 1:
            raise refuse(f"two of its ports are called “{port.name}”.")
    schema(cls)
