"""Letting contacts in: re-entry, audience and refusals, for a batch of candidates at once."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q

from contacts import clock, conditions
from contacts.among import Among
from contacts.clock import to_micros
from contacts.conditions.zones import zone_of
from contacts.durations import parse
from contacts.models import Contact
from engine import comings, ending, sql
from engine.holdout import is_held_out
from engine.models import Refusal, Run, RunStatus
from engine.models.counter import ENTERED, HOLDOUT
from engine.outcomes import status_of
from engine.program import Node, Program, rule_changed
from engine.standing import home_zone

log = logging.getLogger("trellis.engine")

MAX_DEPTH = 10
MAX_SLOT = 200
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
    """`runs` came in; `held_out` would have, but belong to the holdout group.

    `counts` and `daily` are the caller's to write, as the last statements of its transaction (see `engine.sql.add_counts`).
    """

    runs: int = 0
    held_out: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    counts: dict[tuple[int, str, str], int] = field(default_factory=lambda: defaultdict(int))
    daily: dict[tuple[int, int, str], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, other: Entered) -> None:
        self.runs += other.runs
        self.held_out += other.held_out
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
    starts, ends = (moment_of(program.settings.get(name)) for name in ("starts_at", "ends_at"))
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


def moment_of(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


class _Desk:
    """Works through the candidates of one workflow, rule by rule."""

    def __init__(self, program: Program, now: datetime) -> None:
        self.program = program
        self.now = now
        self.now_us = to_micros(now)
        self.rule = program.rule
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

    def refuse_if(
        self, candidates: list[Candidate], reason: str, unfit: Callable[[Candidate], bool]
    ) -> list[Candidate]:
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
        rows = Contact.objects.filter(Among("pk", {one.contact_id for one in candidates}))
        try:
            verdicts = conditions.decide(tree, conditions.Scope(rows=rows, now=self.now, zone=home_zone()))
        except conditions.BadCondition as error:
            # A segment it names was changed since the publish. Nobody may slip in, and the others must not wait for it.
            log.error("Workflow %s: a condition cannot be asked: %s", self.program.workflow_id, error)
            return self.refuse_if(candidates, "unreadable", lambda one: True)
        kept = []
        for one in candidates:
            verdict = verdicts.get(one.contact_id)
            if verdict is not None and verdict.value:
                kept.append(one)
            else:
                self.refuse(one, reason, verdict.why if verdict else None)
        return kept

    def let_in(self, candidates: list[Candidate], node: Node, key: str) -> None:
        """By the re-entry rule. Who comes several times in one batch comes in turns, each against what the one before left."""
        waiting = self._with_slots(candidates, key)
        while waiting:
            turn, waiting = (waiting, []) if self._alike else _distinct(waiting)
            turn = self._within_limits(turn)
            if self.rule == "restart" and turn:
                active = Run.objects.filter(
                    workflow_id=self.program.workflow_id,
                    contact_id__in=[one.contact_id for one, _ in turn],
                    status=RunStatus.ACTIVE,
                )
                ending.end(
                    list(active.values_list("pk", flat=True)),
                    "restarted",
                    counts=self.done.counts,
                    daily=self.done.daily,
                )
            self._insert(turn, node)

    @property
    def _alike(self) -> bool:
        """Does the unique slot alone decide, so that turns change nothing?"""
        settings = self.program.settings
        limits = any(settings.get(name) for name in ("cooldown", "max_entries", "holdout"))
        return self.rule != "restart" and not limits

    @property
    def _other_slots(self) -> bool:
        """Earlier versions let people in by another rule: their runs count too, but the slot does not know of them."""
        prog = self.program
        return self.rule in ("once", "after_exit") and rule_changed(prog.version_id, prog.workflow_id, self.rule)

    def _with_slots(self, candidates: list[Candidate], key: str) -> list[tuple[Candidate, str]]:
        """Each candidate with the slot that its entry takes; who has no key is refused."""
        if self.rule != "each_key":
            slot = "once" if self.rule == "once" else "inside"
            return [(one, slot) for one in candidates]
        named = str(self.program.settings.get("key") or "").removeprefix("event.")
        found = []
        for one in candidates:
            value = key or _value(one.properties, named)
            if value:
                found.append((one, _slot(value)))
            else:
                self.refuse(one, "no_key")
        return found

    def _within_limits(self, turn: list[tuple[Candidate, str]]) -> list[tuple[Candidate, str]]:
        """Without those whom earlier runs keep out otherwise than by their slot: the cooldown, the greatest number of entries,
        another rule of re-entry before. One query, if there is such a thing."""
        settings = self.program.settings
        cooldown, most = settings.get("cooldown"), settings.get("max_entries")
        others = self._other_slots
        if not (cooldown or most or others) or not turn:
            return turn
        rows = (
            Run.objects.filter(workflow_id=self.program.workflow_id, contact_id__in={one.contact_id for one, _ in turn})
            .values("contact_id", "contact__time_zone")
            .annotate(last=Max("ended_at"), entries=Count("pk"), inside=Count("pk", filter=Q(status=RunStatus.ACTIVE)))
        )
        history = {row["contact_id"]: (row["last"], row["entries"], row["inside"]) for row in rows}
        zones = {row["contact_id"]: row["contact__time_zone"] for row in rows}
        wait = parse(cooldown) if cooldown else None
        home = home_zone()
        kept = []
        for one, slot in turn:
            last, entries, inside = history.get(one.contact_id, (None, 0, 0))
            if others and (entries if self.rule == "once" else inside):
                self.refuse(one, "once" if self.rule == "once" else "inside")
            elif most and entries >= int(most):
                self.refuse(one, "max_entries")
            elif wait and last and wait.add_to(last, zone_of(zones[one.contact_id], home)) > self.now:
                self.refuse(one, "cooldown", [["left", to_micros(last) // 1_000_000]])
            else:
                kept.append((one, slot))
        return kept

    def _insert(self, turn: list[tuple[Candidate, str]], node: Node) -> None:
        """Take the slots. Whose slot is taken is refused; who is held out has come and gone at once, which takes it too."""
        prog = self.program
        rows = [
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
        inserted = sql.insert_runs(rows)
        taken: dict[tuple[int, str | None], int] = defaultdict(int)
        for _, contact_id, _, slot in inserted:
            taken[contact_id, slot] += 1
        reason = {"once": "once", "each_key": "same_key"}.get(self.rule, "inside")
        for one, slot in turn:
            if taken[one.contact_id, slot]:
                taken[one.contact_id, slot] -= 1
            else:
                self.refuse(one, reason)
        held = self._hold_out(inserted, turn, node)
        comings.tell((contact_id, prog.workflow_id) for _, contact_id, _, _ in inserted)
        entered = len(inserted) - held
        day = self._day()
        if entered:
            self.done.runs += entered
            self.done.daily[prog.workflow_id, day, "entered"] += entered
            self.done.counts[prog.version_id, node.id, ENTERED] += entered
        if held:
            self.done.held_out += held
            self.done.daily[prog.workflow_id, day, "holdout"] += held
            self.done.counts[prog.version_id, "", HOLDOUT] += held

    def _hold_out(self, inserted: Sequence[sql.Row], turn: Sequence[tuple[Candidate, str]], node: Node) -> int:
        """End the entries of the holdout group where they began: no visit, no counter, but re-entry counts them."""
        percent = float(self.program.settings.get("holdout") or 0)
        if not percent:
            return 0
        held = {row[0]: row[1] for row in inserted if is_held_out(self.program.workflow_id, row[1], percent)}
        frees, status = 0 if self.program.keeps_slot else 1, int(status_of("holdout"))
        sql.end_runs(
            [(node.id, 1, self.now_us, status, "holdout", self.now_us, frees, "", run_id, 0) for run_id in held]
        )
        who = set(held.values())
        for one in {one.contact_id: one for one, _ in turn if one.contact_id in who}.values():
            self.refuse(one, "holdout")
        return len(held)

    def _day(self) -> int:
        offset = self.now.astimezone(home_zone()).utcoffset()
        return (self.now_us + (int(offset.total_seconds()) * 1_000_000 if offset else 0)) // _DAY


def _value(properties: Any, path: str) -> str:
    """The key at a dotted path of the event's properties; "" for what is missing or no plain value."""
    for part in path.split(".") if path else ():
        properties = properties.get(part) if isinstance(properties, Mapping) else None
    if isinstance(properties, bool) or not isinstance(properties, str | int | float):
        return ""
    return str(properties).strip()


def _slot(key: str) -> str:
    """A key as a slot keeps it; one that is too long is told apart by its hash, not cut."""
    slot = f"key:{key}"
    if len(slot) <= MAX_SLOT:
        return slot
    return f"key:{key[:100]}#{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"


def _distinct(
    waiting: list[tuple[Candidate, str]],
) -> tuple[list[tuple[Candidate, str]], list[tuple[Candidate, str]]]:
    turn: list[tuple[Candidate, str]] = []
    later: list[tuple[Candidate, str]] = []
    seen: set[int] = set()
    for pair in waiting:
        (later if pair[0].contact_id in seen else turn).append(pair)
        seen.add(pair[0].contact_id)
    return turn, later
