"""What the way in does by itself: alarms, kept memberships, backfills, old refusals. Worked off in stretches behind one bell."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError

from contacts import clock
from engine import alarms, backfill, segments
from engine.models import Refusal

log = logging.getLogger("trellis.engine")

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
    works: list[Callable[[], object]] = [segments.recheck, segments.look, alarms.ring, backfill.fill]
    while time.monotonic() < until:
        # All four get their turn, so that a long backfill does not hold up a birthday.
        worked = [_work(one, works) for one in list(works)]
        if not any(worked):
            break
        done = True
    return done


def _work(one: Callable[[], object], works: list[Callable[[], object]]) -> bool:
    """Was there something? One that breaks must not hold up the others: it is tried again with the next turn."""
    try:
        return bool(one())
    except OperationalError:
        raise
    except Exception:
        log.exception("%s.%s broke.", one.__module__, one.__name__)
        works.remove(one)
        return False


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
