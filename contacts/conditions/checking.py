"""All that is wrong with a condition, and what could change its answer."""

from __future__ import annotations

from typing import Any

from contacts.conditions import registry, segments
from contacts.conditions.fact import GROUPS
from contacts.conditions.tree import BadCondition, Problem, parse, read, walk


def problems(tree: Any, graph: Any = None) -> list[Problem]:
    """In words a marketer can act on, all at once, each with its path. Never raises.

    `graph` is the drawing of the workflow that the condition stands in (its `nodes` by id); without one, facts and windows
    that need a run are problems. Looks up the fields and segments that the condition names.
    """
    node, found = read(tree)
    named = False
    for leaf in walk(node):
        here = f"{leaf.path}." if leaf.path else ""
        named = named or leaf.fact.fact == "segment"
        found.extend(Problem(f"{here}{key}", message) for key, message in leaf.fact.problems(leaf.settings, graph))
    if named and not found and (round_ := segments.circle(tree)):
        found.append(Problem("", f"The segment “{round_}” leads back to itself."))
    return found


def topics(tree: Any) -> set[str]:
    """The names of the events that can change the answer. Segments count with all they ask. Empty for facts of time alone."""
    try:
        root = segments.expand(tree)
    except BadCondition:
        try:
            root = parse(tree)
        except BadCondition:
            root, _ = read(tree)
    return {topic for leaf in walk(root) for topic in leaf.fact.topics(leaf.settings)}


def catalogue() -> list[dict[str, Any]]:
    """The facts for the browser, which draws their forms from the JSON Schemas."""
    return [
        {
            "fact": fact.fact,
            "label": fact.label,
            "group": fact.group,
            "group_label": GROUPS[fact.group],
            "help": " ".join((type(fact).__doc__ or "").split()),
            "schema": fact.Settings.model_json_schema(by_alias=True),
            "example": fact.examples[0],
            "topics_hint": sorted(_hint(fact)),
        }
        for fact in registry.facts().values()
    ]


def _hint(fact: Any) -> set[str]:
    example = {key: value for key, value in fact.examples[0].items() if key != "fact"}
    return set(fact.topics(fact.Settings.model_validate(example)))
