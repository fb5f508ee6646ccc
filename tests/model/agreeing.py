"""A world is played by product and model; what they record must be the same."""

from __future__ import annotations

import json
from typing import Any

from django.db import DatabaseError, transaction

from tests.model.playing import Reference
from tests.model.real import Product


def differences(drawn: dict[str, Any], contents: list[int]) -> tuple[list[str], dict[str, Any]]:
    """In words, what the product recorded otherwise than the model; and the product's record. Leaves nothing behind."""
    with transaction.atomic():
        product = Product(drawn, contents)
        real = product.play()
        given = {
            "contacts": [person.pk for person in product.people],
            "workflows": [workflow.pk for workflow in product.workflows],
            "runs": product.run_numbers,
            "refused": product.refused,
        }
        transaction.set_rollback(True)
    told = Reference(drawn, **given).play()
    return list(compare("", told, real)), real


def modelled(drawn: dict[str, Any]) -> dict[str, Any]:
    """The model's record alone, with ids of no database."""
    people, edits = len(drawn["people"]), sum(step["do"] == "edit" for step in drawn["script"])
    runs = {number: [1_000 * number + n for n in range(100)] for number in range(1, people + 1)}
    workflows = range(1, len(drawn["workflows"]) + 1)
    contacts = range(1, people + 1)
    return Reference(drawn, contacts=contacts, workflows=workflows, runs=runs, refused=[False] * edits).play()


def compare(path: str, model: Any, product: Any) -> Any:
    if isinstance(model, dict) and isinstance(product, dict):
        for key in sorted(model.keys() | product.keys(), key=lambda key: (key == "counters", str(key))):
            yield from compare(f"{path}.{key}", model.get(key), product.get(key))
    elif isinstance(model, list) and isinstance(product, list):
        for place in range(max(len(model), len(product))):
            yield from compare(
                f"{path}.{place}",
                model[place] if place < len(model) else None,
                product[place] if place < len(product) else None,
            )
    elif model != product:
        yield f"{path[1:]}: the model says {model!r}, the product {product!r}"


def differ(drawn: dict[str, Any], contents: list[int]) -> bool:
    """Do they differ in this world? What the database refuses is a difference too."""
    try:
        return bool(differences(drawn, contents)[0])
    except DatabaseError:
        return True


def shrunk(drawn: dict[str, Any], contents: list[int]) -> dict[str, Any]:
    """A smaller world in which they still differ: without happenings and lines that do not matter."""

    def still(world: dict[str, Any]) -> bool:
        try:
            return bool(differences(world, contents)[0])
        except Exception:
            return False

    smaller = True
    while smaller:
        smaller = False
        for less in _lesser(drawn):
            if still(less):
                drawn, smaller = less, True
                break
    return drawn


def _lesser(drawn: dict[str, Any]) -> Any:
    script = drawn["script"]
    for size in (8, 4, 2, 1):
        for start in range(0, len(script), size):
            yield {**drawn, "script": script[:start] + script[start + size :]}
    for number, workflow in enumerate(drawn["workflows"]):
        for edge in workflow["edges"]:
            less = {**workflow, "edges": [one for one in workflow["edges"] if one is not edge]}
            yield {**drawn, "workflows": [*drawn["workflows"][:number], less, *drawn["workflows"][number + 1 :]]}


def told(drawn: dict[str, Any]) -> str:
    """A world as a person reads it."""
    lines = [f"workspace {drawn['zone']}, starting {drawn['start']}"]
    for number, person in enumerate(drawn["people"]):
        lines.append(f"person {number}: {json.dumps(person, ensure_ascii=False)}")
    for number, workflow in enumerate(drawn["workflows"]):
        lines.append(f"workflow {number}: {json.dumps(workflow['settings'])}")
        for node in workflow["nodes"]:
            ways = " ".join(f"{e['port']}->{e['target']}" for e in workflow["edges"] if e["source"] == node["id"])
            more = "" if node["enabled"] else " OFF"
            more += f" on_error={node['on_error']}" if node.get("on_error") else ""
            lines.append(
                f"  {node['id']} {node['kind']}{more} {json.dumps(node['settings'], ensure_ascii=False)} {ways}"
            )
    for name, tree in drawn["segments"].items():
        lines.append(f"segment {name}: {json.dumps(tree)}")
    lines += [f"- {json.dumps(step, ensure_ascii=False)}" for step in drawn["script"]]
    return "\n".join(lines)
