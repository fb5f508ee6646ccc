"""The node kinds. Each file in this folder is one; `load` registers them all, so a file more is a kind more."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every kind and enter it in the catalogue. Raises `builder.errors.CatalogueError` for an unfit one."""
    from builder import catalogue
    from engine.steps.base import Step

    for module in pkgutil.iter_modules(__path__):
        for found in vars(importlib.import_module(f"{__name__}.{module.name}")).values():
            if (
                isinstance(found, type)
                and issubclass(found, Step)
                and found.kind
                and found.__module__.endswith(module.name)
            ):
                catalogue.register(found)
