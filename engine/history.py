"""What happened to a contact in its workflows: runs with their visits, and each why as a plain sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from builder.graph import parse
from builder.models import WorkflowVersion
from builder.names import DocumentNames
from contacts import clock, conditions
from contacts.models import Workspace
from engine.messaging.models import Message, Status
from engine.models import Run, RunStatus, Visit
from engine.program import Program, can_run, program

# Ways out that were chosen; the others are simply the way on.
DECIDING = frozenset({"yes", "no", "timeout", "branch"})


ENDED = {
    "cancelled": "Taken out by hand here.",
    "restarted": "Entered again, so this run ended here.",
    "removed_by_edit": "This step was removed by an edit, and nothing was put in its place.",
    "other_workflow": "Taken out by another workflow.",
    "merged": "Two contacts became one, and the other one's run went on.",
    "workflow_ended": "The workflow ended.",
}


@dataclass(frozen=True)
class Step:
    """One visit as people read it. `left_at` None: the run is there now."""

    nth: int
    node: str
    kind: str
    label: str
    icon: str
    group: str
    entered_at: datetime
    left_at: datetime | None
    port: str | None
    port_label: str
    port_tone: str
    why: str
    decides: bool
    failed: bool
    message: Message | None

    def as_json(self) -> dict[str, Any]:
        return {
            "nth": self.nth,
            "node": self.node,
            "kind": self.kind,
            "label": self.label,
            "entered_at": self.entered_at.isoformat(),
            "left_at": self.left_at.isoformat() if self.left_at else None,
            "port": self.port,
            "port_label": self.port_label,
            "why": self.why,
            "message": self.message.pk if self.message else None,
        }


class Histories:
    """The paths of several runs (of one or many contacts), in a fixed number of queries."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = runs
        self.zone = Workspace.current().zone
        ids = [run.pk for run in runs]
        contacts = {run.contact_id for run in runs}
        self._visits: dict[int, list[Visit]] = defaultdict(list)
        wanted = {run.version_id for run in runs}
        visits = Visit.objects.filter(contact_id__in=contacts, run_id__in=ids)
        for visit in visits.order_by("contact_id", "run_id", "nth"):
            self._visits[visit.run_id].append(visit)
            wanted.add(visit.version_id)
        self.versions = {
            version.pk: version for version in WorkflowVersion.objects.select_related("workflow").filter(pk__in=wanted)
        }
        self._messages = {
            (message.run_id, message.nth): message
            for message in Message.objects.filter(contact_id__in=contacts, run_id__in=ids).select_related("contact")
        }
        self._names: dict[int, DocumentNames] = {}

    def steps(self, run: Run) -> list[Step]:
        """Every visit in order, the open one last."""
        found = [
            self._step(
                visit.version_id, run, visit.nth, visit.node, visit.entered_at, visit.left_at, visit.port, visit.why
            )
            for visit in self._visits[run.pk]
        ]
        if run.status == RunStatus.ACTIVE:
            found.append(self._step(run.version_id, run, run.nth, run.node, run.entered_at, None, None, None))
        return found

    def messages(self, run: Run) -> list[Message]:
        return [message for (run_id, _), message in self._messages.items() if run_id == run.pk]

    def document(self, run: Run) -> Any:
        return self.versions[run.version_id].document

    def names(self, version_id: int) -> DocumentNames:
        if version_id not in self._names:
            self._names[version_id] = DocumentNames(parse(self.versions[version_id].document))
        return self._names[version_id]

    def _step(
        self,
        version_id: int,
        run: Run,
        nth: int,
        node_id: str,
        entered_at: datetime,
        left_at: datetime | None,
        port: str | None,
        why: Any,
    ) -> Step:
        prog: Program | None = program(version_id) if can_run(version_id) else None
        node = prog.nodes.get(node_id) if prog else None
        message = self._messages.get((run.pk, nth))
        if node is None:
            return Step(
                nth, node_id, "", node_id, "help", "end", entered_at, left_at, port, "", "no", "", False, False, message
            )
        raw = node.settings.model_dump(mode="json")
        ports = node.step.ports_of(raw)
        taken = next((one for one in ports if one.name == port), None)
        entries = why or []
        names = self.names(version_id)
        sentences = []
        if message is not None:
            sentences.append(message_words(message, self.zone))
        plain: list[Any] = []
        for entry in entries:
            text = node.step.why_words(entry, names, self.zone) or common_words(entry, names)
            if text is None:
                plain.append(entry)
            elif not (message is not None and entry[0] in ("skipped", "failed", "in_doubt")):
                sentences.append(text)
        if plain:
            sentences.insert(0, conditions.why_sentence(plain, names, self.zone))
        if not sentences and left_at is not None and node.step.group == "timing":
            sentences.append("As drawn, nothing cut it short.")
        if not sentences and not node.enabled:
            sentences.append("Switched off: passed straight through.")
        if not sentences and left_at is not None:
            # What it does to everybody alike needs no reason of its own: "Adds the tag vip."
            sentences.append(f"{node.step.summary(node.settings, names).rstrip('.')}.")
        if run.status != RunStatus.ACTIVE and port == "end":
            sentences.append(f"Left after {spell(run)}.")
        return Step(
            nth=nth,
            node=node_id,
            kind=node.step.kind,
            label=node.label,
            icon=node.step.icon,
            group=node.step.group,
            entered_at=entered_at,
            left_at=left_at,
            port=port,
            port_label=taken.label if taken else "",
            port_tone=taken.tone if taken else "no",
            why=" ".join(one for one in sentences if one),
            decides=taken is not None and taken.tone in DECIDING and node.step.channel is None,
            failed=port == "failed" or any(entry[0] == "failed" for entry in entries),
            message=message,
        )


def common_words(entry: list[Any], names: DocumentNames) -> str | None:
    """What the runner itself writes into a why, for any kind of node."""
    if entry[0] == "failed":
        return f"Failed: {entry[1]}"
    if entry[0] == "ended":
        return ENDED.get(entry[1], "Ended here from outside.")
    if entry[0] == "goal":
        return "Reached the workflow's goal."
    if entry[0] == "left_audience":
        return "By that the workflow was over for them."
    if entry[0] == "pulled":
        return f"Reached the goal “{names.node(entry[1])}” and went there at once."
    if entry[0] == "simulated":
        return "Chosen in this test."
    if entry[0] == "moved":
        return f"Moved from version {entry[1]} to version {entry[2]}."
    return None


# Why a message is held, for people; {at}: when it is looked at again.
HELD = {
    "quiet_hours": "Waits for the end of the quiet hours, until {at}.",
    "capped": "Waits for a place: this contact has had enough messages for now.",
    "paused": "Held while the workflow is paused.",
    "stopped_all": "Held: all sending is stopped.",
}


def message_words(message: Message, zone: tzinfo) -> str:
    """ "Sent to bob@kowalski.example, delivered 09:00. Two machine opens, not counted.\""""
    status = Status(message.status)

    def at(moment: datetime | None) -> str:
        return moment.astimezone(zone).strftime("%H:%M") if moment else ""

    address = masked(message)
    parts: list[str]
    if status in (Status.PLANNED, Status.CLAIMED):
        parts = [f"On its way to {address}."]
    elif status == Status.HELD:
        parts = [HELD.get(message.reason, "Held for now.").format(at=at(message.not_before))]
    elif status == Status.SKIPPED:
        from engine.steps.message import REFUSALS

        parts = [f"Not sent: {REFUSALS.get(message.reason, message.reason.replace('_', ' ') or 'refused')}."]
    elif status == Status.REJECTED:
        parts = [f"Not accepted. The provider said “{message.error}”." if message.error else "Not accepted."]
    elif status == Status.IN_DOUBT:
        parts = [f"Handed over for {address}, but the answer was lost: in doubt, not sent again by itself."]
    elif status == Status.CANCELLED:
        parts = ["Cancelled before it went."]
    else:
        delivered = (
            f", delivered {at(message.delivered_at)}" if message.delivered_at else f" at {at(message.accepted_at)}"
        )
        parts = [f"Sent to {address}{delivered}."]
        if status == Status.BOUNCED:
            parts.append("It bounced.")
        if message.clicked_at:
            parts.append(f"Clicked {at(message.clicked_at)}.")
        elif message.opened_at:
            parts.append(f"Opened {at(message.opened_at)}.")
        if message.machine_opens:
            n = message.machine_opens
            parts.append(f"{n} open{'' if n == 1 else 's'} by machines, not counted.")
    return " ".join(parts)


def masked(message: Message) -> str:
    """Whom it went to, a phone without its middle."""
    contact = message.contact
    if message.channel == "email":
        return contact.email or "nobody"
    phone = contact.phone or ""
    return f"{phone[:3]} ··· ··· {phone[-3:]}" if phone else "nobody"


def spell(run: Run) -> str:
    """How long a run was inside: "4 days and 5 minutes"."""
    seconds = int(((run.ended_at or clock.now()) - run.started_at).total_seconds())
    parts = []
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " and ".join(parts[:2]) or "less than a minute"


def path_json(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """Runs with visits as the API shows them. A fixed number of queries for all of them."""
    from engine.outcomes import words

    runs = list(runs)
    histories = Histories(runs)
    rows = []
    for run in runs:
        version = histories.versions[run.version_id]
        rows.append(
            {
                "id": run.pk,
                "workflow": run.workflow_id,
                "workflow_name": version.workflow.name,
                "version": version.number,
                "status": RunStatus(run.status).word,
                "outcome": run.outcome or None,
                "outcome_label": words(run.outcome) if run.outcome else "",
                "entered_at": run.started_at.isoformat(),
                "ended_at": run.ended_at.isoformat() if run.ended_at else None,
                "visits": [step.as_json() for step in histories.steps(run)],
            }
        )
    return rows
