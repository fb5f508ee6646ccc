"""The whole product for a handful of people: events let in and wake, runs go from node to node, the outbox answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.model.reference import entry, moving, outbox, watching
from tests.model.reference.facts import Asking, topics
from tests.model.reference.kinds import KINDS, Exit, Fail, Go, Jump, Stay
from tests.model.reference.people import Event, Person, Run, Tagged, Visit

MAX_HOPS = 50
REMOVED = ("restarted", "removed", "removed_by_edit", "left_audience", "cancelled", "workflow_ended", "holdout")


@dataclass(eq=False)
class Version:
    """An immutable drawing. `out`: {node: {port: target}}."""

    number: int
    settings: dict[str, Any]
    nodes: dict[str, dict[str, Any]]
    out: dict[str, dict[str, str]]

    @classmethod
    def of(cls, number: int, document: dict[str, Any]) -> Version:
        out: dict[str, dict[str, str]] = {node["id"]: {} for node in document["nodes"]}
        for edge in document["edges"]:
            out[edge["source"]][edge["port"]] = edge["target"]
        return cls(number, document["settings"], {node["id"]: node for node in document["nodes"]}, out)

    @property
    def triggers(self) -> list[dict[str, Any]]:
        return [node for node in self.nodes.values() if node["kind"] == "trigger"]

    def watched(self, segments: dict[str, Any]) -> set[str]:
        """The events upon which everybody inside is looked at."""
        pulls = [node["settings"]["when"] for node in self.pulls]
        trees = [self.settings.get("exit_when"), self.goal and self.goal["condition"], *pulls]
        return set().union(*(topics(tree, segments) for tree in trees))

    @property
    def goal(self) -> dict[str, Any] | None:
        """The workflow's own; an event counts from the entry on."""
        told = self.settings.get("goal")
        if told and not told.get("condition"):
            return {**told, "condition": {"fact": "event", "name": told["event"], "since": "run"}}
        return told

    @property
    def pulls(self) -> list[dict[str, Any]]:
        """The goal nodes that pull, in the order of the document."""
        goals = [node for node in self.nodes.values() if node["kind"] == "goal" and node.get("enabled", True)]
        return [node for node in goals if node["settings"].get("pull")]

    def upstream(self, goal: str) -> set[str]:
        """From where the goal can be reached, along lines and `go_to`."""
        found: set[str] = set()
        walk = [goal]
        while walk:
            target = walk.pop()
            for name, node in self.nodes.items():
                leaps = [node["settings"]["target"]] if node["kind"] == "go_to" else []
                if name not in found and target in [*self.out[name].values(), *leaps]:
                    found.add(name)
                    walk.append(name)
        return found - {goal}

    @property
    def message_nodes(self) -> set[str]:
        return {name for name, node in self.nodes.items() if node["kind"] in ("email", "sms")}

    @property
    def same_as(self) -> dict[str, str]:
        """{a node that sends again: whose message}"""
        return {
            name: node["settings"]["same_as"] for name, node in self.nodes.items() if node["settings"].get("same_as")
        }


@dataclass(eq=False)
class Workflow:
    number: int  # the id that the database gave
    index: int
    versions: list[Version]
    status: str = "live"
    move: tuple[Version, dict[str, str | None]] | None = None  # a publish that takes people along

    @property
    def live(self) -> Version:
        return self.versions[-1]


@dataclass
class Trellis:
    zone: ZoneInfo  # the workspace's
    now: datetime
    topics: dict[int, str]  # a content's topic
    segments: dict[str, Any]
    people: list[Person] = field(default_factory=list)
    workflows: list[Workflow] = field(default_factory=list)
    counters: Counter[tuple[int, int, str, str]] = field(default_factory=Counter)
    # The ids that the database gave to a contact's runs, in their order.
    run_numbers: dict[int, list[int]] = field(default_factory=dict)

    # --- asking ---------------------------------------------------------------------------------
    def zone_of(self, person: Person) -> ZoneInfo:
        return ZoneInfo(person.time_zone) if person.time_zone else self.zone

    def asking(self, person: Person, run: Run | None = None, until: datetime | None = None) -> Asking:
        return Asking(person, self.now, self.zone_of(person), self.segments, run, until)

    # --- what happens to a contact: each leaves an event, and wakes who waits for it --------------
    def record(
        self,
        person: Person,
        name: str,
        properties: dict[str, Any],
        *,
        occurred_at: datetime | None = None,
        key: str | None = None,
        by: Run | None = None,
    ) -> None:
        """The same key is known already and changes nothing. What claims to come from the future happened now."""
        if key is not None and any(event.key == key for event in person.events):
            return
        at = min(occurred_at or self.now, self.now)
        depth = by.depth + 1 if by else 0
        person.events.append(Event(name, properties, at, self.now, key, depth, by.workflow.index if by else None))
        self.wake(person, name)

    def wake(self, person: Person, topic: str) -> None:
        """Every run of the contact that hears the topic is looked at, before those whose time has come."""
        for run in person.runs:
            if run.status != "active":
                continue
            if topic in run.topics:
                run.woken, run.due_at = True, self.now
            if topic in run.version.watched(self.segments):
                run.heard_at = run.heard_at or self.now
                run.woken, run.due_at = True, self.now

    def add_tags(self, person: Person, names: list[str], *, by: Run | None = None, by_person: bool = False) -> None:
        for name in sorted(set(names) - person.tags.keys()):
            person.tags[name] = Tagged(self.now, by_person, by is not None)
            self.record(person, "tag_added", {"tag": name}, by=by)

    def remove_tags(self, person: Person, names: list[str], *, by: Run | None = None) -> None:
        for name in sorted(set(names) & person.tags.keys()):
            del person.tags[name]
            self.record(person, "tag_removed", {"tag": name}, by=by)

    def join_lists(self, person: Person, slugs: list[str], *, by: Run | None = None) -> None:
        for slug in sorted(set(slugs) - person.lists.keys()):
            person.lists[slug] = self.now
            self.record(person, "list_joined", {"list": slug}, by=by)

    def leave_lists(self, person: Person, slugs: list[str], *, by: Run | None = None) -> None:
        for slug in sorted(set(slugs) & person.lists.keys()):
            del person.lists[slug]
            self.record(person, "list_left", {"list": slug}, by=by)

    def set_fields(self, person: Person, values: dict[str, Any], *, by: Run | None = None) -> None:
        """None clears. Only a real change is written, and leaves an event."""
        for key, value in values.items():
            old = person.get(key)
            if value is None and key == "score":
                value = 0
            elif value is None and key in ("first_name", "language", "time_zone"):
                value = ""
            if old == value and type(old) is type(value):
                continue
            if key in ("email", "phone", "first_name", "language", "time_zone", "score"):
                setattr(person, key, value)
            elif value is None:
                person.fields.pop(key)
            else:
                person.fields[key] = value
            self.record(person, "field_changed", {"field": key, "old": old, "new": value}, by=by)

    def set_consent(self, person: Person, subject: str, state: str, *, by: Run | None = None) -> None:
        if person.consents.get(subject, ("unknown",))[0] != state:
            person.consents[subject] = (state, self.now)
        else:
            return self.lift(person, subject, state)
        self.record(person, "consent_changed", {"subject": subject, "state": state}, by=by)
        return self.lift(person, subject, state)

    def lift(self, person: Person, subject: str, state: str) -> None:
        """A yes lifts an unsubscribe, and nothing else."""
        address = person.email if subject == "email" else person.phone if subject == "sms" else None
        if state == "in" and address and person.blocked.get((subject, address), ("",))[0] == "unsubscribe":
            del person.blocked[subject, address]

    def refusal(self, message: Any) -> str:
        return outbox.refusal(self, message)

    # --- the day's work -------------------------------------------------------------------------
    def work(self, *, outbox_too: bool = True) -> None:
        """Until nothing is left: events in the order received, then runs, then the outbox, then those who move."""
        busy = True
        while busy:
            busy = entry.handle_events(self)
            busy = self.advance() or busy
            if outbox_too:
                busy = outbox.work(self) or busy
            busy = moving.work(self) or busy

    def advance(self) -> bool:
        busy = False
        for person in self.people:
            while run := self.next_due(person):
                busy = True
                self.go_on(run)
        return busy

    def next_due(self, person: Person) -> Run | None:
        """One at a time: who was woken first, then whose time came first, then the oldest. A paused workflow waits."""
        due = [
            run
            for run in person.runs
            if run.status == "active"
            and run.due_at is not None
            and run.due_at <= self.now
            and run.workflow.status != "paused"
        ]
        return min(due, key=lambda run: (not run.woken, run.due_at, person.runs.index(run)), default=None)

    def go_on(self, run: Run) -> None:
        """From node to node, until it stays somewhere or ends."""
        heard_before = len(run.person.events)
        for _ in range(MAX_HOPS):
            node = run.version.nodes[run.node]
            decision = watching.look(self, run, node)
            if decision is None:
                decision = KINDS[node["kind"]](self, run, node["settings"]) if node.get("enabled", True) else Go()
            if isinstance(decision, Stay):
                run.due_at, run.topics, run.woken = decision.until, decision.topics, False
                break
            self.leave(run, node, decision)
            if run.status != "active":
                break
        else:
            run.due_at, run.woken = self.now + timedelta(minutes=1), False
        # What its own steps did is heard once it stands again, by itself too.
        for event in run.person.events[heard_before:]:
            if run.status == "active" and event.name in run.topics:
                run.woken, run.due_at = True, self.now

    def leave(self, run: Run, node: dict[str, Any], decision: Go | Jump | Exit | Fail) -> None:
        out = run.version.out[run.node]
        stop = False
        if isinstance(decision, Fail):
            self.count(run, "+failed")
            port = "failed"
            if "failed" not in out:
                stop = node.get("on_error", "continue") == "stop"
                port = "failed" if stop else "next"
        elif isinstance(decision, Exit):
            port = decision.port
        else:
            port = decision.port
            if port == "skipped" and isinstance(decision, Go):
                self.count(run, "+skipped")
                port = port if port in out else "next"
        self.close_visit(run, port)
        if isinstance(decision, Jump):
            self.come_to(run, decision.target)
        elif isinstance(decision, Exit):
            self.end(run, decision.outcome)
        elif stop:
            self.end(run, "failed")
        elif port not in out:
            self.end(run, "end")
        else:
            self.come_to(run, out[port])

    def close_visit(self, run: Run, port: str) -> None:
        run.visits.append(Visit(run.nth, run.version.number, run.node, run.entered_at, self.now, port, run.result))
        run.topics = frozenset()
        self.count(run, port)

    def come_to(self, run: Run, node: str) -> None:
        run.node, run.nth, run.entered_at = node, run.nth + 1, self.now
        run.deadline = run.result = None
        run.due_at, run.woken = self.now, False
        self.count(run, "+entered")

    def count(self, run: Run, what: str) -> None:
        self.counters[run.workflow.index, run.version.number, run.node, what] += 1

    # --- the end ----------------------------------------------------------------------------------
    def end(self, run: Run, outcome: str) -> None:
        run.status = "failed" if outcome == "failed" else "removed" if outcome in REMOVED else "ended"
        run.outcome, run.ended_at, run.due_at = outcome, self.now, None
        if run.version.settings.get("reentry", "once") not in ("once", "each_key"):
            run.slot = None
        if run.called_by and run.called_by[0].status == "active":
            run.called_by[0].woken, run.called_by[0].due_at = True, self.now
        self.wake(run.person, f"workflow:{run.workflow.index}")

    def take_out(self, run: Run, outcome: str) -> None:
        """End a run from outside, wherever it stands: what is planned and not yet claimed is cancelled."""
        self.close_visit(run, "removed")
        self.end(run, outcome)
        self.cancel(run)

    def cancel(self, run: Run) -> None:
        for message in run.person.messages:
            if message.run is run and message.status in ("planned", "held"):
                message.status = "cancelled"
        run.person.effects = [effect for effect in run.person.effects if effect.run is not run]
