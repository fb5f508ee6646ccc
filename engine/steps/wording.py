"""What a step that sends writes to each of its people: variants drawn by weight, resends that repeat what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from builder.problem import Problem
from contacts.durations import BadDuration, parse
from engine import winners
from engine.batch import Batch, Token
from engine.messaging import content
from engine.messaging.models import Message, Wording
from engine.program import Node
from engine.steps.split import position

NAMES = "ABCDE"


class Words(NamedTuple):
    """`body`: the step's own words beside or instead of the content. One object for all who get the same."""

    content_version_id: int | None
    body: dict[str, Any] | None
    topic: str
    says_all: bool = False  # no content is needed: the step's own words are the message


class Variant(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str = Field(pattern="^[A-E]$", title="Variant")
    weight: float = Field(ge=0, le=100, title="Share (%)")


class AutomaticWinner(BaseModel):
    """After the test, everybody gets the variant that did best."""

    model_config = ConfigDict(extra="allow")

    metric: Literal["opened", "clicked"] = Field(
        "opened", title="Best at being", json_schema_extra={"x-labels": {"opened": "Opened", "clicked": "Clicked"}}
    )
    window: str = Field(
        "P1D", title="Each reader has", json_schema_extra={"x-widget": "duration"}, description="From the hand-off."
    )
    least: int = Field(
        100,
        title="Readers per variant, at least",
        ge=1,
        le=10_000_000,
        description="Decided once all have that many, if the difference is proven (95 %). No difference keeps the shares.",
    )
    after: str | None = Field(
        None,
        title="Or the best so far, after",
        json_schema_extra={"x-widget": "duration"},
        description="From the first hand-off, proven or not.",
    )


def source_of(batch: Batch) -> Node:
    """The step whose message this one sends: itself, or the one that it (or the one that it repeats) sends again."""
    node = batch.node
    while node.settings.same_as:
        node = batch.program.nodes[node.settings.same_as]
    return node


def chosen(batch: Batch, node: Node, tokens: Sequence[Token]) -> dict[int, Any]:
    """Contact -> the variant it gets at `node`: the winner, else by hash of workflow, node and contact. One query if there is
    an automatic winner to look for, else none."""
    variants = node.settings.variants
    if not variants:
        return {}
    won = winners.of(batch.program.workflow_id, node.id, variants) if node.settings.winner else None
    if won is not None:
        return dict.fromkeys([token.contact_id for token in tokens], won)
    return {token.contact_id: drawn(variants, token.workflow_id, node.id, token.contact_id) for token in tokens}


def drawn(variants: Sequence[Any], workflow_id: int, node: str, contact_id: int) -> Any:
    place, edge = position(workflow_id, node, contact_id), 0.0
    for variant in variants:
        edge += variant.weight
        if place < edge:
            return variant
    return variants[-1]


def repeated(batch: Batch, source: Node, tokens: Sequence[Token]) -> dict[int, Any]:
    """Contact -> the variant that `source` sent to it in this run; who got none is drawn as there. Two queries."""
    variants = {variant.name: variant for variant in source.settings.variants}
    if not variants:
        return {}
    rows = Message.objects.filter(
        contact_id__in=[token.contact_id for token in tokens],
        run_id__in=[token.id for token in tokens],
        node=source.id,
        wording__isnull=False,
    )
    got = dict(rows.order_by("nth").values_list("contact_id", "wording_id"))
    bodies = dict(Wording.objects.filter(pk__in=set(got.values())).values_list("id", "body"))
    found = {
        contact: variants[name]
        for contact, wording in got.items()
        if (name := (bodies.get(wording) or {}).get("variant")) in variants
    }
    return chosen(batch, source, tokens) | found


def by_words(tokens: Iterable[Token], *choices: Mapping[int, Any]) -> list[tuple[tuple[Any, ...], list[Token]]]:
    """People grouped by what they get of each choice (None where a choice says nothing)."""
    groups: dict[tuple[str | None, ...], tuple[tuple[Any, ...], list[Token]]] = {}
    for token in tokens:
        picks = tuple(choice.get(token.contact_id) for choice in choices)
        key = tuple(pick and pick.name for pick in picks)
        groups.setdefault(key, (picks, []))[1].append(token)
    return list(groups.values())


def variant_problems(node: Any, variants: Any) -> Iterable[Problem]:
    """What the schema cannot see: two variants at least, each once, weights that make 100."""
    if not variants:
        if node.settings.get("winner"):
            yield Problem(node.id, "winner", "There are no variants to choose a winner from")
        return
    yield from _winner_problems(node)
    names = [variant.get("name") for variant in variants]
    if len(variants) < 2:
        yield Problem(node.id, "variants", "One variant alone is no test: add another, or remove it")
    if len(set(names)) < len(names):
        yield Problem(node.id, "variants", "Two variants have the same name")
    total = sum(variant.get("weight", 0) for variant in variants)
    if abs(total - 100) > 0.01:
        yield Problem(node.id, "variants", f"The shares make {total:g} %, not 100 %")


def _winner_problems(node: Any) -> Iterable[Problem]:
    winner = node.settings.get("winner") or {}
    for field in ("window", "after"):
        text = winner.get(field)
        if text is None:
            continue
        try:
            seconds = parse(text).approximate_seconds()
        except BadDuration as error:
            yield Problem(node.id, f"winner.{field}", str(error))
            continue
        if not 60 <= seconds <= 366 * 86_400:
            yield Problem(node.id, f"winner.{field}", "The time lies between 1 minute and 1 year")


def text_problems(node: Any, fields: Sequence[str]) -> Iterable[Problem]:
    """What is wrong with the Liquid of the step's own texts, its variants' included: said before anybody is written to."""
    texts = {field: node.settings.get(field) or "" for field in fields}
    for place, variant in enumerate(node.settings.get("variants") or ()):
        texts |= {f"variants.{place}.{field}": variant.get(field) or "" for field in fields}
    for field, message, severity in content.text_problems({field: text for field, text in texts.items() if text}):
        yield Problem(node.id, field, message, "warning" if severity == "warning" else "error")


__all__ = [
    "NAMES",
    "AutomaticWinner",
    "Variant",
    "Words",
    "by_words",
    "chosen",
    "drawn",
    "repeated",
    "source_of",
    "text_problems",
    "variant_problems",
]
