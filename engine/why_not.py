"""Why did this contact not enter (or not get this)? An answer in words, also where no refusal was ever stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from builder.graph import parse
from builder.models import Workflow, WorkflowVersion
from builder.names import DocumentNames
from contacts import clock, conditions
from contacts.clock import to_micros
from contacts.conditions.texts import moment
from contacts.durations import parse as duration
from contacts.models import Contact, Event
from engine import history
from engine.holdout import is_held_out
from engine.messaging.models import Message, Status
from engine.models import Refusal, Run, RunStatus
from engine.outcomes import words as outcome_words
from engine.program import BrokenProgram, Node, Program, program
from engine.standing import home_zone

# As long as refusals are kept (engine.pulse), and as many events and messages as one looks through for an answer.
KEPT = timedelta(days=7)
MOST = 200
UNSENT = (Status.SKIPPED, Status.HELD, Status.REJECTED, Status.CANCELLED, Status.IN_DOUBT, Status.BOUNCED)


@dataclass
class Answer:
    """`status` is one word for programs, `sentence` the answer, `reasons` what else speaks for or against it."""

    workflow: Workflow
    contact: Contact
    status: str = ""
    sentence: str = ""
    reasons: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def say(self, status: str, sentence: str) -> None:
        """The first thing said is the answer, the others are reasons beside it."""
        if not self.status:
            self.status, self.sentence = status, sentence
        elif sentence not in (self.sentence, *self.reasons):
            self.reasons.append(sentence)

    def as_json(self) -> dict[str, Any]:
        return {
            "workflow": {"id": self.workflow.pk, "name": self.workflow.name},
            "contact": {"id": self.contact.pk, "name": self.contact.name},
            "status": self.status,
            "sentence": self.sentence,
            "reasons": self.reasons,
            "messages": self.messages,
            "runs": [run.pk for run in self.runs],
        }


def why(workflow: Workflow, contact: Contact) -> Answer:
    """A fixed number of queries for each trigger of the live version. Never raises for what is stored."""
    return _Asking(workflow, contact).answer()


class _Asking:
    def __init__(self, workflow: Workflow, contact: Contact) -> None:
        self.workflow, self.contact = workflow, contact
        self.told = Answer(workflow, contact)
        self.zone, self.now = home_zone(), clock.now()
        self.who = contact.first_name or contact.name

    def at(self, when: datetime | None) -> str:
        return moment(to_micros(when) // 1_000_000, self.zone) if when else ""

    def answer(self) -> Answer:
        mine = Run.objects.filter(contact=self.contact, workflow=self.workflow).select_related("version")
        self.told.runs = list(mine.order_by("-pk")[:10])
        self._inside()
        self._standing()
        prog = self._program()
        if prog is not None:
            self._refusals()
            self._season(prog)
            self._triggers(prog)
            self._again(prog)
        if not self.told.status:
            self.told.say("unknown", f"Nothing speaks against it: the next time, {self.who} should come in.")
        return self.told

    # --- inside, or here before ---------------------------------------------------------------
    def _inside(self) -> None:
        active = [run for run in self.told.runs if run.status == RunStatus.ACTIVE]
        for run in active[:1]:
            names = DocumentNames(parse(run.version.document))
            until = f", and goes on {self.at(run.due_at)}" if run.due_at and run.due_at > self.now else ""
            here = f"since {self.at(run.started_at)}, now at “{names.node(run.node)}”{until}"
            self.told.say("inside", f"{self.who} is inside: {here}.")
            self._unsent(run, names)
        if active or not self.told.runs:
            return
        run = self.told.runs[0]
        if run.outcome == "holdout":
            self.told.say(
                "holdout", f"{self.who} belongs to the holdout group: counted for comparison, and sent nothing."
            )
            return
        names = DocumentNames(parse(run.version.document))
        left = f"and left {self.at(run.ended_at)} as “{outcome_words(run.outcome)}”" if run.ended_at else ""
        error = f" The error was: {run.error[:200]}" if run.status == RunStatus.FAILED and run.error else ""
        self.told.say("was_inside", f"{self.who} was here: came in {self.at(run.started_at)} {left}.{error}")
        self._unsent(run, names)

    def _unsent(self, run: Run, names: DocumentNames) -> None:
        rows = Message.objects.filter(contact=self.contact, run_id=run.pk, status__in=UNSENT).select_related("contact")
        self.told.messages = [
            f"“{names.node(message.node)}”: {history.message_words(message, self.zone)}" for message in rows[:20]
        ]

    # --- the workflow itself ------------------------------------------------------------------
    def _standing(self) -> None:
        status = self.workflow.status
        if self.workflow.live_version_id is None:
            self.told.say("not_published", "This workflow was never published, so nobody can come in.")
        elif status == Workflow.Status.PAUSED:
            self.told.say(
                "paused", f"It is paused since {self.at(self.workflow.paused_at)}: nobody comes in meanwhile."
            )
        elif status == Workflow.Status.ENDED:
            self.told.say("ended", "It has ended: nobody comes in any more.")
        elif status == Workflow.Status.ARCHIVED:
            self.told.say("archived", "It is archived: nobody comes in any more.")

    def _program(self) -> Program | None:
        if self.workflow.live_version_id is None:
            return None
        try:
            return program(self.workflow.live_version_id)
        except BrokenProgram as error:
            self.told.say("broken", str(error))
            return None

    def _refusals(self) -> None:
        rows = Refusal.objects.filter(contact=self.contact, workflow=self.workflow).order_by("-at", "-pk")
        for refusal in rows[:3]:
            seen = refusal.why_words(self.names, self.zone)
            # Once they are inside, or have been, an older refusal is only a detail.
            self.told.say("refused", f"{self.at(refusal.at)}: {refusal.sentence}.{f' {seen}' if seen else ''}")

    def _seen(self, why: Any) -> str:
        return conditions.why_sentence(why, self.names, self.zone) if isinstance(why, list) else ""

    @property
    def names(self) -> DocumentNames:
        if not hasattr(self, "_names"):
            version = self.workflow.live_version
            self._names = DocumentNames(parse(version.document if version else {}))
        return self._names

    def _season(self, prog: Program) -> None:
        for name, words, past in (
            ("starts_at", "It lets people in only from {} on.", False),
            ("ends_at", "It has let nobody in since {}.", True),
        ):
            value = prog.settings.get(name)
            if value:
                at = datetime.fromisoformat(value)
                if (self.now >= at) == past:
                    self.told.say("over" if past else "not_started", words.format(self.at(at)))

    # --- did what starts it happen? -----------------------------------------------------------
    def _triggers(self, prog: Program) -> None:
        first = WorkflowVersion.objects.filter(workflow=self.workflow).order_by("number").first()
        since = first.published_at if first else self.now
        for node in prog.triggers():
            for sentence in self._of_trigger(node, since):
                self.told.say("not_triggered", sentence)
            if node.settings.filter:
                self._ask("no_match", node.settings.filter, "The trigger's filter")
        if prog.settings.get("audience"):
            self._ask("audience", prog.settings["audience"], "The workflow's audience")

    def _of_trigger(self, node: Node, since: datetime) -> Iterator[str]:
        step: Any = node.step
        summary = node.step.summary(node.settings, self.names).rstrip(".")
        if not node.enabled:
            yield f"The trigger “{node.label}” is switched off."
            return
        name = step.event_name(node.settings)
        if name is None:
            if not self.told.runs:
                yield f"It starts for: {summary}. That has not happened to {self.who}."
            return
        rows = list(Event.objects.filter(contact=self.contact, name=name).order_by("-received_at", "-pk")[:MOST])
        fitting = [row for row in rows if step.hears(node.settings, row.properties or {})]
        if not rows:
            yield f"It starts for: {summary}. That has never happened to {self.who}."
        elif not fitting:
            yield (
                f"It starts for: {summary}. Something of the kind happened {self.at(rows[0].occurred_at)}, "
                "but not what this trigger waits for."
            )
        elif fitting[0].received_at < since:
            yield (
                f"It starts for: {summary}. That happened {self.at(fitting[0].occurred_at)}, before the workflow was "
                f"first published {self.at(since)}; only what happens afterwards counts."
            )
        elif not fitting[0].handled:
            yield f"It happened {self.at(fitting[0].occurred_at)} and is being looked at right now."
        elif not self._let_in_by(row.pk for row in fitting):
            yield self._handled(fitting[0])

    def _let_in_by(self, event_ids: Iterable[int]) -> bool:
        return bool({run.event_id for run in self.told.runs} & set(event_ids))

    def _handled(self, event: Event) -> str:
        when = self.at(event.occurred_at)
        if event.received_at < self.now - KEPT:
            return (
                f"It happened {when}; why they did not come in then is not known any more, reasons are kept for 7 days."
            )
        if self.told.status == "refused":
            return f"It last happened {when}."
        return f"It happened {when}, but was told as something that starts no workflow, as an import or a test does."

    def _ask(self, code: str, tree: Any, what: str) -> None:
        """Would they meet it now? With the values seen."""
        scope = conditions.Scope(rows=Contact.objects.filter(pk=self.contact.pk), now=self.now, zone=self.zone)
        try:
            verdict = conditions.decide(tree, scope)[self.contact.pk]
        except (conditions.BadCondition, KeyError):
            self.told.say("unreadable", f"{what} cannot be asked any more: something that it names is gone.")
            return
        seen = self._seen(verdict.why)
        if not verdict.value:
            self.told.say(code, f"{what} does not fit {self.who} now. {seen}".strip())
        elif not self.told.runs:
            self.told.reasons.append(f"{what} would fit {self.who} now. {seen}".strip())

    # --- could they come again? ---------------------------------------------------------------
    def _again(self, prog: Program) -> None:
        settings, runs = prog.settings, self.told.runs
        percent = settings.get("holdout") or 0
        if percent and is_held_out(self.workflow.pk, self.contact.pk, percent):
            self.told.say("holdout", f"{self.who} belongs to the holdout group of {percent:g} %, who are sent nothing.")
        if not runs:
            return
        rule, most, cooldown = settings.get("reentry", "once"), settings.get("max_entries"), settings.get("cooldown")
        if rule == "once":
            self.told.say("once", "Everybody enters this workflow once, so they do not come in again.")
        elif most and len(runs) >= most:
            self.told.say("max_entries", f"Nobody enters more than {most} time{'' if most == 1 else 's'}.")
        elif rule == "after_exit" and any(run.status == RunStatus.ACTIVE for run in runs):
            self.told.say("inside", "They can come in again only after they have left.")
        elif rule == "each_key":
            self.told.say("same_key", f"They come in once for each {settings.get('key')}, and again for another.")
        if cooldown and runs[0].ended_at and rule != "once":
            again = duration(cooldown).add_to(runs[0].ended_at, self.zone)
            if again > self.now:
                self.told.say("cooldown", f"They can come in again from {self.at(again)} on.")
