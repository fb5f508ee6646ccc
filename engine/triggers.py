"""From events to entries: claims what is not handled yet, asks every live trigger that hears it."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Sequence

from django.db import OperationalError, transaction

from builder.models import Workflow
from contacts import clock, demo_clock, faults, locks
from contacts.clock import to_micros
from engine import alarms, segments, sql
from engine.entry import Candidate, Entered, enter
from engine.models import Refusal
from engine.program import BrokenProgram, Node, Program, program
from engine.standing import Door, doors

log = logging.getLogger("trellis.engine")

MAX_ATTEMPTS = 3
_attempts: dict[int, int] = {}  # of events that failed alone, in this process


def handle(limit: int = 1000) -> int:
    """Handle up to `limit` events in the order received; returns how many there were. One transaction.

    Entries, refusals and "handled" commit together: an event lets in once, however often this is called or killed. A batch that
    fails is halved until the event that fails is alone; after 3 tries it is set aside, and the rest goes on.
    """
    while True:
        claimed: list[sql.Row] = []
        try:
            done = _handle(limit, claimed)
        except OperationalError:
            raise
        except Exception as error:
            if not claimed:
                raise
            if len(claimed) == 1:
                return _failed_alone(claimed[0], error)
            log.warning("A batch of %d events failed (%s); trying half of it.", len(claimed), error)
            limit = len(claimed) // 2
        else:
            for row in claimed if _attempts else ():
                _attempts.pop(row[0], None)
            return done


def _failed_alone(row: sql.Row, error: Exception) -> int:
    """Try it again, and in the end set it aside. What fails for a moment alone must not keep anybody out."""
    event_id, contact_id, name, *_ = row
    _attempts[event_id] = _attempts.get(event_id, 0) + 1
    if _attempts[event_id] < MAX_ATTEMPTS:
        raise error
    log.error("The event “%s” (%d) could not be handled and is set aside.", name, event_id, exc_info=error)
    _set_aside(event_id, contact_id, name)
    del _attempts[event_id]
    return 1


def _set_aside(event_id: int, contact_id: int, name: str) -> None:
    """It lets nobody in; each workflow that would have heard it keeps the reason."""
    with transaction.atomic():
        if not locks.lock_existing([contact_id]):
            return
        concerned = sorted({door.program.workflow_id for door in doors().get(name, ())})
        Refusal.objects.bulk_create(
            [
                Refusal(workflow_id=workflow, contact_id=contact_id, event_id=event_id, reason="broken")
                for workflow in concerned
            ]
        )
        sql.mark_handled([event_id])


def _handle(limit: int, claimed: list[sql.Row]) -> int:
    with transaction.atomic():
        rows = sql.claim_events(limit)
        if not rows:
            return 0
        claimed += rows
        faults.point("triggers.claimed")
        demo_clock.sync()
        heard = doors()
        # A contact's events are handled in the order received, those of different contacts at once: turn by turn.
        turns: dict[int, dict[tuple[str, int], tuple[Door, list[Candidate]]]] = defaultdict(dict)
        handled: dict[int, int] = defaultdict(int)
        for event_id, contact_id, name, properties, _, received_at, depth, _ in rows:
            if name not in heard:
                continue
            data = json.loads(properties) if properties else {}
            if not isinstance(data, dict):
                data = {}
            for number, door in enumerate(heard[name]):
                if door.hears(data):
                    group = turns[handled[contact_id]].setdefault((name, number), (door, []))
                    group[1].append(Candidate(contact_id, received_at, event_id, data, depth))
            handled[contact_id] += 1
        alarms.heed(_names(rows))
        segments.follow([(row[1], row[2], row[6]) for row in rows])
        done = Entered()
        for _, groups in sorted(turns.items()):
            for _, (door, candidates) in sorted(groups.items(), key=lambda one: one[0]):
                done.add(enter(door.program, door.node, candidates, paused=door.paused))
        faults.point("triggers.before_handled")
        sql.mark_handled([row[0] for row in rows])
        done.write_counts()
    faults.point("triggers.committed")
    return len(rows)


def _names(rows: Sequence[sql.Row]) -> dict[int, set[str]]:
    """{contact: the names of its events}."""
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row[1], set()).add(row[2])
    return found


def way_in(prog: Program, on: str) -> Node:
    """The trigger by which a call lets people in: the one that says so ("manual", "api", "from_workflow"), else the first."""
    nodes = prog.triggers()
    return next((one for one in nodes if one.settings.on == on), nodes[0])


def enrol(workflow: Workflow, contact_ids: Sequence[int], *, key: str = "", on: str = "manual") -> Entered:
    """Let these contacts in by hand (or by the API): obeys every rule of the workflow but its trigger's filter.

    Raises `BrokenProgram` if the workflow has no published version. Safe to repeat: re-entry says who may come again.
    """
    if workflow.live_version_id is None:
        raise BrokenProgram("Only a published workflow can take people in.")
    prog = program(workflow.live_version_id)
    node = way_in(prog, on)
    done = Entered()
    ids = list(dict.fromkeys(contact_ids))
    for start in range(0, len(ids), 1000):
        with transaction.atomic():
            demo_clock.sync()
            here = sorted(locks.lock_existing(ids[start : start + 1000]))
            came = to_micros(clock.now())
            part = enter(
                prog,
                node,
                [Candidate(contact_id, came) for contact_id in here],
                paused=workflow.status != Workflow.Status.LIVE,
                by_filter=False,
                key=key,
            )
            part.write_counts()
        done.add(part)
    return done
