"""Who may know whom: engine -> {builder, engine.messaging} -> contacts. Builder and messaging are strangers."""

from __future__ import annotations

import sys

import pytest
from django.apps import apps

from tests.house.source import files, imports

# area -> the areas of ours that it may import
MAY_IMPORT = {
    "contacts": {"contacts"},
    "builder": {"builder", "contacts"},
    "engine.messaging": {"engine.messaging", "contacts"},
    "engine": {"engine", "engine.messaging", "builder", "contacts"},
}
SETTINGS_PACKAGE = "trellis"


def area(module: str) -> str | None:
    """The area of ours that a dotted module lies in; None for other people's code."""
    if module == "engine.messaging" or module.startswith("engine.messaging."):
        return "engine.messaging"
    top = module.split(".")[0]
    return top if top in (*MAY_IMPORT, SETTINGS_PACKAGE, "tests") else None


def test_the_walls_between_the_apps_hold() -> None:
    wrong = [
        str(found)
        for path in files("contacts", "builder", "engine")
        for found in imports(path)
        if (target := area(found.module)) and target not in MAY_IMPORT[area(path.replace("/", ".")) or ""]
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_inside_functions_are_seen() -> None:
    """The wall would be worth little if a late import went round it."""
    lazily = [found for found in imports("contacts/clock.py") if found.module == "contacts.durations.parse"]
    assert lazily, "contacts/clock.py imports durations inside a method; the reader of imports missed it"


@pytest.mark.parametrize("label", ["contacts", "builder", "messaging", "engine"])
def test_foreign_keys_point_the_same_way_as_imports(label: str) -> None:
    wrong = [
        f"{model._meta.label}.{field.name} points to {field.related_model._meta.label}"
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.get_fields()
        if field.is_relation
        and not field.auto_created
        and field.related_model
        and not isinstance(field.related_model, str)
        if (target := area(field.related_model.__module__)) and target not in MAY_IMPORT[area(model.__module__) or ""]
    ]
    assert not wrong, "\n".join(wrong)


def test_the_reference_model_knows_nothing_of_the_product() -> None:
    """It is a second opinion only as long as it imports the standard library and itself."""
    seen = [found for path in files("tests/model/reference") for found in imports(path)]
    assert len(seen) > 50
    own = "tests.model.reference"
    wrong = [
        str(found)
        for found in seen
        if found.module.split(".")[0] not in sys.stdlib_module_names and not found.module.startswith(own)
    ]
    assert not wrong, "\n".join(wrong)
