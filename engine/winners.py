"""The automatic winner of a message's variants: decided once, in the background, when the test has its people or its time."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.db.models import Count, F, Min, Q

from contacts import clock
from contacts.clock import from_micros, to_micros
from contacts.durations import parse
from engine import sql, statistics
from engine.messaging.models import Message, Wording
from engine.models import Winner
from engine.program import BrokenProgram, Node, Program, program
from engine.standing import home_zone
from engine.statistics import Arm

log = logging.getLogger("trellis.engine")


def fingerprint(arms: Sequence[Any]) -> str:
    """The same for the same arms with the same words, whatever their weights."""
    told = [arm.model_dump(mode="json", exclude={"weight"}) for arm in arms]
    return hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=12).hexdigest()


def of(workflow_id: int, node: str, arms: Sequence[Any]) -> Any:
    """The arm that won, or None: still open, or no difference. One query."""
    found = Winner.objects.filter(workflow_id=workflow_id, node=node, arms=fingerprint(arms))
    name = found.values_list("arm", flat=True).first()
    return next((arm for arm in arms if arm.name == name), None) if name else None


def decide_due() -> int:
    """Decide every test of a live workflow that can be decided; returns how many were. One query where nothing is tested."""
    done = 0
    for _, version_id in sql.standing():
        try:
            prog = program(version_id)
        except BrokenProgram:
            continue
        for node in prog.nodes.values():
            if getattr(node.settings, "winner", None) and node.settings.variants:
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
    arms, rule = node.settings.variants, node.settings.winner
    mark = fingerprint(arms)
    if Winner.objects.filter(workflow_id=prog.workflow_id, node=node.id, arms=mark).exists():
        return False
    now, zone = clock.now(), home_zone()
    numbers, first = standings(prog.workflow_id, node, now)
    if first is None:
        return False
    if rule.after and parse(rule.after).add_to(first, zone) <= now:
        name, how, p = statistics.best(numbers), "time", None
    elif statistics.ready(numbers, rule.least):
        verdict = statistics.decide(numbers)
        name, how, p = verdict.winner, "proof", verdict.p
    else:
        return False
    seen = {
        "how": how,
        "metric": rule.metric,
        "p": p,
        "arms": {arm: [one.people, one.wins] for arm, one in numbers.items()},
    }
    _, made = Winner.objects.get_or_create(
        workflow_id=prog.workflow_id,
        node=node.id,
        arms=mark,
        defaults={"arm": name or "", "decided_at": now, "seen": seen},
    )
    return made


def standings(workflow_id: int, node: Node, now: datetime) -> tuple[dict[str, Arm], datetime | None]:
    """Variant -> people whose window is complete, and those of them who did it in time; and the first hand-off. Two queries."""
    arms, rule = node.settings.variants, node.settings.winner
    window_us = parse(rule.window).approximate_seconds() * 1_000_000
    sent = Message.objects.filter(
        workflow_id=workflow_id, node=node.id, accepted_at__isnull=False, wording__isnull=False
    )
    did = ("clicked_at",) if rule.metric == "clicked" else ("opened_at", "clicked_at")
    in_time = Q()
    for act in did:
        in_time |= Q(**{f"{act}__lte": F("accepted_at") + window_us})
    complete = Q(accepted_at__lte=from_micros(to_micros(now) - window_us))
    rows = list(
        sent.values("wording_id").annotate(
            people=Count("pk", filter=complete), wins=Count("pk", filter=complete & in_time), first=Min("accepted_at")
        )
    )
    wordings = Wording.objects.filter(pk__in=[row["wording_id"] for row in rows]).values_list("id", "body")
    names = {pk: body.get("variant") for pk, body in wordings}
    people, wins = dict.fromkeys((arm.name for arm in arms), 0), dict.fromkeys((arm.name for arm in arms), 0)
    first: datetime | None = None
    for row in rows:
        name = names.get(row["wording_id"])
        if name in people:
            people[name] += row["people"]
            wins[name] += row["wins"]
            first = row["first"] if first is None else min(first, row["first"])
    return {name: Arm(people[name], wins[name]) for name in people}, first
