"""Messages that wait for their hour or for a place under the cap: looked at when that may have come, one batch at a time."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from contacts import clock, locks
from engine.messaging import cap, policy, sql, workspace_rules
from engine.messaging.cap import Places, Taken
from engine.messaging.claimed import Settled
from engine.messaging.models import Message, Status

BATCH = 300
REASONS = ("quiet_hours", "capped")


def something_due(now: datetime) -> bool:
    """One probe of an index that holds waiting messages alone."""
    return sql.something_waits(clock.to_micros(now))


def work(now: datetime, limit: int = BATCH) -> list[Settled]:
    """Let go whose time has come; answers those that waited too long and were skipped. In the caller's transaction.

    A fixed number of queries, two when nothing waits.
    """
    now_us = clock.to_micros(now)
    if not sql.something_waits(now_us):
        return []
    due = Message.objects.filter(status=Status.HELD, reason__in=REASONS, not_before__lte=now)
    contacts = list(due.order_by("not_before", "id").values_list("contact_id", flat=True)[:limit])
    locks.lock(contacts)
    turn = _Turn(now_us, policy.paused_workflows())
    rules = workspace_rules.current()
    places = Places(rules, contacts, now_us) if rules.caps else None
    # Read under the lock: two workers that look at once find each message in the state that the other left.
    found = due.filter(contact_id__in=contacts) if places is None else _all_of(contacts)
    of: dict[int, list[Message]] = defaultdict(list)
    for message in found.order_by("id"):
        of[message.contact_id].append(message)
    for messages in of.values():
        turn.look_at(messages, places)
    sql.place_held(turn.rows)
    return turn.settled


def look_again(contact_ids: list[int], now: datetime) -> None:
    """A place may have freed early for these: a message that had one was not sent. Nothing at all while no cap is set."""
    if contact_ids and workspace_rules.current().caps:
        waiting = Message.objects.filter(contact_id__in=contact_ids, status=Status.HELD, reason="capped")
        waiting.update(not_before=now)


def look_at_all(now: datetime) -> int:
    """The cap was changed: everybody who waits is looked at anew."""
    return Message.objects.filter(status=Status.HELD, reason="capped").update(not_before=now)


def _all_of(contacts: list[int]):  # type: ignore[no-untyped-def]
    return Message.objects.filter(contact_id__in=contacts, status=Status.HELD, reason__in=REASONS)


class _Turn:
    def __init__(self, now_us: int, paused: set[int]) -> None:
        self.now, self._paused = now_us, paused
        self.rows: list[sql.Row] = []
        self.settled: list[Settled] = []

    def look_at(self, messages: list[Message], places: Places | None) -> None:
        """One contact's: quiet hours that are over, then places, the most important first."""
        capped = {}
        for message in messages:
            due = clock.to_micros(message.not_before) <= self.now
            if message.workflow_id in self._paused:
                if due:  # out of our way; whoever hands it over sees that it is held
                    self._put(message, Status.PLANNED, self.now, "")
            elif message.reason == "capped":
                capped[message.pk] = message
            elif due:
                self._put(message, Status.PLANNED, self.now, "")
        if capped and places is not None:
            queue = [one for one in places.waiting[messages[0].contact_id] if one.id in capped]
        else:
            queue = []
        for one in queue:
            self._place(capped.pop(one.id), one, places)
        for message in capped.values():  # the cap was switched off
            self._put(message, Status.PLANNED, self.now, "")

    def _place(self, message: Message, one: Taken, places: Places | None) -> None:
        assert places is not None
        later = places.free_at(one.contact_id, one.channel)
        gives_up = cap.gives_up_at(one.planned_at)
        if later is None:
            places.take(one.contact_id, one.channel, self.now, one.id)
            self._put(message, Status.PLANNED, self.now, "")
        elif gives_up <= self.now:
            self._put(message, Status.SKIPPED, self.now, "capped")
            self.settled.append(Settled(message.run_id, message.contact_id, message.nth, Status.SKIPPED, "capped"))
        elif clock.to_micros(message.not_before) <= self.now:
            self._put(message, Status.HELD, min(later, gives_up), "capped")

    def _put(self, message: Message, status: Status, not_before: int, reason: str) -> None:
        self.rows.append((int(status), not_before, reason, message.pk))
