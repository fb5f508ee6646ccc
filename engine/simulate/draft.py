"""A draft as a program: broken steps become places where it stops, chosen ways are taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from typing import Any, Protocol

from pydantic import ValidationError

from builder import catalogue, graph, validation
from builder.problem import Problem
from engine.batch import Batch, Token
from engine.messaging.models import Status
from engine.program import Node, Program, assemble
from engine.steps.base import Step

# What says nothing about one person's way: who may get anything while a workflow is tried out.
UNHEARD = ("test_only",)
# What decides whether somebody comes in at all; left out when they are let in anyway.
DOORKEEPERS = ("audience", "starts_at", "ends_at", "holdout", "max_entries", "cooldown")


class Chooser(Protocol):
    """Knows which ways were chosen."""

    def way(self, token: Token) -> str | None:
        """The way chosen for the visit that this run makes."""

    def is_due(self, token: Token) -> bool:
        """Is it to leave its wait by that way right away, whatever its condition says?"""


class Stuck(Step):
    """Where a step cannot run yet, the person stays; a trigger that cannot run hears nothing."""

    @classmethod
    def run(cls, batch: Batch) -> None:
        for token in batch.tokens:
            batch.park(token, None)

    @classmethod
    def event_name(cls, settings: Any) -> None:
        return None

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        return False


def problems_of(drawing: graph.Graph) -> tuple[list[Problem], dict[str, list[str]]]:
    """All problems of the draft, and for each step that cannot run as it is, what is wrong with its settings."""
    found = validation.problems(drawing)
    broken: dict[str, list[str]] = defaultdict(list)
    for problem in found:
        # What is wrong with a step as such (nothing leads to it, a way leads nowhere) does not keep it from running.
        if problem.severity == "error" and problem.node in drawing.nodes and problem.field:
            broken[problem.node].append(problem.message)
    return found, dict(broken)


def settings_of(drawing: graph.Graph, found: Iterable[Problem], *, left_out: Container[str]) -> dict[str, Any]:
    """The workflow's settings as they are to run: without `left_out`, and without what is wrong."""
    wrong = {
        problem.field.split(".")[1]
        for problem in found
        if problem.severity == "error" and not problem.node and problem.field.startswith("settings.")
    }
    return {key: value for key, value in drawing.settings.items() if key not in left_out and key not in wrong}


def compiled(
    drawing: graph.Graph,
    broken: Mapping[str, list[str]],
    settings: Mapping[str, Any],
    chooser: Chooser,
    chosen: Container[str],
    *,
    version_id: int,
    workflow_id: int,
) -> Program:
    """The program of a draft. Never raises: what cannot run is a place to stop at."""
    nodes: dict[str, Node] = {}
    for one in drawing.nodes.values():
        kind = catalogue.get(one.kind)
        step: type[Step] | None = kind if kind is not None and issubclass(kind, Step) else None
        read: Any = None
        if step is not None and one.id not in broken:
            try:
                read = step.read(one.settings)
            except ValidationError:
                step = None
        if step is None or one.id in broken:
            step, read = _stuck(kind), Step.Settings()
        elif one.id in chosen:
            step = _chosen(step, chooser)
        nodes[one.id] = Node(
            id=one.id,
            step=step,
            settings=read,
            out=dict(drawing.ways(one.id)),
            label=one.label or (kind.label if kind else one.kind) or one.id,
            enabled=one.enabled,
            on_error=one.on_error or step.on_error,
        )
    return assemble(nodes, settings, version_id=version_id, workflow_id=workflow_id)


def _stuck(kind: Any) -> type[Step]:
    # A trigger that cannot run is none: whoever asks for a program's triggers reads their settings.
    told = {
        "kind": "" if kind is None or kind.kind == "trigger" else kind.kind,
        "label": getattr(kind, "label", ""),
        "icon": getattr(kind, "icon", "help"),
    }
    return type(
        "Stuck", (Stuck,), {**told, "group": getattr(kind, "group", "end"), "ports": getattr(kind, "ports", ())}
    )


def _chosen(step: type[Step], chooser: Chooser) -> type[Step]:
    """The same step; after its decision the chosen way is taken, at a wait only when that way is due."""
    waits = step.listens or step.group == "timing"

    class Chosen(step):  # type: ignore[valid-type, misc]
        @classmethod
        def run(cls, batch: Batch) -> None:
            everybody = batch.tokens
            # A refusal by the gate plans no message, so it comes before the step's own decision.
            skipped = [
                token
                for token in everybody
                if step.channel is not None and token.result is None and chooser.way(token) == "skipped"
            ]
            for token in skipped:
                token.result = Status.SKIPPED
                batch.go(token, "skipped", [["simulated"]])
            batch.tokens = [token for token in everybody if token not in skipped]
            if batch.tokens:
                super().run(batch)
            if step.channel is None:
                for token in batch.tokens:
                    cls._take(batch, token)
            batch.tokens = everybody

        @classmethod
        def _take(cls, batch: Batch, token: Token) -> None:
            port = chooser.way(token)
            taken = chooser.is_due(token) if waits else token.state == Token.GO
            if port and taken and not (token.state == Token.GO and token.port == port):
                batch.go(token, port, [["simulated"]])

    Chosen.__doc__ = step.__doc__
    return Chosen
