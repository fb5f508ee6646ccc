"""The runner: advances batches of runs to their next wait. The only writer of Run and Visit.

One transaction: claim due runs and their contacts -> group by node -> each step decides for its group -> next nodes ... until
parked or ended -> visits, messages, effects, runs, subscriptions, wakes, then counters -> commit. No network call in it, ever.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, transaction

from contacts import clock, demo_clock, faults
from contacts.normalise import storable
from engine import comings, effects, health, message_events, sql, wake, watch_sql
from engine.batch import Batch, Token, Work
from engine.messaging import plan
from engine.messaging.models import Status
from engine.models import Effect, Lane, RunStatus
from engine.models.counter import ENTERED, FAILED, SKIPPED
from engine.outcomes import daily_of, status_of
from engine.program import Program, can_run, program
from engine.standing import home_zone
from engine.watching import Lookout

log = logging.getLogger("trellis.engine")

MAX_HOPS = 50
MAX_ATTEMPTS = 3
encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_MINUTE = 60_000_000
# A version that this release cannot run is mended by an update or by people being moved: no hurry.
BROKEN_WAITS_US = 10 * _MINUTE


@dataclass
class Advanced:
    """What one call did: runs looked at and node visits finished."""

    runs: int = 0
    steps: int = 0

    def __bool__(self) -> bool:
        return self.runs > 0


def advance(
    limit: int = 1000, *, contact_ids: Sequence[int] | None = None, run_ids: Sequence[int] | None = None
) -> Advanced:
    """Advance up to `limit` due runs (of these contacts, or these runs) to their next wait. Safe to call anywhere, at any time.

    A batch that fails is halved until the one run that fails is alone; after 3 tries that run is failed with its error,
    the rest has gone on.
    """
    try:
        return _halving(limit, contact_ids, run_ids)
    finally:
        health.look_at_noted()


def _halving(limit: int, contact_ids: Sequence[int] | None, run_ids: Sequence[int] | None) -> Advanced:
    attempt = Attempt()
    try:
        return _advance(limit, contact_ids, run_ids, attempt)
    except (OperationalError, sql.LateWrite):
        raise
    except Exception as error:
        ids = attempt.run_ids
        if not ids:
            raise
        if len(ids) == 1:
            if attempt.hops:  # the steps before it went well: commit those, so that it fails where it fails
                _advance_again(ids, attempt.hops)
            _strike(ids[0], error)
            return Advanced(runs=1, steps=attempt.hops)
        log.warning("A batch of %d runs failed (%s); trying it in halves.", len(ids), error)
        middle = len(ids) // 2
        done = Advanced()
        for half in (ids[:middle], ids[middle:]):
            part = _halving(len(half), None, half)
            done.runs += part.runs
            done.steps += part.steps
        return done


def _advance_again(ids: list[int], hops: int) -> None:
    """The steps before the one that failed. What fails when all is written fails here too: then none of them count."""
    try:
        _advance(1, None, ids, Attempt(), hops=hops)
    except (OperationalError, sql.LateWrite):
        raise
    except Exception as error:
        log.warning("Run %d cannot be written (%s).", ids[0], error)


@dataclass
class Attempt:
    """How far a batch came before it failed."""

    run_ids: list[int] = field(default_factory=list)
    hops: int = 0


def _advance(
    limit: int,
    contact_ids: Sequence[int] | None,
    run_ids: Sequence[int] | None,
    attempt: Attempt,
    hops: int = MAX_HOPS,
) -> Advanced:
    with transaction.atomic(), wake.deferred() as heard:
        demo_clock.sync()
        now = clock.now()
        now_us = clock.to_micros(now)
        rows = sql.claim(now=now_us, limit=limit, contact_ids=contact_ids, run_ids=run_ids)
        if not rows:
            return Advanced()
        # One contact, one thing at a time: its second due run comes with the next batch and sees what the first did.
        tokens, seen = [], set()
        for row in rows:
            if row[1] not in seen:
                seen.add(row[1])
                tokens.append(Token(row))
        attempt.run_ids = [token.id for token in tokens]
        faults.point("runner.claimed")
        steps = to_the_next_wait(tokens, Work(now=now, zone=home_zone()), heard, attempt, hops)
    faults.point("runner.committed")
    return Advanced(runs=len(tokens), steps=steps)


def to_the_next_wait(tokens: list[Token], work: Work, heard: wake.Heard, attempt: Attempt, hops: int = MAX_HOPS) -> int:
    """Let these runs go as far as they can, and write it all: the last statements of a transaction. Visits finished."""
    writer = _Writer(work)
    live = writer.hold(tokens, sql.paused_workflows())
    lookout, looked = Lookout(work, heard.news), {token.id for token in live}
    while live and attempt.hops < hops:
        live = _hop(work, writer, lookout, live)
        attempt.hops += 1
    for token in live:  # still running after MAX_HOPS: a breath, then on
        writer.park(token, work.now_us + _MINUTE if hops == MAX_HOPS else work.now_us)
    faults.point("runner.before_write")
    steps = writer.write()
    # Who is held, or still on the way, has not been looked at since its last step.
    heard.ring(work.now_us, looked=looked - {token.id for token in live})
    faults.point("runner.before_counts")
    health.count(work.failures)
    sql.add_daily(work.daily)
    sql.add_counts(work.counts)
    return steps


def _hop(work: Work, writer: _Writer, lookout: Lookout, tokens: list[Token]) -> list[Token]:
    """Let each node decide for its runs; give back those that came to a next node."""
    groups: dict[tuple[int, str], list[Token]] = defaultdict(list)
    for token in tokens:
        groups[token.version_id, token.node].append(token)
    moving = _look(writer, lookout, groups)
    for (version_id, node_id), group in groups.items():
        if not group:
            continue
        prog = program(version_id)
        node = prog.nodes[node_id]
        batch = Batch(work, prog, node, group)
        if node.enabled or not node.step.may_be_disabled():
            node.step.run(batch)
        else:
            batch.go_all()
        moving += writer.take(prog, node_id, group)
    writer.flush_visits()
    return moving


def _look(writer: _Writer, lookout: Lookout, groups: dict[tuple[int, str], list[Token]]) -> list[Token]:
    """What the workflow as a whole decides before the steps do: takes those out of `groups`, gives back who came to a node."""
    lookout.turn()
    concerned: dict[int, list[Token]] = defaultdict(list)
    for (version_id, node_id), group in groups.items():
        prog = program(version_id)
        if prog.watches:
            node = prog.nodes[node_id]
            if some := lookout.concerned(prog, node.step.channel is not None and node.enabled, group):
                concerned[version_id] += some
    for version_id, some in concerned.items():
        lookout.look(program(version_id), some)
    moving: list[Token] = []
    for place in list(groups) if concerned else ():
        if decided := [token for token in groups[place] if token.state]:
            groups[place] = [token for token in groups[place] if not token.state]
            moving += writer.take(program(place[0]), place[1], decided)
    return moving


class _Writer:
    """Turns decisions into rows, and writes them in bulk."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.visits: list[sql.Row] = []
        self.parked: list[sql.Row] = []
        self.ended: list[sql.Row] = []
        # Ended runs that another run may have called.
        self.caused: list[int] = []
        self.forget: list[sql.Row] = []
        self.subscribe: list[sql.Row] = []
        # (contact, workflow) of those who left: other conditions may ask about it
        self.left: set[tuple[int, int]] = set()
        self.steps = 0

    def hold(self, tokens: list[Token], paused: set[int]) -> list[Token]:
        """Put runs of paused workflows out of the claim's way: they keep place, deadline and due moment. So do those of a version
        that this release cannot run, which are looked at again in a while."""
        tokens = self._runnable(tokens)
        if not paused.isdisjoint(mine := {token.workflow_id for token in tokens}):
            # Asked again with a lock: a resume at the same moment would not see whom we hold.
            paused = sql.still_paused(paused & mine)
        else:
            return tokens
        live = []
        for token in tokens:
            if token.workflow_id in paused:
                token.lane = Lane.HELD
                self.park(token, self.work.now_us)
            else:
                live.append(token)
        return live

    def _runnable(self, tokens: list[Token]) -> list[Token]:
        broken = {version for version in {token.version_id for token in tokens} if not can_run(version)}
        if not broken:
            return tokens
        for token in tokens:
            if token.version_id in broken:
                self.park(token, self.work.now_us + BROKEN_WAITS_US)
        return [token for token in tokens if token.version_id not in broken]

    def take(self, prog: Program, node_id: str, tokens: list[Token]) -> list[Token]:
        node = prog.nodes[node_id]
        out, step, listens = node.out, node.step, node.step.listens
        version_id, now, counts = prog.version_id, self.work.now_us, self.work.counts
        visits, moving = self.visits, []
        why: Any = None
        told: str | None = None
        left: dict[str, int] = defaultdict(int)
        came: dict[str, int] = defaultdict(int)
        for token in tokens:
            state = token.state
            if state == Token.PARK:
                self.park(token, token.due_at)
                continue
            if state == 0:
                raise RuntimeError(f"The step “{step.kind}” did not decide run {token.id}.")
            stop = False
            if state == Token.FAIL:
                counts[version_id, node_id, FAILED] += 1
                self.work.failures[prog.workflow_id, now // _MINUTE, node_id] += 1
                token.port = "failed"
                if "failed" not in out:
                    stop = node.on_error == "stop"
                    if not stop:
                        token.port = "next"
            elif state == Token.GO and token.port == "skipped":
                counts[version_id, node_id, SKIPPED] += 1
                if "skipped" not in out:
                    token.port = "next"
            port = token.port
            if token.why is not why:  # a step gives one object to all for whom it is the same
                why = token.why
                told = None if why is None else encode(why)
            visits.append(
                (
                    token.contact_id,
                    token.id,
                    token.nth,
                    version_id,
                    node_id,
                    token.entered_at,
                    # Where the clock was set back meanwhile, nobody leaves before they came.
                    now if now > token.entered_at else token.entered_at,
                    port,
                    token.result,
                    told,
                )
            )
            left[port] += 1
            if listens:
                self.forget.append((token.contact_id, token.id))
            target = token.target if state == Token.JUMP else None if state == Token.EXIT or stop else out.get(port)
            if target is None:
                self.end(prog, token, "failed" if stop else token.outcome if state == Token.EXIT else "end")
                continue
            came[target] += 1
            token.node = target
            token.nth += 1
            token.entered_at = now
            token.deadline = token.result = None
            token.attempts = token.state = 0
            token.lane = Lane.NORMAL
            moving.append(token)
        for port, n in left.items():
            counts[version_id, node_id, port] += n
        for target, n in came.items():
            counts[version_id, target, ENTERED] += n
        return moving

    def park(self, token: Token, due_at: int | None) -> None:
        lane = token.lane if token.lane == Lane.HELD else Lane.NORMAL
        self.parked.append(
            (
                token.node,
                token.nth,
                token.entered_at,
                due_at,
                token.deadline,
                token.attempts,
                token.result,
                lane,
                token.id,
                token.fence,
            )
        )
        for topic in token.topics:
            self.subscribe.append((token.contact_id, topic, token.id))

    def end(self, prog: Program, token: Token, outcome: str) -> None:
        status = status_of(outcome)
        if token.depth:
            self.caused.append(token.id)
        self.ended.append(
            (
                token.node,
                token.nth,
                token.entered_at,
                status,
                outcome,
                self.work.now_us,
                0 if prog.keeps_slot else 1,
                token.error if status == RunStatus.FAILED else "",
                token.id,
                token.fence,
            )
        )
        self.work.count_day(token.workflow_id, daily_of(outcome))
        self.left.add((token.contact_id, token.workflow_id))

    def flush_visits(self) -> None:
        """Written at each hop: the next node's condition may ask "since that node", or what the gate refused there."""
        sql.insert_visits(self.visits)
        self.steps += len(self.visits)
        self.visits = []
        if any(message.status is Status.SKIPPED for message in self.work.messages):
            self._plan()

    def _plan(self) -> None:
        plan.plan(self.work.messages)
        message_events.planned(self.work.messages)
        self.work.messages = []

    def write(self) -> int:
        self._plan()
        if self.work.effects:
            Effect.objects.bulk_create(self.work.effects)
        sql.park_runs(self.parked)
        sql.end_runs(self.ended)
        watch_sql.wake_callers(self.caused, self.work.now_us)
        sql.delete_subscriptions(self.forget)
        sql.insert_subscriptions(self.subscribe)
        comings.tell(self.left)
        return self.steps


def _strike(run_id: int, error: Exception) -> None:
    """One run on which the step code itself fails: back off twice, then fail it with its error."""
    log.exception("Run %d failed at its node.", run_id)
    faults.point("runner.striking")
    with transaction.atomic():
        now = clock.now()
        rows = sql.claim(now=clock.to_micros(now), limit=1, run_ids=[run_id])
        if not rows:
            return
        token = Token(rows[0])
        work = Work(now=now, zone=home_zone())
        writer = _Writer(work)
        token.attempts += 1
        if token.attempts < MAX_ATTEMPTS:
            # `deadline` stays, so that a wait struck by a fault still ends when it should.
            writer.park(token, work.now_us + token.attempts * 5_000_000)
        else:
            token.state, token.error = Token.FAIL, storable(f"{type(error).__name__}: {error}"[:2000])
            prog = program(token.version_id)
            token.why = [["failed", token.error[:300]]]
            work.counts[token.version_id, token.node, FAILED] += 1
            work.failures[token.workflow_id, work.now_us // _MINUTE, token.node] += 1
            work.counts[token.version_id, token.node, "failed"] += 1
            writer.visits.append(
                (
                    token.contact_id,
                    token.id,
                    token.nth,
                    token.version_id,
                    token.node,
                    token.entered_at,
                    max(work.now_us, token.entered_at),
                    "failed",
                    token.result,
                    encode(token.why),
                )
            )
            writer.forget.append((token.contact_id, token.id))
            writer.end(prog, token, "failed")
        writer.flush_visits()
        writer.write()
        if token.attempts >= MAX_ATTEMPTS:
            effects.cancel([(token.contact_id, token.id)])
        health.count(work.failures)
        sql.add_daily(work.daily)
        sql.add_counts(work.counts)
