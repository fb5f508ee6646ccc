"""Scenarios: ways through a drawing that are kept as they should be, tried again on demand and at each publish."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction
from rest_framework.exceptions import ValidationError

from builder.actions.told import Published
from builder.graph import parse
from builder.models import Scenario, Workflow
from builder.names import DocumentNames
from contacts import clock
from contacts.errors import Refused
from engine.outcomes import words as outcome_words
from engine.simulate.simulation import simulate

log = logging.getLogger("trellis.simulate")

MOST = 50
# All of a workflow's together; what is left then is said to have been left.
MOST_S = 20.0
MOST_DIFFERENCES = 8


@dataclass
class Result:
    """What came of one scenario. `differences` are sentences; `path` the nodes as they are now."""

    scenario: Scenario
    passed: bool
    differences: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.scenario.pk,
            "name": self.scenario.name,
            "passed": self.passed,
            "differences": self.differences,
            "path": self.path,
        }


def sentence(results: Sequence[Result]) -> str:
    """ "All 4 scenarios pass."."""
    failed = sum(not one.passed for one in results)
    if not results:
        return "There are no scenarios yet."
    if not failed:
        return "The one scenario passes." if len(results) == 1 else f"All {len(results)} scenarios pass."
    if len(results) == 1:
        return "The one scenario ends differently."
    return f"{failed} of {len(results)} scenarios {'ends' if failed == 1 else 'end'} differently."


def expected_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a simulation showed, as a scenario keeps it."""
    return {
        "path": [visit["node"] for visit in answer["visits"]],
        "labels": {visit["node"]: visit["label"] for visit in answer["visits"]},
        "outcome": answer["outcome"],
        "tags": answer["changes"]["tags"],
    }


def run(
    workflow: Workflow, scenarios: Iterable[Scenario] | None = None, *, document: Mapping[str, Any] | None = None
) -> list[Result]:
    """Try them on `document` (else the draft), and keep what came of it with each, if it was the draft."""
    chosen = list(workflow.scenarios.all() if scenarios is None else scenarios)
    drawing = workflow.draft if document is None else document
    names = DocumentNames(parse(drawing))
    until = time.monotonic() + MOST_S
    results = []
    for one in chosen:
        if time.monotonic() > until:
            results.append(Result(one, False, ["It was not tried: the others took too long."]))
            continue
        results.append(_try(workflow, one, drawing, names))
    if document is None:
        at = clock.now().isoformat()
        for result in results:
            last = {"at": at, "revision": workflow.revision, "passed": result.passed, "differences": result.differences}
            result.scenario.last = last
        Scenario.objects.bulk_update([result.scenario for result in results], ["last"])
    return results


def _try(workflow: Workflow, one: Scenario, document: Mapping[str, Any], names: DocumentNames) -> Result:
    from engine.api import asked

    try:
        answer = simulate(workflow, asked.read(one.asked), document=document)
    except Refused as error:
        details = "; ".join(problem["message"] for problem in error.problems)
        return Result(one, False, [f"{error.detail} {details}".strip()])
    except ValidationError:
        return Result(one, False, ["What was kept of it cannot be read any more. Keep it again."])
    found = differences(one.expected, answer, names)
    return Result(one, not found, found, [visit["node"] for visit in answer["visits"]])


def differences(expected: Mapping[str, Any], answer: Mapping[str, Any], names: DocumentNames) -> list[str]:
    """How what happens differs from what should, in sentences; empty: it is as it should be."""
    found = []
    if answer["refused"] and not answer["entered"]:
        found.append(f"They do not come in any more. {answer['refused']['sentence']}")
    if "path" in expected:
        found += _of_path(expected, answer, names)
    if "outcome" in expected and expected["outcome"] != answer["outcome"]:
        found.append(f"They {_left(answer['outcome'])} instead of {_leaving(expected['outcome'])}.")
    if answer["stopped"] and answer["stopped"]["sentence"] not in found and expected.get("outcome"):
        found.append(answer["stopped"]["sentence"])
    tags, now = expected.get("tags") or {}, answer["changes"]["tags"]
    for what, missing, more in (
        ("added", "They do not get the tag “{}” any more.", "They get the tag “{}” too."),
        ("removed", "They keep the tag “{}”.", "They lose the tag “{}” too."),
    ):
        if what in tags:
            found += [missing.format(tag) for tag in tags[what] if tag not in now[what]]
            found += [more.format(tag) for tag in now[what] if tag not in tags[what]]
    return found[:MOST_DIFFERENCES]


def _left(outcome: str | None) -> str:
    return f"leave as “{outcome_words(outcome)}”" if outcome else "do not come to an end"


def _leaving(outcome: str | None) -> str:
    return f"as “{outcome_words(outcome)}”" if outcome else "staying inside"


def _of_path(expected: Mapping[str, Any], answer: Mapping[str, Any], names: DocumentNames) -> list[str]:
    """Where the two ways part: one sentence says it, what follows from it need not be said."""
    before, now = list(expected["path"] or []), [visit["node"] for visit in answer["visits"]]
    if before == now or not answer["entered"]:
        return []
    labels = expected.get("labels") or {}

    def called(node: str) -> str:
        return f"“{names.node(node) if node in names.graph.nodes else labels.get(node, node)}”"

    for place, (was, is_) in enumerate(zip(before, now, strict=False)):
        if was != is_:
            gone = "" if was in names.graph.nodes else ", which is not there any more"
            after = f"After {called(now[place - 1])} they" if place else "They"
            return [f"{after} come to {called(is_)} instead of {called(was)}{gone}."]
    if len(now) < len(before):
        after = f"after {called(now[-1])}" if now else "at once"
        return [f"Their way ends {after}; {called(before[len(now)])} should have followed."]
    return [f"Their way goes on after {called(before[-1])}, to {called(now[len(before)])}."]


def on_published(what: Published) -> None:
    """Hook of every publish: once it is committed, all scenarios are tried on what went live, and keep what came of it."""
    if not clock.is_simulated() and what.workflow.scenarios.exists():
        transaction.on_commit(partial(_after_publish, what.workflow.pk), robust=True)


def _after_publish(workflow_id: int) -> None:
    workflow = Workflow.objects.filter(pk=workflow_id).first()
    if workflow is not None:
        results = run(workflow)
        if any(not one.passed for one in results):
            log.info("After the publish of workflow %s: %s", workflow_id, sentence(results))
