"""What conditions can ask of workflows: is the contact in one, how did they leave it, and what became of an earlier step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, Literal

from django.db.models import CharField, Exists, F, OuterRef, Q, Subquery
from pydantic import Field, model_validator

from builder.models import Workflow
from contacts.clock import to_micros
from contacts.conditions import Fact, FactSettings, Names, Scope, Subject, known, register
from contacts.conditions.columns import Columns, micros
from contacts.conditions.fact import Answer, Reader, Row
from contacts.conditions.packing import Packed, PackedRows
from contacts.conditions.texts import Id, Name, labelled, moment, yes
from contacts.conditions.windows import NOBODY, Bounds, Span, Windowed, bounds, window_problems, window_q, window_words
from engine.messaging.models import Status
from engine.models import Run, RunStatus, Visit

DID = {"inside": "Is inside", "finished": "Has left"}
MOMENT = {"inside": "started_at", "finished": "ended_at"}


def topic(workflow_id: int) -> str:
    """What is rung when somebody comes into this workflow or leaves it (see `engine.comings`)."""
    return f"workflow:{workflow_id}"


class Membership(Windowed):
    is_: Id = Field(
        alias="is", title="Workflow", json_schema_extra={"x-widget": "workflow", "x-options": "/api/workflows/"}
    )
    did: Literal["inside", "finished"] = Field("inside", title="What", json_schema_extra=labelled(DID))
    outcome: Name | None = Field(
        None, title="How", description="The outcome, such as completed or converted. Empty: however it was."
    )

    @model_validator(mode="after")
    def _fits(self) -> Membership:
        if self.outcome and self.did != "finished":
            raise ValueError("Only who has left has an outcome.")
        return self


@register
class InWorkflow(Fact):
    """Is inside another workflow, or has left it; if you like, with a certain outcome, or within a time. Held-out people were never in."""

    fact = "workflow"
    label = "Workflow"
    group = "workflow"
    examples = (
        {"fact": "workflow", "is": 1, "did": "inside"},
        {"fact": "workflow", "is": 1, "did": "finished", "outcome": "converted", "within": "P30D"},
    )
    Settings = Membership

    def _runs(self, leaf: Membership) -> Any:
        runs = Run.objects.filter(workflow_id=leaf.is_)
        if leaf.did == "inside":
            return runs.filter(status=RunStatus.ACTIVE)
        runs = runs.exclude(outcome="holdout").filter(ended_at__isnull=False)
        return runs.filter(outcome=leaf.outcome) if leaf.outcome else runs

    def sql(self, leaf: Membership, scope: Scope) -> Q:
        window = window_q(MOMENT[leaf.did], leaf, scope, "contact__time_zone")
        return Q(Exists(self._runs(leaf).filter(window, contact_id=OuterRef("pk"))))

    def reader(self, leaf: Membership, columns: Columns) -> Reader:
        runs = self._runs(leaf).filter(contact_id=columns.contact)
        packed = PackedRows(micros(MOMENT[leaf.did]))
        place = columns.add(Subquery(runs.values(packed=packed), output_field=CharField()))
        window = Span(leaf, columns).reader()

        def read(row: Row) -> Answer:
            moments = [int(at) for at in row[place].split(",")] if row[place] else []
            return self._answer(leaf, moments, window(row, moments))

        return read

    def ask(self, leaf: Membership, subject: Subject) -> Answer:
        runs = self._runs(leaf).filter(contact_id=subject.contact.pk)
        moments = [to_micros(getattr(run, MOMENT[leaf.did])) for run in runs]
        return self._answer(leaf, moments, bounds(leaf, subject))

    def _answer(self, leaf: Membership, moments: list[int], window: Bounds | None) -> Answer:
        seen: dict[str, Any] = {"workflow": leaf.is_, "did": leaf.did}
        if leaf.outcome:
            seen["outcome"] = leaf.outcome[:60]
        if window is None:
            return Answer(False, seen | {"never": leaf.since})
        inside = [at for at in moments if window[0] <= at <= window[1]]
        if not inside:
            return Answer(False, seen)
        return Answer(True, seen | {"at": min(inside) // 1_000_000}, min(inside))

    def topics(self, leaf: Membership) -> Iterable[str]:
        return (topic(leaf.is_),)

    def problems(self, leaf: Membership, graph: Any) -> Iterable[tuple[str, str]]:
        if leaf.is_ not in known("workflows", lambda: set(Workflow.objects.values_list("pk", flat=True))):
            yield "is", "This workflow does not exist. Choose another."
        yield from window_problems(leaf, graph)

    def words(self, leaf: Membership, names: Names) -> str:
        how = f" as “{leaf.outcome.replace('_', ' ')}”" if leaf.outcome else ""
        return f"{DID[leaf.did]} {_called(leaf.is_, names)}{how}{window_words(leaf, names)}"

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        did = DID.get(seen.get("did", ""), "Was in")
        how = f" as “{str(seen['outcome']).replace('_', ' ')}”" if seen.get("outcome") else ""
        told = f"{did} {_called(seen.get('workflow', 0), names)}{how}: {yes(value)}"
        if "at" in seen:
            told += f", {'since ' if seen.get('did') == 'inside' else ''}{moment(seen['at'], zone)}"
        if "never" in seen:
            told += f". {'The run' if seen['never'] == 'run' else names.node(seen['never'])} was not reached before"
        return told


def _called(workflow: int, names: Names) -> str:
    said = getattr(names, "workflow", None)
    return f"“{said(workflow)}”" if said else f"workflow {workflow}"


class Result(FactSettings):
    node: str = Field(min_length=1, max_length=64, title="Step", json_schema_extra={"x-widget": "node", "x-run": True})
    is_: Name = Field(
        alias="is",
        title="Result",
        description="The way by which they left it (yes, timeout, b1), or what became of its message (accepted, skipped, rejected).",
    )


@register
class StepResult(Fact):
    """How the contact came through an earlier step of this run: by which way, or with which result. Its latest visit counts."""

    fact = "step"
    label = "Earlier step"
    group = "workflow"
    examples = ({"fact": "step", "node": "n2", "is": "skipped"}, {"fact": "step", "node": "n2", "is": "next"})
    Settings = Result

    def sql(self, leaf: Result, scope: Scope) -> Q:
        return NOBODY

    def reader(self, leaf: Result, columns: Columns) -> Reader:
        if columns.scope.run is None:
            return lambda row: _result(leaf, None, "", None)
        visits = Visit.objects.filter(contact_id=columns.contact, run_id=columns.run, node=leaf.node).order_by("-nth")
        told = Packed(micros("left_at"), F("result"), F("port"))
        place = columns.add(Subquery(visits.values(told=told)[:1], output_field=CharField()), ("step", leaf.node))

        def read(row: Row) -> Answer:
            if not row[place]:
                return _result(leaf, None, "", None)
            at, result, port = row[place].split("|", 2)
            return _result(leaf, int(at), port, int(result) if result else None)

        return read

    def ask(self, leaf: Result, subject: Subject) -> Answer:
        visit = None
        if subject.run_id is not None:
            visits = Visit.objects.filter(contact_id=subject.contact.pk, run_id=subject.run_id, node=leaf.node)
            visit = visits.order_by("-nth").first()
        if visit is None:
            return _result(leaf, None, "", None)
        return _result(leaf, to_micros(visit.left_at), visit.port, visit.result)

    def problems(self, leaf: Result, graph: Any) -> Iterable[tuple[str, str]]:
        if graph is None:
            yield "node", "There is no run here: this works at a step of a workflow only."
        elif leaf.node not in graph.nodes:
            yield "node", f"It asks about the step “{leaf.node}”, which does not exist."

    def words(self, leaf: Result, names: Names) -> str:
        return f"Came through {names.node(leaf.node)} by “{leaf.is_.replace('_', ' ')}”"

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        node = names.node(seen.get("node", ""))
        if "port" not in seen:
            return f"{node} was not reached before"
        return f"came through {node} by “{str(seen['port']).replace('_', ' ')}”, {moment(seen['at'], zone)}"


def _result(leaf: Result, at: int | None, port: str, result: int | None) -> Answer:
    if at is None:
        return Answer(False, {"node": leaf.node})
    word = Status(result).label if result is not None and result in Status else ""
    value = leaf.is_ in (port, word)
    return Answer(value, {"node": leaf.node, "port": port, "at": at // 1_000_000}, at if value else None)
