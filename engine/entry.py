"""Letting contacts in: re-entry, audience and refusals, for a batch of candidates at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q

from contacts import clock, conditions
from contacts.clock import to_micros
from contacts.durations import parse
from contacts.models import Contact
from engine import ending, sql
from engine.models import Refusal, Run, RunStatus
from engine.models.counter import ENTERED
from engine.program import Node, Program
from engine.standing import home_zone

MAX_DEPTH = 10
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom a trigger would let in. `came_at`: when the event was received (microseconds)."""

    contact_id: int
    came_at: int
    event_id: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    depth: int = 0


@dataclass
class Entered:
    """`counts` and `daily` are the caller's to write, as the last statements of its transaction (see `engine.sql.add_counts`)."""

    runs: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    counts: dict[tuple[int, str, str], int] = field(default_factory=lambda: defaultdict(int))
    daily: dict[tuple[int, int, str], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, other: Entered) -> None:
        self.runs += other.runs
        self.refusals += other.refusals
        for mine, theirs in ((self.counts, other.counts), (self.daily, other.daily)):
            for key, n in theirs.items():
                mine[key] += n  # type: ignore[index]

    def write_counts(self) -> None:
        sql.add_daily(self.daily)
        sql.add_counts(self.counts)


def enter(
    program: Program,
    node: Node,
    candidates: Sequence[Candidate],
    *,
    paused: bool = False,
    by_filter: bool = True,
    key: str = "",
) -> Entered:
    """Let in whom the workflow's rules admit; keep the reason for the others. Call inside a transaction, contacts locked.

    A fixed number of queries for the batch. `by_filter=False` (enrolment by hand) obeys all but the trigger's filter;
    `key` is the entry key of such an enrolment.
    """
    now = clock.now()
    desk = _Desk(program, now)
    rest = list(candidates)
    rest = desk.refuse_if(rest, "loop", lambda one: one.depth > MAX_DEPTH)
    if paused:
        rest = desk.refuse_if(rest, "paused", lambda one: True)
    starts, ends = (_moment(program.settings.get(name)) for name in ("starts_at", "ends_at"))
    if starts and now < starts:
        rest = desk.refuse_if(rest, "not_started", lambda one: True)
    if ends and now >= ends:
        rest = desk.refuse_if(rest, "over", lambda one: True)
    if by_filter and node.settings.filter:
        rest = desk.ask(rest, "no_match", node.settings.filter)
    if program.settings.get("audience"):
        rest = desk.ask(rest, "audience", program.settings["audience"])
    desk.let_in(rest, node, key)
    Refusal.objects.bulk_create(desk.done.refusals)
    return desk.done


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


class _Desk:
    """Works through the candidates of one workflow, rule by rule."""

    def __init__(self, program: Program, now: datetime) -> None:
        self.program = program
        self.now = now
        self.now_us = to_micros(now)
        self.done = Entered()

    def refuse(self, one: Candidate, reason: str, why: Any = None) -> None:
        self.done.refusals.append(
            Refusal(
                workflow_id=self.program.workflow_id,
                contact_id=one.contact_id,
                event_id=one.event_id,
                reason=reason,
                why=why,
                at=self.now,
            )
        )

    def refuse_if(self, candidates: list[Candidate], reason: str, unfit: Any) -> list[Candidate]:
        kept = []
        for one in candidates:
            if unfit(one):
                self.refuse(one, reason)
            else:
                kept.append(one)
        return kept

    def ask(self, candidates: list[Candidate], reason: str, tree: Any) -> list[Candidate]:
        if not candidates:
            return []
        rows = Contact.objects.filter(pk__in={one.contact_id for one in candidates})
        verdicts = conditions.decide(tree, conditions.Scope(rows=rows, now=self.now, zone=home_zone()))
        kept = []
        for one in candidates:
            verdict = verdicts.get(one.contact_id)
            if verdict is not None and verdict.value:
                kept.append(one)
            else:
                self.refuse(one, reason, verdict.why if verdict else None)
        return kept

    def slots(self, candidates: list[Candidate], key: str) -> list[tuple[Candidate, str | None]]:
        """Each candidate with the slot that its entry takes; what the rules refuse beforehand is left out."""
        settings = self.program.settings
        rule = settings.get("reentry", "once")
        if rule == "each_key":
            path = str(settings.get("key") or "").removeprefix("event.").split(".")
            found: list[tuple[Candidate, str | None]] = []
            for one in candidates:
                value: Any = one.properties
                for part in path:
                    value = value.get(part) if isinstance(value, Mapping) else None
                value = key or value
                if value in (None, ""):
                    self.refuse(one, "no_key")
                else:
                    found.append((one, f"key:{value}"[:200]))
            return found
        history = self.history(candidates)
        cooldown, most = settings.get("cooldown"), settings.get("max_entries")
        kept: list[tuple[Candidate, str | None]] = []
        for one in candidates:
            last_end, entries = history.get(one.contact_id, (None, 0))
            if most and entries >= int(most):
                self.refuse(one, "max_entries")
            elif cooldown and last_end and parse(cooldown).add_to(last_end) > self.now:
                self.refuse(one, "cooldown")
            else:
                kept.append((one, "once" if rule == "once" else "inside"))
        return kept

    def history(self, candidates: list[Candidate]) -> dict[int, tuple[datetime | None, int]]:
        """contact -> (when its last run here ended, how often it entered); asked only if a rule wants to know."""
        if not (self.program.settings.get("cooldown") or self.program.settings.get("max_entries")):
            return {}
        rows = (
            Run.objects.filter(
                workflow_id=self.program.workflow_id, contact_id__in={one.contact_id for one in candidates}
            )
            .values("contact_id")
            .annotate(last=Max("ended_at", filter=Q(ended_at__isnull=False)), entries=Count("pk"))
        )
        return {row["contact_id"]: (row["last"], row["entries"]) for row in rows}

    def let_in(self, candidates: list[Candidate], node: Node, key: str) -> None:
        if not candidates:
            return
        rule = self.program.settings.get("reentry", "once")
        waiting = self.slots(candidates, key)
        # `restart` ends the active run first; twice in one batch restarts twice, so it goes in rounds of distinct contacts.
        while waiting:
            turn, waiting = _distinct(waiting) if rule == "restart" else (waiting, [])
            if rule == "restart":
                active = Run.objects.filter(
                    workflow_id=self.program.workflow_id,
                    contact_id__in=[one.contact_id for one, _ in turn],
                    status=RunStatus.ACTIVE,
                )
                ending.end(list(active.values_list("pk", flat=True)), "restarted")
            self._insert(turn, node, rule)

    def _insert(self, turn: list[tuple[Candidate, str | None]], node: Node, rule: str) -> None:
        prog = self.program
        inserted = sql.insert_runs(
            [
                (
                    prog.workflow_id,
                    prog.version_id,
                    one.contact_id,
                    node.id,
                    self.now_us,
                    min(one.came_at, self.now_us),
                    self.now_us,
                    slot,
                    one.event_id,
                    one.depth,
                )
                for one, slot in turn
            ]
        )
        taken: dict[tuple[int, str | None], int] = defaultdict(int)
        for _, contact_id, _, slot in inserted:
            taken[contact_id, slot] += 1
        reason = {"once": "once", "each_key": "same_key"}.get(rule, "inside")
        for one, slot in turn:
            if taken[one.contact_id, slot]:
                taken[one.contact_id, slot] -= 1
            else:
                self.refuse(one, reason)
        if inserted:
            zone = home_zone()
            offset = self.now.astimezone(zone).utcoffset()
            local = self.now_us + (int(offset.total_seconds()) * 1_000_000 if offset else 0)
            self.done.runs += len(inserted)
            self.done.daily[prog.workflow_id, local // _DAY, "entered"] += len(inserted)
            self.done.counts[prog.version_id, node.id, ENTERED] += len(inserted)


def _distinct(
    waiting: list[tuple[Candidate, str | None]],
) -> tuple[list[tuple[Candidate, str | None]], list[tuple[Candidate, str | None]]]:
    turn: list[tuple[Candidate, str | None]] = []
    later: list[tuple[Candidate, str | None]] = []
    seen: set[int] = set()
    for pair in waiting:
        (later if pair[0].contact_id in seen else turn).append(pair)
        seen.add(pair[0].contact_id)
    return turn, later
