"""Backfill: who qualifies already when a trigger goes live comes in too, in batches, once.

Who qualifies is a condition (`Start.qualifies`), so that counting before the publish and letting in after it ask the same.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q

from builder import catalogue
from builder.graph import Graph
from builder.models import Workflow
from contacts import clock, conditions, demo_clock, locks
from contacts.clock import to_micros
from contacts.models import Contact
from contacts.models.contact import ContactQuerySet
from engine.alarms import fingerprint
from engine.entry import Candidate, enter, moment_of
from engine.models import Backfill, Run, RunStatus
from engine.program import BrokenProgram, Node, compile_document, program
from engine.steps.trigger import Trigger

log = logging.getLogger("trellis.engine")

BATCH = 1000


# --- before the publish ---------------------------------------------------------------------------
def newcomers(workflow: Workflow, drawing: Graph) -> dict[str, int]:
    """For each trigger of a draft that fills: how many qualify and may enter. One query each; never raises for a bad draft."""
    found: dict[str, int] = {}
    for node in drawing.triggers:
        if not node.settings.get("backfill") or catalogue.get(node.kind) is not Trigger:
            continue
        try:
            document = {"nodes": [{"id": node.id, "kind": node.kind, "settings": node.settings}]}
            prog = compile_document({**document, "settings": drawing.settings}, version_id=0, workflow_id=workflow.pk)
            ready = prog.nodes[node.id]
            if not Backfill.objects.filter(workflow=workflow, node=node.id, fingerprint=fingerprint(ready)).exists():
                found[node.id] = qualifying(ready, prog.settings, workflow.pk).count()
        except EmptyResultSet:
            found[node.id] = 0
        except (BrokenProgram, ValueError):  # the problems of the draft say what is wrong with it
            continue
    return found


def qualifying(node: Node, settings: Any, workflow_id: int) -> ContactQuerySet:
    """Those who meet the trigger, its filter and the audience, and whom re-entry lets come. Raises `BadCondition`."""
    tree = Trigger.start(node.settings).qualifies(node.settings)
    if tree is None:
        return Contact.objects.none()
    whole = [part for part in (tree, node.settings.filter, settings.get("audience")) if part]
    people = conditions.matching({"all": whole}, Contact.objects.all())
    mine = Run.objects.filter(workflow_id=workflow_id, contact_id=OuterRef("pk"))
    rule = settings.get("reentry", "once")
    if rule == "each_key":  # there is no event, and so no key
        return Contact.objects.none()
    if rule == "once":
        return people.filter(~Exists(mine))
    return people.filter(~Exists(mine.filter(status=RunStatus.ACTIVE))) if rule == "after_exit" else people


# --- at the publish -------------------------------------------------------------------------------
def begin(workflow: Workflow) -> None:
    """Note what a publish has to fill. Inside its transaction; a trigger with the same settings is filled once only."""
    if workflow.live_version_id is None:
        return
    nodes = [node for node in program(workflow.live_version_id).triggers() if node.settings.backfill]
    if not nodes:
        return
    starts = moment_of(program(workflow.live_version_id).settings.get("starts_at"))
    began = max(clock.now(), starts) if starts else clock.now()
    last = Contact.objects.aggregate(last=Max("pk"))["last"] or 0
    for node in nodes:
        Backfill.objects.get_or_create(
            workflow=workflow,
            node=node.id,
            fingerprint=fingerprint(node),
            defaults={"began_at": began, "last_contact": last},
        )


# --- after it -------------------------------------------------------------------------------------
def something_due() -> bool:
    return bool(_open().exists())


def _open() -> Any:
    # A paused workflow keeps everybody's place, also in this queue.
    waiting = Backfill.objects.filter(done=False).exclude(workflow__status=Workflow.Status.PAUSED)
    return waiting.filter(began_at__lte=clock.now())


def next_due() -> datetime | None:
    """When a workflow starts that is published already and has people to take in."""
    later = Backfill.objects.filter(done=False, began_at__gt=clock.now())
    return later.order_by("began_at").values_list("began_at", flat=True).first()


def fill(limit: int = BATCH) -> bool:
    """Let in the next batch of the oldest open backfill. False: none is open. One transaction; a crash repeats nothing."""
    demo_clock.sync()
    with transaction.atomic():
        row = _open().select_related("workflow").order_by("pk").first()
        if row is None:
            return False
        node = _node(row)
        found = _next_people(row, node, limit) if node is not None else []
        here = locks.lock_existing(found)
        if not Backfill.objects.select_for_update().filter(pk=row.pk, cursor=row.cursor, done=False).exists():
            return True  # somebody else took this batch
        if node is None or not found:
            row.done = True
        else:
            came = to_micros(clock.now())
            done = enter(
                program(row.workflow.live_version_id or 0),
                node,
                [Candidate(contact, came) for contact in sorted(here)],
                paused=row.workflow.status != Workflow.Status.LIVE,
            )
            row.cursor, row.entered = found[-1], row.entered + done.runs
        row.save(update_fields=["cursor", "entered", "done"])
        if node is not None and found:
            done.write_counts()
    return True


def _node(row: Backfill) -> Node | None:
    """The trigger as it is live; None once it is gone, says something else, or the workflow is over."""
    if row.workflow.status != Workflow.Status.LIVE or row.workflow.live_version_id is None:
        return None
    try:
        node = program(row.workflow.live_version_id).nodes.get(row.node)
    except BrokenProgram as error:
        log.error("A backfill cannot go on: %s", error)
        return None
    if node is None or node.step is not Trigger or fingerprint(node) != row.fingerprint:
        return None
    return node


def _next_people(row: Backfill, node: Node, limit: int) -> list[int]:
    """Who came in since it began, by an event of their own, is not let in a second time."""
    settings = program(row.workflow.live_version_id or 0).settings
    since = Run.objects.filter(workflow_id=row.workflow_id, contact_id=OuterRef("pk"), started_at__gte=row.began_at)
    try:
        people = qualifying(node, settings, row.workflow_id).filter(
            Q(pk__gt=row.cursor, pk__lte=row.last_contact), ~Exists(since)
        )
        return list(people.order_by("pk").values_list("pk", flat=True)[:limit])
    except (conditions.BadCondition, EmptyResultSet) as error:
        log.error("A backfill cannot go on: %s", error)
        return []
