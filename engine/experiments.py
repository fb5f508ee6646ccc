"""Experiments: how their ways do, and the decision, made once, in the background, when all have their people or the day has come."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import datetime, time
from time import monotonic as clock_s
from typing import Any

from django.db import DatabaseError
from django.db.models import Count, Exists, OuterRef, Q

from builder.models import WorkflowVersion
from contacts import clock
from contacts.clock import from_micros, to_micros
from contacts.durations import from_local, parse
from contacts.models import Event
from engine import sql, statistics
from engine.messaging.models import Message
from engine.models import Counter, Run, Visit, Winner
from engine.program import BrokenProgram, Node, Program, program
from engine.standing import home_zone
from engine.statistics import Arm

log = logging.getLogger("trellis.engine")

# (workflow, node, fingerprint) -> before this moment there is nothing to decide: spares a look at every visit each minute.
_not_before: dict[tuple[int, str, str], int] = {}


# The same -> (until when it may be shown again, the answer), where counting took long.
_shown: dict[tuple[int, str, str], tuple[float, dict[str, Any]]] = {}
LONG_S, REST = 0.25, 20


def forget() -> None:
    """For tests, whose workflows come and go under the same numbers."""
    _not_before.clear()
    _shown.clear()


def fingerprint(settings: Any) -> str:
    """What makes it the same experiment: its ways and what is measured. Names, shares and what follows may change."""
    told = [sorted(arm.port for arm in settings.arms), settings.metric, settings.event, settings.window]
    return hashlib.blake2b(json.dumps(told).encode(), digest_size=12).hexdigest()


def decided(workflow_id: int, node: Node) -> Winner | None:
    """The decision, if it has been made. One query."""
    return Winner.objects.filter(workflow_id=workflow_id, node=node.id, arms=fingerprint(node.settings)).first()


def nodes(prog: Program) -> list[Node]:
    return [node for node in prog.nodes.values() if node.step.kind == "experiment"]


def decide_due() -> int:
    """Decide every experiment of a live workflow that can be decided; returns how many were. One query where there is none."""
    done = 0
    for _, version_id in sql.standing():
        try:
            prog = program(version_id)
        except BrokenProgram:
            continue
        for node in nodes(prog):
            done += _decided(prog, node)
    return done


def _decided(prog: Program, node: Node) -> bool:
    try:
        return _decide(prog, node)
    except DatabaseError:
        raise
    except Exception:  # one test that cannot be decided must not keep all others, and the pulse, from going on
        log.exception("The test at %s of workflow %s cannot be decided.", node.id, prog.workflow_id)
        return False


def _decide(prog: Program, node: Node) -> bool:
    settings, now = node.settings, clock.now()
    key = (prog.workflow_id, node.id, fingerprint(settings))
    if to_micros(now) < _not_before.get(key, 0) or decided(prog.workflow_id, node) is not None:
        return False
    versions = versions_of(prog.workflow_id, node)
    p: float | None
    if settings.decide == "date":
        # The morning of that day, by our clock.
        if settings.date is None or now < from_local(datetime.combine(settings.date, time()), home_zone()):
            return False
        numbers = standings(versions, node, now)
        name, p = statistics.best(numbers), None
    else:
        ready_at = _ready_at(versions, node)
        if ready_at is None or ready_at > to_micros(now):
            if ready_at is not None:
                _not_before[key] = ready_at
            return False
        numbers = standings(versions, node, now)
        if not statistics.ready(numbers, settings.least):  # the same person came twice: more people are needed
            return False
        verdict = statistics.decide(numbers)
        name, p = verdict.winner, verdict.p
    seen = {
        "how": "time" if settings.decide == "date" else "proof",
        "metric": settings.metric,
        "p": p,
        "arms": {arm: [one.people, one.wins] for arm, one in numbers.items()},
    }
    _, made = Winner.objects.get_or_create(
        workflow_id=prog.workflow_id,
        node=node.id,
        arms=key[2],
        defaults={"arm": name or "", "decided_at": now, "seen": seen},
    )
    return made


def versions_of(workflow_id: int, node: Node) -> list[int]:
    """All versions of the workflow in which this experiment stands, whatever else changed."""
    same = fingerprint(node.settings)
    found = []
    for pk in WorkflowVersion.objects.filter(workflow_id=workflow_id).values_list("pk", flat=True):
        try:
            other = program(pk).nodes.get(node.id)
        except BrokenProgram:
            continue
        if other is not None and other.step.kind == node.step.kind and fingerprint(other.settings) == same:
            found.append(pk)
    return found


def _ready_at(versions: Sequence[int], node: Node) -> int | None:
    """When the last way has its least people with a complete window; None while too few have come. Counters first: they are cheap."""
    ports, least = [arm.port for arm in node.settings.arms], node.settings.least
    came: dict[str, int] = dict.fromkeys(ports, 0)
    for port, n in Counter.objects.filter(version_id__in=versions, node=node.id, port__in=ports).values_list(
        "port", "n"
    ):
        came[port] += n
    if min(came.values()) < least:
        return None
    moments = []
    for port in ports:
        visits = Visit.objects.filter(version_id__in=versions, node=node.id, port=port).order_by("left_at")
        moment = visits.values_list("left_at", flat=True)[least - 1 : least].first()
        if moment is None:  # some have been erased since
            return None
        moments.append(to_micros(moment))
    return max(moments) + window_us(node)


def window_us(node: Node) -> int:
    return parse(node.settings.window).approximate_seconds() * 1_000_000


def standings(versions: Sequence[int], node: Node, now: datetime) -> dict[str, Arm]:
    """Way -> people whose window is complete, and those of them who did it in time. Two queries, each over the node's visits."""
    complete = Visit.objects.filter(
        version_id__in=versions,
        node=node.id,
        port__in=[arm.port for arm in node.settings.arms],
        left_at__lte=from_micros(to_micros(now) - window_us(node)),
    )
    people = _counted(complete)
    wins = _counted(complete.filter(_did(node)))
    return {arm.port: Arm(people.get(arm.port, 0), wins.get(arm.port, 0)) for arm in node.settings.arms}


def _counted(visits: Any) -> dict[str, int]:
    return dict(visits.values_list("port").annotate(n=Count("contact_id", distinct=True)).order_by())


def _did(node: Node) -> Exists:
    """What is measured, of one visit."""
    settings, window = node.settings, window_us(node)

    def in_time(moment: str) -> Q:
        return Q(**{f"{moment}__gte": OuterRef("left_at"), f"{moment}__lte": OuterRef("left_at") + window})

    contact, run = OuterRef("contact_id"), OuterRef("run_id")
    if settings.metric == "event":
        return Exists(Event.objects.filter(in_time("occurred_at"), contact_id=contact, name=settings.event))
    if settings.metric == "goal":
        return Exists(Run.objects.filter(in_time("goal_at"), contact_id=contact, pk=run))
    did = in_time("clicked_at") if settings.metric == "clicked" else in_time("opened_at") | in_time("clicked_at")
    return Exists(Message.objects.filter(did, contact_id=contact, run_id=run, nth__gt=OuterRef("nth")))


def results(prog: Program, node: Node) -> dict[str, Any]:
    """The experiment as the API and the live view show it. What takes long to count is shown again for twenty times as long."""
    key = (prog.version_id, node.id, fingerprint(node.settings))
    began = clock_s()
    if key in _shown and began < _shown[key][0]:
        return _shown[key][1]
    answer = _results(prog, node)
    took = clock_s() - began
    if took > LONG_S:
        _shown[key] = (began + took * REST, answer)
    return answer


def _results(prog: Program, node: Node) -> dict[str, Any]:
    versions, settings = versions_of(prog.workflow_id, node), node.settings
    ports = [arm.port for arm in settings.arms]
    found = decided(prog.workflow_id, node)
    numbers = standings(versions, node, clock.now())
    entries = Counter.objects.filter(version_id__in=versions, node=node.id, port__in=ports)
    came: dict[str, int] = dict.fromkeys(ports, 0)
    for port, n in entries.values_list("port", "n"):
        came[port] += n
    return {
        "node": node.id,
        "label": node.label,
        "metric": settings.metric,
        "event": settings.event,
        "window": settings.window,
        "least": settings.least,
        "decide": settings.decide,
        "date": settings.date.isoformat() if settings.date else None,
        "then": settings.then,
        "decided_at": found.decided_at.isoformat() if found else None,
        "winner": found.arm or None if found else None,
        "p": found.seen.get("p") if found else None,
        "said": _said(node, found),
        "arms": [
            {
                "port": arm.port,
                "name": arm.name or arm.port.upper(),
                "weight": arm.weight,
                "came": came[arm.port],
                "people": numbers[arm.port].people,
                "did": numbers[arm.port].wins,
                "rate": round(numbers[arm.port].rate, 4),
            }
            for arm in settings.arms
        ],
    }


def _said(node: Node, found: Winner | None) -> str:
    """How it stands, in a sentence."""
    settings = node.settings
    if found is None:
        if settings.decide == "date":
            return f"The best is chosen on {settings.date:%-d %B %Y}." if settings.date else "No day is chosen yet."
        return f"Open until each way has {settings.least:,} people whose time is over."
    if not found.arm:
        return "No difference that chance would not make: the shares stay."
    name = next((arm.name or arm.port.upper() for arm in settings.arms if arm.port == found.arm), found.arm)
    what = f"“{name}” did best" + (" beyond doubt (95 %)" if found.seen.get("how") == "proof" else "")
    return f"{what}. " + (
        "Everybody new goes that way." if settings.then == "winner" else "The shares stay as they are."
    )
