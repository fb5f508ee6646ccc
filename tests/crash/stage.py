"""Run as a program: plays one story of many parts, each time in a fresh process that dies, fails or sleeps at a named point.

Reads a line of JSON for each act from stdin, forks, and answers with the child's exit code: Django is loaded once for hundreds
of processes. The story passes every point of `contacts.faults`, through what workers, pulse and web call.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

COMING, IMPORTED = 12, 4
POISON = "p9@crash.example"
MORNING = "2026-11-23T08:00:00+00:00"
# Longer than any lease.
LATER_S = 60


def main() -> None:
    import django

    django.setup()
    children: dict[int, str] = {}
    for line in sys.stdin:
        act = json.loads(line)
        if act["do"] == "wait":
            codes = []
            for pid in sorted(children):
                codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            children.clear()
            sys.stdout.write(json.dumps(codes) + "\n")
            sys.stdout.flush()
            continue
        pid = os.fork()
        if pid:
            children[pid] = act["do"]
            continue
        code = 1
        try:
            play(act)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)


def play(act: dict[str, Any]) -> None:
    import time_machine
    from django.conf import settings
    from django.db import connection

    from contacts import clock, faults

    data = Path(act["data"])
    connection.settings_dict["NAME"] = act["name"]
    settings.MEDIA_ROOT = data / "media"
    if act.get("lease_s"):
        from engine import outbox
        from engine.messaging import calls, delivery

        calls.LEASE_S = delivery.LEASE_S = outbox.LEASE_S = act["lease_s"]
        if connection.vendor == "postgresql":
            connection.settings_dict["OPTIONS"]["options"] = f"-c idle_in_transaction_session_timeout={act['lease_s']}s"
    os.environ["TRELLIS_FAULT_SEEN"] = str(data / "seen")
    faults.arm(act.get("fault", ""))
    if act["do"] == "set":
        with clock.freeze(MORNING):
            set_the_stage()
    elif act["do"] == "story":
        with clock.freeze(MORNING) as frozen:
            story(frozen, first=True, wait_for_leases=not act.get("leases_hold"))
    else:
        # A restart: an hour later by the clock of business, and later by the wall clock than every lease, unless told otherwise.
        wall = time.time() + (0 if act.get("leases_hold") else 2 * LATER_S)
        with time_machine.travel(wall, tick=True), clock.freeze(MORNING) as frozen:
            frozen.advance("PT1H")
            story(frozen, first=False, wait_for_leases=not act.get("leases_hold"))
            (data / "account.json").write_text(json.dumps(account()))


def document(part: str) -> dict[str, Any]:
    from tests.engine.kit import draw

    return draw(
        {
            "n1": ("trigger", {"on": "contact_added"}),
            "n2": ("tag", {"add": ["in"]}),
            "n3": ("wait", {"duration": "PT1H"}),
            "n4": ("email", {"content": 1, "purpose": "transactional"}),
            "n5": ("audience", {"audience": "Ads", "destinations": ["custom_audience"], "action": "add"}),
            "n6": ("event", {"name": "half", "properties": {"part": part}}),
            "n7": ("update_contact", {"changes": [], "score": 1}),
            "n8": ("exit", {"outcome": "completed"}),
        },
        [f"n{number} next n{number + 1}" for number in range(1, 8)],
    )


def set_the_stage() -> None:
    """People who have not come yet, a published workflow with a newer draft, and a file to import."""
    from django.core.files.base import ContentFile

    from builder import drafts
    from contacts.imports import uploads
    from contacts.models import Contact
    from engine.messaging import content
    from tests.engine.kit import publish

    mail = content.create(name="Hello", subject="Hello", html="<p>Hi {{ contact.first_name }}</p>")
    assert mail.pk == 1
    workflow = publish(document("1"))
    drafts.save(workflow.pk, document("2"), revision=workflow.revision, user=None)
    Contact.objects.bulk_create([Contact(email=f"p{i}@crash.example", first_name=f"P{i}") for i in range(COMING)])
    rows = "".join(f"i{i}@crash.example,I{i}\n" for i in range(IMPORTED))
    of = uploads.receive(ContentFile(f"email,first_name\n{rows}".encode(), "people.csv"), "people.csv")
    uploads.start(uploads.configure(of, {"options": {"start_workflows": True}}))


def story(frozen: Any, *, first: bool, wait_for_leases: bool = True) -> None:
    """Every part may be played again from its beginning, as a restarted process would."""
    import time_machine

    from builder import publishing
    from builder.models import Workflow
    from contacts import clock, events
    from contacts.models import Contact
    from engine import queue, work
    from engine.messaging import delivery

    break_one_contact()
    coming = Contact.objects.filter(email__startswith="p").order_by("pk")
    events.record_many([events.NewEvent(contact.pk, "contact_added", key="come-in") for contact in coming])
    turn()
    publishing.publish(Workflow.objects.get(), user=None, people_inside="move")
    turn()
    frozen.advance("PT1H")
    queue.answer(work.ENGINE)
    if first:  # a worker that never comes back takes these with it
        delivery.claim(3, clock.now())
    to_the_end(frozen)
    if wait_for_leases:
        with time_machine.travel(time.time() + LATER_S, tick=True):
            to_the_end(frozen)


def break_one_contact() -> None:
    """The step code itself fails on this one, always: its run is failed after three strikes, and harms nobody else."""
    from contacts.models import Contact
    from engine.steps.update_contact import UpdateContact

    poison = Contact.objects.get(email=POISON).pk
    runs = UpdateContact.run

    def run(batch: Any) -> None:
        if any(token.contact_id == poison for token in batch.tokens):
            raise ValueError("this contact breaks the step")
        runs(batch)

    UpdateContact.run = run  # type: ignore[method-assign,assignment]


def turn() -> None:
    """What workers do when each of their bells is rung."""
    from engine import queue, work

    for bell in (work.IMPORTS, work.ENGINE, work.OUTBOX, work.ENGINE):
        queue.answer(bell)


def to_the_end(frozen: Any) -> None:
    from engine import outbox, pulse, work

    for _ in range(20):
        turn()
        if work.engine_is_due() or outbox.something_due():
            continue
        due = pulse.next_due()
        if due is None:
            return
        frozen.set(due + timedelta(milliseconds=1))


def account() -> dict[str, Any]:
    """What became of everybody."""
    from contacts.models import Contact, ContactTag, Event, Import
    from engine.messaging.models import AudienceMember, Message
    from engine.models import Effect, Run, Visit
    from engine.verify import verify

    visits: dict[int, list[str]] = {}
    for run, node in Visit.objects.order_by("run_id", "nth").values_list("run_id", "node"):
        path = visits.setdefault(run, [])
        if path[-1:] != [node]:  # who was moved to the next version was there twice
            path.append(node)
    return {
        "broken": verify(),
        "people": Contact.objects.count(),
        "runs": sorted(Run.objects.values_list("contact__email", "status", "outcome")),
        "paths": sorted(" ".join(path) for path in visits.values()),
        "tags": ContactTag.objects.count(),
        "halves": Event.objects.filter(name="half").count(),
        "scores": sum(Contact.objects.values_list("score", flat=True)),
        "audience": AudienceMember.objects.count(),
        "messages": sorted(Message.objects.values_list("status", flat=True)),
        "effects": sorted(Effect.objects.values_list("status", flat=True)),
        "imported": list(Import.objects.values_list("status", "rows", "created")),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trellis.settings")
    main()
