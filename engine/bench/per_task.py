"""The baseline: django-q2 with one task per contact and step (tuned: no success rows, both cores), writing the same rows."""

from __future__ import annotations

import subprocess
import sys
import time

from django.db import connection, transaction
from django.db.models import F

from contacts import clock, tags
from contacts.models import Contact, Event
from engine import queue
from engine.messaging import gate
from engine.messaging.models import Message, Status
from engine.models import Counter, Daily, Run, RunStatus, Visit
from engine.outcomes import daily_of
from engine.program import program

GIVE_UP_S = 60.0


def step(run_id: int) -> None:
    """One contact, one step: look, decide, write, call for the next."""
    with transaction.atomic():
        runs = Run.objects.select_related("contact")
        if connection.features.has_select_for_update:
            runs = runs.select_for_update(of=("self",))
        run = runs.get(pk=run_id)
        if run.status != RunStatus.ACTIVE:
            return
        now = clock.now()
        node = program(run.version_id).nodes[run.node]
        port, why, result = _decide(run)
        Visit.objects.create(
            contact_id=run.contact_id,
            run_id=run.pk,
            nth=run.nth,
            version_id=run.version_id,
            node=run.node,
            entered_at=run.entered_at,
            left_at=now,
            port=port,
            result=result,
            why=why,
        )
        target = node.out.get(port)
        _count(run.version_id, run.node, port)
        if target is None:
            run.status, run.outcome, run.ended_at = RunStatus.ENDED, "completed", now
            _count_day(run.workflow_id, daily_of("completed"))
        else:
            _count(run.version_id, target, "+entered")
            run.node, run.nth, run.entered_at = target, run.nth + 1, now
        run.save()
        if target is not None:
            transaction.on_commit(lambda: queue.call("engine.bench.per_task.step", run_id))


def _decide(run: Run) -> tuple[str, object, int | None]:
    contact: Contact = run.contact
    opens = contact.pk % 2 == 0
    if run.node in ("n2", "n7"):
        channel = "email" if run.node == "n2" else "sms"
        if gate.decide(channel, "marketing", "", [contact.pk])[contact.pk] is None:
            now = clock.now()
            message = Message.objects.create(
                contact=contact,
                run_id=run.pk,
                nth=run.nth,
                version_id=run.version_id,
                workflow_id=run.workflow_id,
                node=run.node,
                channel=channel,
                opened_at=now if opens else None,
            )
            Message.objects.filter(pk=message.pk).update(status=Status.ACCEPTED, accepted_at=now)
            return "next", None, int(Status.ACCEPTED)
        return "next", None, int(Status.SKIPPED)
    if run.node == "n4":
        opened = Message.objects.filter(contact=contact, run_id=run.pk, node="n2", opened_at__isnull=False).exists()
        return ("yes" if opened else "no"), [["message", opened, {"node": "n2", "did": "opened"}]], None
    if run.node == "n5":
        tags.add([contact.pk], ["opened"], by_workflow=run.workflow_id)
    if run.node == "n6":
        has = bool(contact.phone)
        return ("yes" if has else "no"), [["phone_valid", has, {}]], None
    return ("end" if run.node == "n8" else "next"), None, None


def _count(version_id: int, node: str, port: str) -> None:
    if not Counter.objects.filter(version_id=version_id, node=node, port=port).update(n=F("n") + 1):
        Counter.objects.create(version_id=version_id, node=node, port=port, n=1)


def _count_day(workflow_id: int, what: str) -> None:
    day = clock.to_micros(clock.now()) // 86_400_000_000
    if not Daily.objects.filter(workflow_id=workflow_id, day=day, what=what).update(n=F("n") + 1):
        Daily.objects.create(workflow_id=workflow_id, day=day, what=what, n=1)


def run(contact_ids: list[int], version_id: int, workflow_id: int) -> float:
    """Contact-steps a second; what is not finished within a minute is counted as it stands."""
    now = clock.now()
    runs = Run.objects.bulk_create(
        [
            Run(
                workflow_id=workflow_id,
                version_id=version_id,
                contact_id=contact,
                node="n1",
                entered_at=now,
                started_at=now,
                slot="task",
            )
            for contact in contact_ids
        ]
    )
    ids = [run.pk for run in runs]
    # `manage.py` of this checkout, with this process's environment.
    cluster = subprocess.Popen(
        [sys.executable, "manage.py", "qcluster"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        queue.call_for_beat()
        while queue.last_beat() is None:
            time.sleep(0.05)
        started = time.perf_counter()
        for run_id in ids:
            queue.call("engine.bench.per_task.step", run_id)
        while time.perf_counter() - started < GIVE_UP_S:
            time.sleep(0.2)
            if not Run.objects.filter(pk__in=ids, status=RunStatus.ACTIVE).exists():
                break
        seconds = time.perf_counter() - started
        return Visit.objects.filter(run_id__in=ids).count() / seconds
    finally:
        cluster.terminate()
        try:
            cluster.wait(10)
        except subprocess.TimeoutExpired:
            cluster.kill()
        Event.objects.filter(handled=False).update(handled=True)
