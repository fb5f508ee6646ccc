"""Every why is a sentence: each code that a step may write has its words, and none is ever shown as it is stored."""

from __future__ import annotations

import ast
import re

import pytest

from builder import catalogue
from builder.actions.create import create
from contacts import clock, conditions
from contacts.conditions.wording import why_sentence
from engine import history
from engine.models.refusal import REASONS
from engine.simulate import Asked, Choice, simulate
from engine.steps.message import REFUSALS
from tests.engine.test_contract import KINDS, around
from tests.house.source import files, tree
from tests.simulate.test_simulation import ALICE, NOW

pytestmark = pytest.mark.django_db

# Modules that move, end or decide about people.
LOOKS_AT = re.compile(r"engine/(steps/\w+|\w+)\.py")


def written_codes() -> dict[str, str]:
    """code -> where: the first word of every list within a list, which is how a why is written: [["timeout", "P2D"]]."""
    found: dict[str, str] = {}
    for path in files("engine"):
        if not LOOKS_AT.fullmatch(path):
            continue
        for outer in ast.walk(tree(path)):
            for inner in getattr(outer, "elts", ()) if isinstance(outer, ast.List) else ():
                first = inner.elts[0] if isinstance(inner, ast.List) and inner.elts else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found[first.value] = f"{path}:{first.lineno}"
    return found


def worded_codes() -> set[str]:
    """Every text that a function which words whys compares with."""
    found: set[str] = set()
    for path in files("engine"):
        for function in ast.walk(tree(path)):
            if isinstance(function, ast.FunctionDef) and function.name in ("why_words", "common_words"):
                found |= {
                    part.value
                    for part in ast.walk(function)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return found


def test_each_code_that_is_written_has_its_words() -> None:
    codes = written_codes()
    assert len(codes) > 8, "the reader of codes reads nothing any more"
    known = worded_codes() | set(conditions.facts())
    assert {code: where for code, where in codes.items() if code not in known} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_visit_of_every_kind_says_why(kind: str) -> None:
    with clock.freeze(NOW):
        workflow = create(name=kind, user=None, document=around(kind))
        plain = simulate(workflow, Asked(persona=ALICE))
        ports = [one["port"] for visit in plain["visits"] for one in visit["choices"] if visit["node"] == "n2"]
        for choices in [(), *((Choice("n2", port=port),) for port in ports)]:
            for visit in simulate(workflow, Asked(persona=ALICE, choices=choices))["visits"]:
                if visit["left_at"] is not None:
                    is_a_sentence(visit["why"], f"{kind}, {choices}")


def is_a_sentence(text: str, where: str) -> None:
    assert text and text[0].isupper() | (text[0] in "“0123456789") and text.rstrip()[-1] in ".!?”", (where, text)
    assert not re.search(r"\b[a-z]+_[a-z_]+\b|\[\[|\{|None|\bP\d+[DWMY]\b|\bPT\d", text), (where, text)


def test_a_code_of_another_release_is_left_out_rather_than_shown() -> None:
    assert history.common_words(["code_of_tomorrow", 1], _Names()) is None
    assert why_sentence([["code_of_tomorrow", True, {}], ["other_code"], "junk", None]) == ""


class _Names:
    def node(self, node: str) -> str:
        return node


@pytest.mark.parametrize("reason", sorted(REFUSALS))
def test_each_refusal_of_the_gate_is_words(reason: str) -> None:
    step = catalogue.get("email")
    text = step.why_words(["skipped", reason], _Names(), None)  # type: ignore[union-attr, arg-type]
    is_a_sentence(text, reason)


def test_each_reason_at_the_door_is_words() -> None:
    for reason, words in REASONS.items():
        is_a_sentence(f"{words}.", reason)


def test_what_the_gate_can_say_is_what_the_steps_can_word() -> None:
    """The gate's codes stand in its source: each needs its words."""
    codes: set[str] = set()
    for part in ast.walk(tree("engine/messaging/gate.py")):
        if isinstance(part, ast.Return) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str):
            codes.add(part.value.value)
    assert codes - set(REFUSALS) == set()
