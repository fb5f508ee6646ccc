"""When the clock is set back (a server corrects its time): what was due stays due, and no lease lasts longer than it should.

Waits keep their own deadline and are asked for it again: who waits until nine waits until nine by the clock as it stands. Who came to a
wait by the wrong clock came when it was set right. Set forward,
all that is due by then goes on at once, and what is just being handed over may end in doubt, as its lease has run out.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta

from django.db import transaction

from contacts import clock
from engine import outbox, sql
from engine.messaging import delivery
from engine.models import Effect

log = logging.getLogger("trellis.pulse")

NOTICED_S = 1.0
# Who was in the middle of a batch writes by the wrong clock after we have looked: looked at again so many seconds later.
AGAIN_S = (1.0, 5.0, 30.0)
# Others may have written by the wrong clock after we last looked at it, by moments that we have not seen.
UNSEEN = timedelta(seconds=30)


class Watch:
    """Remembers the latest moment seen; `look` as often as you like, it costs nothing until the clock runs backwards."""

    def __init__(self) -> None:
        self._latest = self._wrong = clock.now()
        self._again: list[float] = []

    def look(self) -> bool:
        """Was the clock set back since the last look?"""
        now, latest = clock.now(), self._latest
        back = now < latest - timedelta(seconds=NOTICED_S)
        if back:
            log.warning("The clock was set back from %s to %s.", latest.isoformat(), now.isoformat())
            self._wrong = latest + UNSEEN
            keep_due(now, self._wrong)
            self._again = [time.monotonic() + seconds for seconds in AGAIN_S]
        elif self._again and time.monotonic() >= self._again[0]:
            del self._again[0]
            set_right(now, self._wrong)
        if back or now > latest:
            self._latest = now
        return back


def keep_due(now: datetime, latest: datetime) -> None:
    """What was due at `latest` is due `now`. One transaction."""
    now_us, latest_us = clock.to_micros(now), clock.to_micros(latest)
    with transaction.atomic():
        sql.due_again(now_us, latest_us)
        delivery.due_again(now_us, latest_us)
        Effect.objects.filter(due_at__gt=now, due_at__lte=latest).update(due_at=now)
        set_right(now, latest)


def set_right(now: datetime, latest: datetime) -> None:
    """What bears the wrong time, as nothing that is right can: due at once, and in the future; a lease longer than one. One transaction."""
    now_us, latest_us = clock.to_micros(now), clock.to_micros(latest)
    with transaction.atomic():
        sql.set_right(now_us, latest_us)
        delivery.set_right(now_us)
        Effect.objects.filter(due_at__gt=now, attempts=0).update(due_at=now)
        longest = datetime.fromtimestamp(time.time() + outbox.LEASE_S, UTC)
        Effect.objects.filter(due_at__isnull=False, lease_until__gt=longest).update(lease_until=longest)
