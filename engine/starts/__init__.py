"""What can start a workflow. Each file here is a family of starts; a class more is a choice more of the trigger's "Starts when".

A start says which event it hears, which of them fit its own options, and who would qualify already. Starts that go by the
clock record nothing: `engine.alarms` rings for them.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from engine.starts.base import SECTIONS, Start

__all__ = ["SECTIONS", "Start", "all", "get"]


@cache
def _known() -> dict[str, type[Start]]:
    found: dict[str, type[Start]] = {}
    for module in pkgutil.iter_modules(__path__):
        for cls in vars(importlib.import_module(f"{__name__}.{module.name}")).values():
            if not (isinstance(cls, type) and issubclass(cls, Start) and cls.on):
                continue
            if found.setdefault(cls.on, cls) is not cls:
                raise RuntimeError(f"Two starts are called “{cls.on}”.")
            if cls.section not in SECTIONS or not cls.label or not cls.came:
                raise RuntimeError(f"The start “{cls.on}” lacks its section, label or words for the why.")
    order = list(SECTIONS)
    return dict(sorted(found.items(), key=lambda item: (order.index(item[1].section), item[1].place)))


def all() -> list[type[Start]]:
    """Every start, in the menu's order."""
    return list(_known().values())


def get(on: str) -> type[Start]:
    """The start of this name; raises KeyError for one that this release does not know."""
    return _known()[on]
