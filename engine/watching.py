"""exit_when, the workflow's goal and goal nodes that pull: looked at when an event arrives that they depend on, and before each message.

The event's own transaction marks the contact's runs (`mark`); the runner looks at the marked ones, and at those about to be sent
something, before their step (`look`). One query for each condition, however many people. What depends on time alone marks nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from builder.models import Workflow, WorkflowVersion
from contacts import conditions
from contacts.clock import from_micros, to_micros
from contacts.conditions import Verdict
from contacts.durations import parse
from engine import effects, sql, watch_sql
from engine.batch import Token, Work, zone_of
from engine.models import Watch
from engine.models.counter import GOAL as GOAL_COUNT
from engine.program import BrokenProgram, Program, compile_document, program
from engine.scope import RunScope
from engine.watches import GOAL, LEFT, PULLED, Goal

_DAY = 86_400_000_000


# --- which events ------------------------------------------------------------------------------------------------------------
def write(version_ids: Iterable[int]) -> None:
    """Note what these versions watch. Safe to repeat; what they no longer watch goes."""
    ids = list(version_ids)
    wanted = {(topic, pk) for pk in ids for topic in program(pk).watches.topics()}
    there = set(Watch.objects.filter(version_id__in=ids).values_list("topic", "version_id"))
    for topic, pk in there - wanted:
        Watch.objects.filter(topic=topic, version_id=pk).delete()
    Watch.objects.bulk_create(
        [Watch(topic=topic, version_id=pk) for topic, pk in sorted(wanted - there)], ignore_conflicts=True
    )


def topics_of(document: Mapping[str, Any]) -> set[str]:
    """The events upon which people in this drawing must be looked at; of one that cannot run here, none."""
    try:
        return compile_document(document, version_id=0, workflow_id=0).watches.topics()
    except (BrokenProgram, ValueError):
        return set()


def on_segment(*args: Any, **signal: Any) -> None:
    """A segment asks something else from now on: so do the versions that name it. Few people edit segments, and seldom."""
    may_run = WorkflowVersion.objects.exclude(workflow__status=Workflow.Status.ARCHIVED).values_list("pk", flat=True)
    write([pk for pk in may_run if any(_names_segment(tree) for tree in program(pk).watches.trees())])


def _names_segment(tree: Any) -> bool:
    return any(leaf.get("fact") == "segment" for leaf in conditions.leaves(tree))


def mark(pairs: Collection[tuple[int, str]], now: int, *, but: Sequence[int] = ()) -> int:
    """Of these (contact_id, topic), mark the contact's runs whose versions watch the topic, and make them due, fast lane.

    In the event's transaction, contacts locked. One cheap statement where nobody watches, else two. `but`: runs that have been
    looked at already. Returns how many were marked.
    """
    watched = watch_sql.watched({topic for _, topic in pairs})
    if not watched:
        return 0
    return watch_sql.mark_runs(sorted(pair for pair in pairs if pair[1] in watched), now, but)


# --- looking -----------------------------------------------------------------------------------------------------------------
class Lookout:
    """The watches of one batch of the runner."""

    def __init__(self, work: Work, news: set[tuple[int, str]]) -> None:
        self.work = work
        # (contact_id, topic) recorded by the batch's own steps: taken out as they are looked at.
        self.news = news
        self._topics: dict[int, frozenset[str]] = {}
        self._heard: dict[int, set[str]] = {}

    def turn(self) -> None:
        """Before each hop: what the last one recorded."""
        self._heard = defaultdict(set)
        for contact, topic in self.news:
            self._heard[contact].add(topic)
        self.news.clear()

    def concerned(self, prog: Program, sends: bool, tokens: Sequence[Token]) -> list[Token]:
        """Who must be looked at before the step. `sends`: their step sends a message, to those for whom none is planned yet."""
        heard = self._heard
        topics = self._watched(prog.version_id) if heard else frozenset()
        return [
            token
            for token in tokens
            if token.heard_at is not None
            or (sends and token.result is None)
            or (heard and not topics.isdisjoint(heard.get(token.contact_id, ())))
        ]

    def _watched(self, version_id: int) -> frozenset[str]:
        if version_id not in self._topics:
            rows = Watch.objects.filter(version_id=version_id).values_list("topic", flat=True)
            self._topics[version_id] = frozenset(rows)
        return self._topics[version_id]

    def look(self, prog: Program, tokens: Sequence[Token]) -> None:
        """Decide those for whom a watch has come true; the others are left as they are.

        The goal is counted first; then, whoever leaves the audience leaves; then the goal ends the run or jumps; then the first
        goal node (in the order of the drawing) that pulls.
        """
        watches = prog.watches
        marked = [token.id for token in tokens if token.heard_at is not None]
        met = self._goal(prog, watches.goal, tokens) if watches.goal else {}
        goal = watches.goal
        for token in tokens:
            if goal and goal.on == "exit" and token.id in met:
                self._end(token, "goal", GOAL, [["goal"], *met[token.id].why])
        if watches.exit_when and (rest := _open(tokens)):
            verdicts = self._ask(prog, watches.exit_when, rest)
            for token in rest:
                if verdicts[token.id].value:
                    self._end(token, "left_audience", LEFT, [["left_audience"], *verdicts[token.id].why])
        for token in _open(tokens):
            if goal and goal.on == "jump" and goal.node and token.id in met and token.node != goal.node:
                self._jump(token, goal.node, GOAL, [["goal"], *met[token.id].why])
        for pull in watches.pulls:
            if rest := [token for token in _open(tokens) if token.node in pull.upstream]:
                verdicts = self._ask(prog, pull.when, rest)
                for token in rest:
                    if verdicts[token.id].value:
                        self._jump(token, pull.node, PULLED, [["pulled", pull.node], *verdicts[token.id].why])
        # Whoever goes leaves nothing behind in the outbox that nobody has taken yet.
        effects.cancel([(one.contact_id, one.id) for one in tokens if one.state and one.result is not None])
        watch_sql.unmark_runs(marked)
        for token in tokens:
            token.heard_at = None

    def _ask(self, prog: Program, tree: Any, tokens: Sequence[Token]) -> Mapping[int, Verdict]:
        ids = [token.id for token in tokens]
        return conditions.decide(tree, RunScope.of(ids, program=prog, now=self.work.now, zone=self.work.zone))

    def _goal(self, prog: Program, goal: Goal, tokens: Sequence[Token]) -> dict[int, Verdict]:
        """Who reaches the goal now: counted once a run."""
        scope = RunScope.of(
            [token.id for token in tokens], program=prog, now=self.work.now, zone=self.work.zone, only={"goal_at": None}
        )
        verdicts = conditions.decide(goal.when, scope)
        met: dict[int, Verdict] = {}
        rows: list[sql.Row] = []
        for token in tokens:
            verdict = verdicts.get(token.id)
            if verdict is None or not verdict.value:
                continue
            heard = self.work.now_us if token.heard_at is None else token.heard_at
            at = reached_at(verdict, goal.window, heard, token.started_at, zone_of(token.time_zone, self.work.zone))
            if at is not None:
                met[token.id] = verdict
                rows.append((at, token.id))
                self.work.counts[token.version_id, "", GOAL_COUNT] += 1
                self.work.count_day(token.workflow_id, "met")
        watch_sql.note_goals(rows)
        return met

    @staticmethod
    def _end(token: Token, outcome: str, port: str, why: Any) -> None:
        token.state, token.outcome, token.port, token.why = Token.EXIT, outcome, port, why

    @staticmethod
    def _jump(token: Token, target: str, port: str, why: Any) -> None:
        token.state, token.target, token.port, token.why = Token.JUMP, target, port, why


def _open(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if not token.state]


def reached_at(verdict: Verdict, window: str | None, heard_at: int, started_at: int, zone: tzinfo) -> int | None:
    """When a goal was reached, in microseconds; None: outside its window. What has no moment of its own came with the event."""
    at = heard_at if verdict.at is None else to_micros(verdict.at)
    if window is None:
        return at
    until = to_micros(parse(window).add_to(from_micros(started_at), zone))
    return at if started_at <= at <= until else None
