"""From one workflow into another: who may enter it, and who waits for its end.

A run that was called knows its caller (`Run.called_by`); whatever ends it makes the caller due in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from builder.models import Workflow
from contacts.clock import to_micros
from contacts.models import Event
from engine import entry, wake, watch_sql
from engine.batch import Token, Work
from engine.models import Refusal, Run, RunStatus
from engine.program import program

Status = Workflow.Status


class Called(NamedTuple):
    """What became of the run that a token called. `ended_at` None: it is still inside."""

    outcome: str
    ended_at: datetime | None


def target(pk: int | None) -> Workflow | None:
    """The other workflow, if it is still there."""
    return Workflow.objects.only("id", "name", "status", "live_version_id").filter(pk=pk or 0).first()


def let_in(work: Work, tokens: Sequence[Token], to: Workflow | None) -> Mapping[int, str]:
    """Let these contacts into another workflow by its own rules; {run id: reason} of those who may not.

    In the runner's transaction, contacts locked. Obeys the filter of a trigger "from another workflow"; without such a trigger
    people come in by the first one, whatever it asks.
    """
    if to is None:
        return {token.id: "gone" for token in tokens}
    if to.live_version_id is None:
        return {token.id: "not_published" for token in tokens}
    if any(token.workflow_id == to.pk for token in tokens):
        return {token.id: "itself" for token in tokens}
    if to.status in (Status.ENDED, Status.ARCHIVED):
        Refusal.objects.bulk_create(
            [
                Refusal(
                    workflow_id=to.pk, contact_id=token.contact_id, event_id=token.event_id, reason="over", at=work.now
                )
                for token in tokens
            ]
        )
        return {token.id: "over" for token in tokens}
    prog = program(to.live_version_id)
    doors = prog.triggers()
    own = next((one for one in doors if one.settings.on == "from_workflow" and one.enabled), None)
    wake.before_entry([token.contact_id for token in tokens], but=[token.id for token in tokens])
    events = Event.objects.in_bulk([token.event_id for token in tokens if token.event_id])
    done = entry.enter(
        prog,
        own or doors[0],
        [
            entry.Candidate(
                contact_id=token.contact_id,
                came_at=work.now_us,
                event_id=token.event_id,
                properties=events[token.event_id].properties if token.event_id in events else {},
                depth=token.depth + 1,
            )
            for token in tokens
        ],
        paused=to.status == Status.PAUSED,
        by_filter=own is not None,
    )
    for mine, theirs in ((work.counts, done.counts), (work.daily, done.daily)):
        for key, n in theirs.items():
            mine[key] += n  # type: ignore[index]
    refused = {refusal.contact_id: refusal.reason for refusal in done.refusals}
    return {token.id: refused[token.contact_id] for token in tokens if token.contact_id in refused}


def call(tokens: Sequence[Token], to: Workflow) -> None:
    """These tokens wait for the runs that they have just let in."""
    rows = Run.objects.filter(
        workflow_id=to.pk, contact_id__in=[token.contact_id for token in tokens], status=RunStatus.ACTIVE
    )
    newest = dict(rows.order_by("pk").values_list("contact_id", "pk"))
    watch_sql.note_callers([(token.id, newest[token.contact_id]) for token in tokens if token.contact_id in newest])


def over(tokens: Sequence[Token]) -> None:
    """These go on: their next call is another, though it be at the same moment. One statement."""
    watch_sql.forget_callers([(token.contact_id, token.id) for token in tokens])


def called(tokens: Sequence[Token], workflow_id: int | None) -> Mapping[int, Called]:
    """Of those who have called a run at this visit: {run id: what became of it}. One query."""
    entered = {token.id: token.entered_at for token in tokens}
    rows = Run.objects.filter(
        contact_id__in=[token.contact_id for token in tokens], called_by__in=list(entered), workflow_id=workflow_id or 0
    )
    found = {}
    for run in rows.order_by("pk"):
        # A loop calls again at each round, and asks for the run of this one.
        if to_micros(run.started_at) >= entered[run.called_by or 0]:
            found[run.called_by or 0] = Called(run.outcome, run.ended_at)
    return found
