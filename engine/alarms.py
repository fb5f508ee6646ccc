"""Triggers that go by the clock: when each rings next, and letting people in when it does.

The next moment is a row, found by the pulse like everything that is due. Ringing works in batches; the row is locked after the
contacts and says how far it came, so that two workers, a crash or a second call let nobody in twice. After a standstill a date
rings once for each contact whose moment was missed, a calendar rule once in all.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from builder.models import Workflow
from contacts import clock, conditions, demo_clock, locks
from contacts.clock import to_micros
from contacts.models import Contact
from engine import dates_due
from engine.entry import Candidate, enter
from engine.models import Alarm
from engine.program import BrokenProgram, Node, program
from engine.standing import home_zone
from engine.starts import schedule
from engine.starts.dates import DateField
from engine.starts.schedule import Schedule

log = logging.getLogger("trellis.engine")

BATCH = 1000
# What was missed longer ago is no occasion any more.
OLDEST = timedelta(days=366)
_BY_CLOCK = (DateField.on, Schedule.on)
_LIVE = (Workflow.Status.LIVE, Workflow.Status.PAUSED)


# --- setting them ---------------------------------------------------------------------------------
def set_for(workflow: Workflow) -> None:
    """Give every clock trigger of a live workflow its alarm, and take away the others. Inside the publish's transaction.

    A trigger whose settings stay keeps its place: nothing between two versions is lost or rung twice.
    """
    nodes = _nodes(workflow)
    Alarm.objects.filter(workflow=workflow).exclude(node__in=nodes).delete()
    now = clock.now()
    known = {alarm.node: alarm for alarm in Alarm.objects.select_for_update().filter(workflow=workflow)}
    for name, node in nodes.items():
        mark, alarm = fingerprint(node), known.get(name)
        if alarm is None or alarm.fingerprint != mark:
            today = now.astimezone(home_zone()).date()
            values = {"fingerprint": mark, "begins": today, "rung_until": now, "ringing_until": None, "cursor": 0}
            alarm, _ = Alarm.objects.update_or_create(workflow=workflow, node=name, defaults=values)
        if alarm.ringing_until is None:
            alarm.next_at = _next(alarm, node)
            alarm.save(update_fields=["next_at"])


def _nodes(workflow: Workflow) -> dict[str, Node]:
    if workflow.status not in _LIVE or workflow.live_version_id is None:
        return {}
    found = program(workflow.live_version_id).triggers()
    return {node.id: node for node in found if node.settings.on in _BY_CLOCK}


def fingerprint(node: Node) -> str:
    """Of a trigger's settings, as far as they say who comes in and when."""
    told = json.dumps(node.settings.model_dump(mode="json"), sort_keys=True)
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _next(alarm: Alarm, node: Node) -> datetime | None:
    if node.settings.on == Schedule.on:
        return schedule.next_time(node.settings, alarm.begins, alarm.rung_until, home_zone())
    return dates_due.next_at(node.settings, alarm.rung_until)


# --- ringing --------------------------------------------------------------------------------------
def something_due() -> bool:
    return Alarm.objects.filter(next_at__lte=clock.now()).exists()


def next_due() -> datetime | None:
    """The next moment at which an alarm rings."""
    return Alarm.objects.filter(next_at__gt=clock.now()).order_by("next_at").values_list("next_at", flat=True).first()


def ring(limit: int = BATCH) -> bool:
    """Let in the next batch of people of the alarm that has been due longest. False: no alarm is due. One transaction."""
    demo_clock.sync()
    now = clock.now()
    with transaction.atomic():
        alarm = Alarm.objects.filter(next_at__lte=now).order_by("next_at", "pk").select_related("workflow").first()
        if alarm is None:
            return False
        node = _node(alarm)
        if node is None:
            alarm.delete()
            return True
        # Looked for first, then the contacts are locked, then the alarm: whoever records an event locks in that order too.
        until = alarm.ringing_until or now
        since = max(alarm.rung_until, until - OLDEST)
        found = _people(node, since, until, alarm.cursor, limit)
        here = locks.lock_existing(found)
        same = Alarm.objects.select_for_update().filter(
            pk=alarm.pk, cursor=alarm.cursor, ringing_until=alarm.ringing_until, rung_until=alarm.rung_until
        )
        if not same.exists():
            return True  # somebody else took this batch
        done = enter(
            program(alarm.workflow.live_version_id or 0),
            node,
            _candidates(node, sorted(here), since, until),
            paused=alarm.workflow.status == Workflow.Status.PAUSED,
        )
        if len(found) < limit:
            alarm.rung_until, alarm.ringing_until, alarm.cursor = until, None, 0
            alarm.next_at = _next(alarm, node)
        else:
            alarm.ringing_until, alarm.cursor = until, found[-1]
        alarm.save(update_fields=["next_at", "rung_until", "ringing_until", "cursor"])
        done.write_counts()
    return True


def _node(alarm: Alarm) -> Node | None:
    try:
        return _nodes(alarm.workflow).get(alarm.node)
    except BrokenProgram as error:
        log.error("An alarm cannot ring: %s", error)
        return None


def _people(node: Node, since: datetime, until: datetime, cursor: int, limit: int) -> list[int]:
    """The next contacts, in the order of their ids, who may be meant."""
    if node.settings.on == DateField.on:
        return dates_due.people(node.settings, since, until, cursor, limit)
    try:
        everybody = conditions.matching({"fact": "segment", "is": node.settings.segment}, Contact.objects.all())
        return list(everybody.filter(pk__gt=cursor).order_by("pk").values_list("pk", flat=True)[:limit])
    except conditions.BadCondition as error:
        log.error("The segment of a calendar rule cannot be asked: %s", error)
        return []


def _candidates(node: Node, ids: Collection[int], since: datetime, until: datetime) -> list[Candidate]:
    came = to_micros(until)
    if node.settings.on == DateField.on:
        moments = dates_due.moments(node.settings, ids, since, until)
        return [
            Candidate(contact, came, properties={"date": local.date().isoformat(), "field": node.settings.date})
            for contact, local in sorted(moments.items())
        ]
    properties = {"date": until.astimezone(home_zone()).date().isoformat()}
    return [Candidate(contact, came, properties=properties) for contact in ids]


# --- people whose date is new ---------------------------------------------------------------------
def any_by_date() -> bool:
    return Alarm.objects.exists()


def heed(heard: Mapping[int, Collection[str]]) -> None:
    """Contacts, locked, were added or changed ({contact: names of events}): their date may come before the next tick."""
    news = {"contact_added", "contact_merged", "field_changed"}
    changed = [contact for contact, names in heard.items() if not news.isdisjoint(names)]
    if not changed:
        return
    now = clock.now()
    for alarm in Alarm.objects.select_related("workflow").order_by("pk"):
        node = _node(alarm)
        if node is None or node.settings.on != DateField.on:
            continue
        soonest = dates_due.next_at(node.settings, max(now, alarm.rung_until), among=changed)
        if soonest is not None:
            later = Q(next_at=None) | Q(next_at__gt=soonest)
            Alarm.objects.filter(later, pk=alarm.pk).update(next_at=soonest)
