"""The sender of the benchmark: takes everything, keeps nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contacts import clock, faults
from engine.messaging.models import Status
from engine.messaging.render import Letter
from engine.messaging.senders.base import Outcome, Sender


class NullSender(Sender):
    """`null://`: the letter is written in full, then dropped."""

    repeatable = True

    def send(self, letter: Letter) -> str:
        return ""

    def deliver(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        for letter in letters:
            faults.point("delivery.before_call")
            yield Outcome(letter, Status.ACCEPTED, clock.now())
