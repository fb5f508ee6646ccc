"""docs/conditions.md keeps its word: every example is valid, reads as a sentence, and can be asked in all three ways."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from builder.models import Workflow
from contacts.conditions import Scope, Subject, catalogue, decide, explain, facts, matching, problems, sentence
from contacts.models import Contact, Field, List, Segment, Topic, Workspace

PAGE = Path(__file__).parents[2] / "docs" / "conditions.md"
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)\n```", PAGE.read_text(), re.DOTALL)]
# A drawing as far as conditions look at one.
GRAPH = SimpleNamespace(nodes={"n2": SimpleNamespace(kind="email")})


def ask(tree: Any) -> None:
    zone = Workspace.current().zone
    decided = decide(tree, Scope(rows=Contact.objects.all(), zone=zone))
    found = set(matching(tree, Contact.objects.all(), zone=zone).values_list("pk", flat=True))
    for contact in Contact.objects.all():
        assert decided[contact.pk] == explain(tree, Subject(contact, zone=zone))
        assert decided[contact.pk].value == (contact.pk in found)


@pytest.fixture
def named(alice: Contact, bob: Contact, frozen: Any) -> None:
    Workflow.objects.create(pk=1, name="Welcome")
    Segment.objects.create(name="Good customers", condition={"fact": "score", "op": "gte", "value": 1})
    List.objects.create(slug="newsletter", name="Newsletter")
    Topic.objects.create(slug="newsletter", label="Newsletter")
    for key in ("city", "age", "newsletter_reader", "renewal", "company"):
        Field.objects.create(key=key, label=key)


def test_the_page_has_an_example_of_every_fact() -> None:
    shown = set(re.findall(r'"fact": "(\w+)"', PAGE.read_text()))
    assert set(facts()) - shown == set()


@pytest.mark.parametrize("tree", EXAMPLES, ids=lambda tree: json.dumps(tree)[:70])
def test_examples_of_the_page_can_be_asked(tree: Any, named: None) -> None:
    assert problems(tree, GRAPH) == []
    assert len(sentence(tree)) > 5
    ask(tree)


@pytest.mark.parametrize(
    "example",
    [example for fact in facts().values() for example in fact.examples],
    ids=lambda tree: json.dumps(tree)[:70],
)
def test_examples_of_every_fact_can_be_asked(example: Any, named: None) -> None:
    assert len(sentence(example)) > 5
    ask(example)


def test_the_browser_gets_a_form_for_every_fact() -> None:
    told = {fact["fact"]: fact for fact in catalogue()}
    assert set(told) == set(facts())
    for fact in told.values():
        assert fact["label"] and fact["help"] and fact["example"]["fact"] == fact["fact"]
        for key, field in fact["schema"].get("properties", {}).items():
            assert field.get("title"), (fact["fact"], key)
    assert told["tag"]["schema"]["properties"]["is"]["x-widget"] == "tag"
    assert told["message"]["schema"]["properties"]["node"]["x-widget"] == "message_node"
    json.dumps(list(told.values()))
