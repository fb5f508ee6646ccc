"""A program: one immutable version, compiled once per process into what the runner needs at each node."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from builder import catalogue, graph
from builder import settings as workflow_settings
from builder.models import WorkflowVersion
from engine.steps.base import Step
from engine.watches import GOAL, PULLED, Watches, watches_of

log = logging.getLogger("trellis.engine")

# The rules of re-entry under which an ended run goes on taking its slot.
KEEPING = ("once", "each_key")


class BrokenProgram(RuntimeError):
    """This version cannot run: this release does not know a step of it, or cannot read its settings."""


@dataclass(frozen=True)
class Node:
    """A node ready to run: its step, its settings as validated values, its ways out."""

    id: str
    step: type[Step]
    settings: Any
    out: Mapping[str, str]
    label: str
    enabled: bool
    on_error: str


@dataclass(frozen=True)
class Program:
    version_id: int
    workflow_id: int
    nodes: Mapping[str, Node]
    settings: Mapping[str, Any]
    # message node -> the nodes that send it again ("same as"), at first or second hand
    same_as: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    watches: Watches = field(default_factory=Watches)
    # workflows of which conditions here ask whether the contact is inside, or has left
    asks_about: frozenset[int] = frozenset()

    @property
    def rule(self) -> str:
        """The re-entry rule."""
        return str(self.settings.get("reentry", "once"))

    @property
    def keeps_slot(self) -> bool:
        """Does an ended run go on taking its entry slot? (`once` and `each_key`: for ever.)"""
        return self.rule in KEEPING

    def jumps(self, node: str, port: str) -> set[str]:
        """Where people at this node may go otherwise than along the lines."""
        if port == GOAL:
            return {self.watches.goal.node} if self.watches.goal and self.watches.goal.node else set()
        if port == PULLED:
            return {pull.node for pull in self.watches.pulls if node in pull.upstream}
        at = self.nodes[node]
        return set(at.step.jumps(at.settings)) if port == "loop" else set()

    def triggers(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.step.kind == "trigger"]


def compile_document(document: Mapping[str, Any], *, version_id: int, workflow_id: int) -> Program:
    """Settings of an older release are upgraded on the way; the version itself never changes. Raises `BrokenProgram` for what
    this release cannot run; published documents are otherwise valid."""
    drawing = graph.parse(document)
    nodes: dict[str, Node] = {}
    for one in drawing.nodes.values():
        step = catalogue.get(one.kind)
        if step is None or not issubclass(step, Step):
            raise BrokenProgram(f"Version {version_id}: the step “{one.kind}” is not known.")
        if one.settings_version > step.settings_version:
            raise BrokenProgram(f"Version {version_id}: the settings of “{one.id}” come from a newer Trellis.")
        try:
            settings = step.read(one.settings)
        except ValidationError as error:
            raise BrokenProgram(f"Version {version_id}: the settings of “{one.id}” cannot be read: {error}") from error
        nodes[one.id] = Node(
            id=one.id,
            step=step,
            settings=settings,
            out=dict(drawing.ways(one.id)),
            label=one.label or step.label,
            enabled=one.enabled,
            on_error=one.on_error or step.on_error,
        )
    return assemble(nodes, drawing.settings, version_id=version_id, workflow_id=workflow_id)


def assemble(nodes: Mapping[str, Node], settings: Mapping[str, Any], *, version_id: int, workflow_id: int) -> Program:
    """The program of these compiled nodes."""
    settings = _as_read(settings)
    same_as: dict[str, tuple[str, ...]] = {}
    for node in nodes.values():
        for original in _sent_again(node, nodes):
            same_as[original] = (*same_as.get(original, ()), node.id)
    asks: set[int] = set()
    for part in (settings, *(node.settings.model_dump() for node in nodes.values())):
        _asks_about(part, asks)
    return Program(
        version_id=version_id,
        workflow_id=workflow_id,
        nodes=nodes,
        settings=settings,
        same_as=same_as,
        watches=watches_of(settings, nodes),
        asks_about=frozenset(asks),
    )


def _as_read(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """A workflow's settings in one form, whichever of those that validation takes they came in: a moment may be a number, a yes a 1."""
    try:
        return workflow_settings.read(settings).model_dump(mode="json", by_alias=True)
    except (
        ValidationError
    ):  # a draft under simulation, or one that an earlier release let pass: what stands there counts
        return settings


def _sent_again(node: Node, nodes: Mapping[str, Node]) -> Iterator[str]:
    """The steps whose message this one sends again: the one it names, the one that this names, and so on."""
    seen = {node.id}
    while (original := getattr(node.settings, "same_as", None)) and original not in seen:
        yield original
        seen.add(original)
        if original not in nodes:
            return
        node = nodes[original]


def _asks_about(part: Any, found: set[int]) -> None:
    """Collects the workflows that conditions anywhere in these settings ask about."""
    if isinstance(part, Mapping):
        if part.get("fact") == "workflow" and isinstance(part.get("is"), int):
            found.add(part["is"])
        for value in part.values():
            _asks_about(value, found)
    elif isinstance(part, list):
        for value in part:
            _asks_about(value, found)


# Programs of drafts under simulation (engine/simulate), by negative ids that no version has.
throw_away: dict[int, Program] = {}


@lru_cache(maxsize=512)
def program(version_id: int) -> Program:
    """The program of a version: versions never change, so this is read once a process."""
    if version_id in throw_away:
        return throw_away[version_id]
    version = WorkflowVersion.objects.only("id", "workflow_id", "document").get(pk=version_id)
    return compile_document(version.document, version_id=version.pk, workflow_id=version.workflow_id)


def can_run(version_id: int) -> bool:
    """False, and a word in the log, for a version that this release cannot run."""
    try:
        program(version_id)
    except BrokenProgram as error:
        log.error("%s Whoever is inside it waits.", error)
        return False
    return True


def keeps_slot(version_id: int) -> bool:
    """`Program.keeps_slot`, for versions too that this release cannot run: people are taken out of those as well."""
    try:
        return program(version_id).keeps_slot
    except BrokenProgram:
        document = WorkflowVersion.objects.only("id", "document").get(pk=version_id).document
        return (document.get("settings") or {}).get("reentry", "once") in KEEPING


def kinds(version_id: int) -> Mapping[str, str]:
    """{node: kind} of a version, whether it can run or not."""
    try:
        return {node.id: node.step.kind for node in program(version_id).nodes.values()}
    except BrokenProgram:
        document = WorkflowVersion.objects.only("id", "document").get(pk=version_id).document
        return {node.id: node.kind for node in graph.parse(document).nodes.values()}


@lru_cache(maxsize=512)
def rule_changed(version_id: int, workflow_id: int, rule: str) -> bool:
    """Had an older version another rule of re-entry? Its runs took other slots. Versions never change: read once a process."""
    older = WorkflowVersion.objects.filter(workflow_id=workflow_id, pk__lt=version_id).only("id", "document")
    return any((one.document.get("settings") or {}).get("reentry", "once") != rule for one in older.iterator(50))
