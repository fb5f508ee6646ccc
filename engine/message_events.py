"""What was sent or skipped, told as events to those who listen: triggers, and segments that are kept.

The message's own row says it already, and a benchmark's worth of rows a day would say it twice. So these events are recorded only
while a live trigger or a kept segment asks for them; delivered, opened, clicked and the rest always are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from contacts import conditions, events, memberships
from contacts.events import NewEvent
from engine.messaging.claimed import Settled
from engine.messaging.models import Message, Status
from engine.messaging.plan import NewMessage
from engine.models import Run
from engine.standing import doors

SENT, SKIPPED = "message_sent", "message_skipped"
_NAMES = {Status.ACCEPTED: SENT, Status.IN_DOUBT: SENT, Status.SKIPPED: SKIPPED}


def listened() -> set[str]:
    """Those of the two that somebody asks for. Two small queries."""
    heard = {SENT, SKIPPED} & doors().keys()
    for segment in memberships.kept():
        heard |= {SENT, SKIPPED} & conditions.topics(segment.condition)
    return heard


def settled(answers: Sequence[Settled], *, lock: bool = False) -> None:
    """The outbox has final answers. In its transaction, contacts locked (or `lock` them here)."""
    final = {(one.contact_id, one.run_id, one.nth): _NAMES.get(one.status, "") for one in answers}
    if any(final.values()):
        _record(final, listened(), lock)


def planned(messages: Iterable[NewMessage]) -> None:
    """The runner wrote these messages: those that the gate refused at once are final. Contacts locked."""
    final = {(one.contact_id, one.run_id, one.nth): SKIPPED for one in messages if one.status is Status.SKIPPED}
    if final:
        _record(final, listened(), lock=False)


def _record(final: dict[tuple[int, int, int], str], heard: Collection[str], lock: bool) -> None:
    wanted = {key: name for key, name in final.items() if name in heard}
    if not wanted:
        return
    runs = {run for _, run, _ in wanted}
    depths = dict(Run.objects.filter(pk__in=runs).values_list("pk", "depth"))
    rows = Message.objects.filter(contact_id__in={contact for contact, _, _ in wanted}, run_id__in=runs)
    columns = ("pk", "contact_id", "run_id", "nth", "node", "workflow_id", "reason", "content_version__content_id")
    new = []
    for pk, contact, run, nth, node, workflow, reason, content in rows.order_by("pk").values_list(*columns):
        name = wanted.get((contact, run, nth))
        if name is None:
            continue
        told = {"message": pk, "node": node, "run": run, "workflow": workflow, "content": content}
        if name == SKIPPED:
            told["reason"] = reason
        depth = depths.get(run, 0) + 1
        new.append(
            NewEvent(contact, name, told, key=f"{name}:{pk}", depth=depth, workflow_id=workflow or None, run_id=run)
        )
    events.record_many(new, lock=lock)
