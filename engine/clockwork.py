"""What the way in does by itself: alarms, kept memberships, backfills, old refusals. Worked off in stretches behind one bell."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from contacts import clock
from engine import alarms, backfill, segments
from engine.models import Refusal

REFUSALS_KEPT = timedelta(days=7)
_FORGOTTEN_AT_ONCE = 2_000


def something_due() -> bool:
    return segments.something_due() or alarms.something_due() or backfill.something_due()


def next_due() -> datetime | None:
    """The next moment at which an alarm rings, or time may change who is in a kept segment."""
    found = (alarms.next_due(), segments.next_due(), backfill.next_due())
    return min((at for at in found if at is not None), default=None)


def turn(seconds: float) -> bool:
    """Work off what is due, for at most about so long. True: something was done. Quiet changes first, for they are older."""
    until, done = time.monotonic() + seconds, False
    while time.monotonic() < until:
        # All four get their turn, so that a long backfill does not hold up a birthday.
        if not any([segments.recheck(), segments.look(), alarms.ring(), backfill.fill()]):
            break
        done = True
    return done


def forget_refusals(most: int = 100_000) -> int:
    """Forget refusals older than a week, in small deletes: each holds the writer only shortly. Returns how many."""
    gone = 0
    while gone < most:
        old = Refusal.objects.filter(at__lt=clock.now() - REFUSALS_KEPT).order_by("at")
        ids = list(old.values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE])
        if not ids:
            break
        gone += Refusal.objects.filter(pk__in=ids).delete()[0]
    return gone
