"""The calls that cannot be repeated: each is marked before it begins, and its answer is kept, one by one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from django.db import transaction

from engine.messaging import sql
from engine.messaging.claimed import Claimed, Result, row_of
from engine.messaging.render import Letter

LEASE_S = 25  # wall time; longer than one call may take, short enough that a crash holds nobody back for long
RENEW_S = 5
# What `reason` says while a message is claimed.
CALLING = "calling"
ANSWERED = "answered:"


# The call that is under way in this process: (message, fence).
_under_way: list[tuple[int, int]] = []


def keep_lease() -> None:
    """The call under way keeps its lease, however slowly the provider answers. Called from beside it, every few seconds.

    An SMTP server that takes ten seconds for each reply needs longer for one mail than a lease lasts: others would call it in doubt
    while it is being accepted. A process that is killed or stopped does not come here, and its lease runs out.
    """
    if _under_way:
        sql.renew(_under_way[:], wall_us() + LEASE_S * 1_000_000)


def wall_us() -> int:
    """Wall time in microseconds: leases have nothing to do with business time."""
    return time.time_ns() // 1_000


class Calls:
    """Commits the beginning of each call together with the answer to the one before: one small transaction a message."""

    def __init__(self, pairs: Sequence[tuple[Claimed, Letter]]) -> None:
        self._pairs = pairs
        self._renewed = time.monotonic()
        self.answer: Result | None = None

    def letters(self) -> Iterator[Letter]:
        """The letters to send, each marked first. One that is no longer ours (we were stopped too long) is left out."""
        for index, (message, letter) in enumerate(self._pairs):
            lease_until = wall_us() + LEASE_S * 1_000_000
            with transaction.atomic():
                self._keep()
                if time.monotonic() - self._renewed > RENEW_S:
                    self._renewed = time.monotonic()
                    sql.renew([(later.id, later.fence) for later, _ in self._pairs[index + 1 :]], lease_until)
                ours = sql.begin_call(message.id, message.fence, lease_until)
            if ours:
                _under_way[:] = [(message.id, message.fence)]
                yield letter
                _under_way.clear()

    def over(self) -> None:
        """However it ended: nobody keeps the lease of a call that is over."""
        _under_way.clear()

    def finish(self) -> None:
        with transaction.atomic():
            self._keep()

    def _keep(self) -> None:
        result, self.answer = self.answer, None
        if result is not None:
            _, accepted_at, later, _, provider_id, error, number, fence = row_of(result)
            sql.keep_answer((f"{ANSWERED}{int(result.status)}", accepted_at, later, provider_id, error, number, fence))
