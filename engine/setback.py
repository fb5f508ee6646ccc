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


class Watch:
    """Remembers the latest moment seen; `look` as often as you like, it costs nothing until the clock runs backwards."""

    def __init__(self) -> None:
        self._latest = clock.now()

    def look(self) -> bool:
        now, latest = clock.now(), self._latest
        if now < latest - timedelta(seconds=NOTICED_S):
            log.warning("The clock was set back from %s to %s.", latest.isoformat(), now.isoformat())
            keep_due(now, latest)
        elif now < latest:
            return False
        self._latest = now
        return now < latest


def keep_due(now: datetime, latest: datetime) -> None:
    """What was due at `latest` is due `now`. One transaction, five statements."""
    now_us, latest_us = clock.to_micros(now), clock.to_micros(latest)
    with transaction.atomic():
        sql.due_again(now_us, latest_us)
        delivery.due_again(now_us, latest_us)
        Effect.objects.filter(due_at__gt=now, due_at__lte=latest).update(due_at=now)
        longest = datetime.fromtimestamp(time.time() + outbox.LEASE_S, UTC)
        Effect.objects.filter(due_at__isnull=False, lease_until__gt=longest).update(lease_until=longest)
