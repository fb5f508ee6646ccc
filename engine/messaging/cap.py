"""The frequency cap: at most n marketing messages to one person in any stretch of time, by channel and in total.

A planned message has a place from its planning on, whether it has gone yet or not; one that found none waits (`waiting`).
All marketing counts, also that of workflows which do not keep to the cap themselves. Ask with the contacts locked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from contacts import clock
from contacts.durations import Duration
from engine.messaging import policy, sql
from engine.messaging.models import Status
from engine.messaging.workspace_rules import Cap, Rules

LONGEST_WAIT = timedelta(days=7)
# Held by a pause or a stop: asked again when they are handed over after it.
STOPPED = ("paused", "stopped_all")
_DAY_US = 86_400_000_000


class Taken(NamedTuple):
    """A message of one person that has a place, or waits for one; columns as in `sql.places`."""

    id: int
    contact_id: int
    version_id: int
    node: str
    channel: str
    status: int
    reason: str
    planned_at: int
    not_before: int
    accepted_at: int | None

    @property
    def waits(self) -> bool:
        return self.status == Status.HELD and self.reason == "capped"


class Places:
    """Who has had, or will get, which messages: asked once for a batch, one query."""

    def __init__(self, rules: Rules, contact_ids: Iterable[int], now_us: int) -> None:
        self._zone, self._caps, self._now = rules.zone, rules.caps, now_us
        # contact -> (channel, when, id; 0 for what was handed over already)
        self._taken: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
        # contact -> those that found no place, in the order in which they will get one
        self.waiting: dict[int, list[Taken]] = defaultdict(list)
        longest = max(cap.per.approximate_seconds() for cap in rules.caps)
        # Months are up to 31 days long, and clocks may change: some too many are read, none too few.
        since = now_us - longest * 1_050_000 - _DAY_US
        for row in sql.places(sorted(set(contact_ids)), since):
            one = Taken._make(row)
            if one.waits:
                self.waiting[one.contact_id].append(one)
            elif one.status != Status.HELD or one.reason not in STOPPED:  # of these nobody knows whether they ever go
                # What is on its way counts as handed over at the earliest moment at which it can be.
                at = one.accepted_at if one.accepted_at is not None else max(now_us, one.not_before)
                self.take(one.contact_id, one.channel, at, one.id if one.accepted_at is None else 0)
        for queue in self.waiting.values():
            queue.sort(key=lambda one: (-policy.of(one.version_id, one.node).priority, one.planned_at, one.id))

    def free_at(self, contact_id: int, channel: str, *, before: int | None = None) -> int | None:
        """None: there is a place now. Else when the next one frees, as far as can be said today.

        `before`: only what was handed over, or has a smaller id, counts (a message that asks again when it is handed over).
        """
        later: int | None = None
        taken = self._taken.get(contact_id, ())
        for cap in self._caps:
            if cap.channel not in ("", channel):
                continue
            ends = sorted(
                end
                for of, at, number in taken
                if cap.channel in ("", of)
                and (before is None or number < before)
                and (end := self._after(at, cap.per)) > self._now
            )
            if len(ends) >= cap.n:
                later = max(later or 0, ends[len(ends) - cap.n])
        return later

    def take(self, contact_id: int, channel: str, at: int, number: int = 0) -> None:
        self._taken[contact_id].append((channel, at, number))

    def ask(self, contact_id: int, channel: str, priority: int) -> int | None:
        """A place for one more message: None if it has it from here on, else when to look again.

        Those that wait already and are not less important come first.
        """
        ahead = [
            one for one in self.waiting.get(contact_id, ()) if policy.of(one.version_id, one.node).priority >= priority
        ]
        if ahead:
            kept = list(self._taken[contact_id])
            for one in ahead:
                if self.free_at(contact_id, one.channel) is None:
                    self.take(contact_id, one.channel, self._now, one.id)
            later = self.free_at(contact_id, channel)
            self._taken[contact_id] = kept
        else:
            later = self.free_at(contact_id, channel)
        if later is None:
            self.take(contact_id, channel, self._now)
        return later

    def _after(self, at: int, per: Duration) -> int:
        if per.months or per.days:
            return clock.to_micros(per.add_to(clock.from_micros(at), self._zone))
        return at + per.seconds * 1_000_000


def gives_up_at(planned_at: int) -> int:
    """When a message that found no place is skipped."""
    return planned_at + int(LONGEST_WAIT.total_seconds()) * 1_000_000


def applies(caps: Sequence[Cap], channel: str) -> bool:
    return any(cap.channel in ("", channel) for cap in caps)
