"""The promise of conditions: a filter in SQL, a batch in one query and one contact in plain Python say the same."""

from __future__ import annotations

import json
import os
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contacts.conditions import Scope, Subject, decide, explain, matching, problems, sentence, topics, why_sentence
from contacts.models import Contact
from tests.contacts.random_trees import leaves, trees
from tests.contacts.worlds import World

pytestmark = pytest.mark.django_db
HOME = ZoneInfo("Europe/Warsaw")
EXAMPLES = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 900


def with_contents(tree: Any, ids: list[int]) -> Any:
    """The contents of this world, for those that a tree asks about."""
    if isinstance(tree, list):
        return [with_contents(part, ids) for part in tree]
    if isinstance(tree, dict):
        return {key: ids[0] if key == "content" else with_contents(part, ids) for key, part in tree.items()}
    return tree


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    # A world cannot be shrunk: its seed is the counterexample.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    print_blob=True,
)
@given(
    seed=st.integers(0, 2**32),
    asked=st.lists(trees, min_size=1, max_size=4),
    inside=st.lists(leaves.filter(lambda leaf: leaf["fact"] != "segment"), min_size=3, max_size=3),
)
def test_filter_batch_and_explanation_agree(seed: int, asked: list[Any], inside: list[Any]) -> None:
    with transaction.atomic():
        world = World(seed)
        contents = [version.content_id for version in world.versions]
        world.segments(with_contents(inside, contents))
        for tree in asked:
            agree(world, with_contents(tree, contents))
        transaction.set_rollback(True)


def agree(world: World, tree: Any) -> None:
    everybody = list(Contact.objects.all())
    # Outside runs: segments, filters, audiences.
    decided = decide(tree, Scope(rows=Contact.objects.all(), now=world.now, zone=HOME))
    found = set(matching(tree, Contact.objects.all(), now=world.now, zone=HOME).values_list("pk", flat=True))
    for contact in everybody:
        told = explain(tree, Subject(contact, world.now, zone=HOME))
        assert decided[contact.pk] == told, (tree, "batch of contacts")
        assert (contact.pk in found) == told.value, (tree, "filter")
    # Inside runs, with and without a deadline.
    for until in (False, True):
        verdicts = decide(tree, world.scope(until=until, zone=HOME))
        for run in world.runs:
            told = explain(tree, world.subject(run, until=until, zone=HOME))
            assert verdicts[run.pk] == told, (tree, "batch of runs", until)
            stored = json.loads(json.dumps(told.why))
            assert stored == told.why
            assert "None" not in why_sentence(stored)
    assert sentence(tree)
    assert all(isinstance(topic, str) for topic in topics(tree))
    assert all(problem.message for problem in problems(tree))
