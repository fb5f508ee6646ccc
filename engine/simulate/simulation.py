"""One simulation from beginning to end: take along what is needed, run it in the sandbox, tell what happened."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import transaction

from builder import graph
from builder.actions.told import Published
from builder.models import Workflow, WorkflowVersion
from builder.problem import Problem
from contacts import clock, events, lists, tags
from contacts.clock import to_micros
from contacts.errors import Gone, Refused
from contacts.events import NewEvent
from contacts.models import Contact, Event
from engine import program as programs
from engine import standing_changes, watching
from engine.entry import Candidate, Entered, enter
from engine.messaging.models import Message
from engine.messaging.senders import registry
from engine.models import Alarm, Backfill, Refusal, Run
from engine.program import Node, Program
from engine.simulate import answer, draft, persona, rows, sandbox
from engine.simulate.asked import Asked
from engine.simulate.drive import Chooser, Drive
from engine.simulate.recorder import Recorder

# Of throw-away versions: below zero, where no version is, and never the same one twice in a process.
_ids = itertools.count(-1, -1)


class NoTrigger(Refused):
    """Nobody can come in yet: the drawing has no trigger."""

    status = 422


def simulate(workflow: Workflow, asked: Asked, *, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Take one contact through `document` (the workflow's draft) and answer what would happen, as `POST simulate/` shows it.

    Reads the real database, writes nothing anywhere, sends nothing. Raises `Gone` for an unknown contact, `Invalid` for a
    persona that cannot be, `NoTrigger`, and `sandbox.Busy` when too many are asked for at once.
    """
    drawing = graph.parse(workflow.draft if document is None else document)
    found, broken = draft.problems_of(drawing)
    if not drawing.triggers:
        raise NoTrigger
    if asked.contact_id is not None and not Contact.objects.filter(pk=asked.contact_id).exists():
        raise Gone
    taken = rows.world(workflow, dict(drawing.document), asked.contact_id)
    if asked.starts_at is None:
        asked = replace(asked, starts_at=clock.now())
    number = WorkflowVersion.objects.filter(workflow=workflow).count() + 1
    return sandbox.run(taken, lambda: _Simulation(workflow, drawing, found, broken, asked, number).run())


@dataclass
class _Simulation:
    """Lives in the sandbox's thread."""

    workflow: Workflow
    drawing: graph.Graph
    problems: list[Problem]
    broken: dict[str, list[str]]
    asked: Asked
    number: int

    def run(self) -> dict[str, Any]:
        made: list[int] = []
        assert self.asked.starts_at is not None
        recorder = Recorder(self._refuses)
        self.chooser = Chooser(self.asked.choices)
        try:
            with clock.simulate(self.asked.starts_at) as moment, registry.replaced_by(recorder):
                contact_id = self.asked.contact_id
                if contact_id is None:
                    contact_id = persona.make(self.asked.persona) if self.asked.persona else _anybody()
                before = answer.Standing.of(contact_id)
                program = self._publish(made)
                entered, refusal = self._enter(program, contact_id, made)
                program = programs.throw_away[made[-1]]
                drive = Drive(program, contact_id, self.asked, self.chooser, moment)
                if entered:
                    drive.go()
                return answer.told(
                    drive=drive,
                    drawing=self.drawing,
                    letters=recorder.letters,
                    before=before,
                    refusal=refusal,
                    problems=self.problems,
                    broken=self.broken,
                    trigger=self._trigger(program).id,
                )
        finally:
            for version_id in made:
                programs.throw_away.pop(version_id, None)

    # --- the draft, as if it were published ---------------------------------------------------
    def _publish(self, made: list[int]) -> Program:
        """The throw-away version, live in the sandbox alone."""
        program = self._compile(made, anyway=False)
        self._freeze(program)
        live = Workflow.objects.exclude(live_version=None).values_list("live_version", flat=True)
        watching.write(pk for pk in live if pk != program.version_id)
        return program

    def _freeze(self, program: Program) -> None:
        """As a publish does it, without the checks that a draft may fail."""
        version = WorkflowVersion(
            pk=program.version_id,
            workflow=self.workflow,
            number=self.number,
            document=dict(self.drawing.document),
            published_at=clock.now(),
        )
        WorkflowVersion.objects.bulk_create([version])
        Workflow.objects.filter(pk=self.workflow.pk).update(live_version=version, status=Workflow.Status.LIVE)
        self.number += 1
        # The row as it stands in here: the caller's is live with another version.
        standing_changes.on_published(Published(Workflow.objects.get(pk=self.workflow.pk), version, None))
        # What would let people in by itself: here one person comes in, when and by what was asked.
        Alarm.objects.all().delete()
        Backfill.objects.all().delete()

    def _compile(self, made: list[int], *, anyway: bool) -> Program:
        left_out = (*draft.UNHEARD, *(draft.DOORKEEPERS if anyway else ()))
        if self.asked.contact_id is None:
            left_out = (*left_out, "holdout")  # nobody invents a person to see them held out
        made.append(next(_ids))
        program = draft.compiled(
            self.drawing,
            self.broken,
            draft.settings_of(self.drawing, self.problems, left_out=left_out),
            self.chooser,
            {choice.node for choice in self.asked.choices if choice.port},
            version_id=made[-1],
            workflow_id=self.workflow.pk,
        )
        programs.throw_away[program.version_id] = program
        return program

    def _refuses(self, message: Message) -> bool:
        return any(choice.port == "failed" for choice in self.chooser.of(message.run_id, message.node, message.nth))

    # --- entering -----------------------------------------------------------------------------
    def _trigger(self, program: Program) -> Node:
        nodes = program.triggers() or [program.nodes[one.id] for one in self.drawing.triggers]
        return next((one for one in nodes if one.id == self.asked.trigger), nodes[0])

    def _enter(self, program: Program, contact_id: int, made: list[int]) -> tuple[bool, Refusal | None]:
        """Whether they came in, and what the rules said against it."""
        node = self._trigger(program)
        if issubclass(node.step, draft.Stuck):
            return False, None
        candidate = _arrival(node, contact_id, self.asked)
        entered = _let_in(program, node, candidate)
        refusal = entered.refusals[0] if entered.refusals else None
        if entered.runs or not self.asked.anyway:
            return bool(entered.runs), refusal
        # As if they had never been here, and nobody stood at the door.
        Run.objects.filter(contact_id=contact_id, workflow_id=self.workflow.pk).update(
            workflow_id=-self.workflow.pk, slot=None
        )
        open_door = self._compile(made, anyway=True)
        self._freeze(open_door)
        return bool(_let_in(open_door, open_door.nodes[node.id], candidate, by_filter=False).runs), refusal


def _anybody() -> int:
    from engine.simulate.asked import Persona

    return persona.make(Persona())


def _let_in(program: Program, node: Node, candidate: Candidate, *, by_filter: bool = True) -> Entered:
    with transaction.atomic():
        done = enter(program, node, [candidate], by_filter=by_filter)
        done.write_counts()
    return done


def _arrival(node: Node, contact_id: int, asked: Asked) -> Candidate:
    """What the trigger waits for happens, by its own door: the tag is put on, the list is joined, the event is recorded."""
    settings: Any = node.settings
    hears = getattr(node.step, "event_name", None)
    name = hears(settings) if hears else None
    properties = dict(asked.properties)
    event_id: int | None = None
    if name:
        if name == "tag_added" and settings.tag:
            tags.add([contact_id], [settings.tag], handled=True)
            properties = {"tag": settings.tag, **properties}
        elif name == "list_joined" and settings.list:
            lists.join([contact_id], [settings.list], handled=True)
            properties = {"list": settings.list, **properties}
        # It comes before the run, as in life: what lets somebody in is not what they do inside.
        before = clock.now() - timedelta(microseconds=1)
        found = events.record_many([NewEvent(contact_id, name, properties, occurred_at=before, handled=True)])
        event_id = found[0].id if found else None
    Event.objects.filter(contact_id=contact_id, handled=False).update(handled=True)
    return Candidate(contact_id, to_micros(clock.now()), event_id, properties)
