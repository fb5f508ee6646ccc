"""What a sender promises."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar, NamedTuple

from contacts import clock, faults
from engine.messaging.errors import InDoubt, SendError
from engine.messaging.models import Status
from engine.messaging.render import Letter

log = logging.getLogger("trellis.messages")


class Outcome(NamedTuple):
    """What the provider said. Status PLANNED: a transient failure, to be tried again."""

    letter: Letter
    status: Status
    at: datetime
    provider_id: str = ""
    error: str = ""
    retry_after_s: float = 0


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that a Retry-After header asks for (RFC 9110: a number or a date); 0 without one that can be read."""
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        return max(0.0, (parsedate_to_datetime(told) - clock.now()).total_seconds()) if told else 0
    except (ValueError, TypeError):
        return 0


class Sender:
    """Hands letters to one provider. Write `send`, and `open` and `close` if a connection is worth keeping for a batch.

    `send` returns the provider's id ("" if it gives none) and raises SendError (permanent or transient) or InDoubt.
    `repeatable`: the same letter handed over twice is delivered once (the provider knows idempotency keys, or nobody is there).
    """

    repeatable: ClassVar[bool] = False

    def open(self) -> None:
        """Called before the first letter of a batch."""

    def close(self) -> None:
        """Called after the last, whatever happened."""

    def send(self, letter: Letter) -> str:
        raise NotImplementedError

    def deliver(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Hand over a batch, one outcome each, in order. Takes the next letter only when the last has its answer.

        Never raises for what a provider does.
        """
        try:
            for letter in letters:
                faults.point("delivery.before_call")
                yield self._attempt(letter)
                faults.point("delivery.after_call")
        finally:
            self.close()

    def _attempt(self, letter: Letter) -> Outcome:
        try:
            self.open()
            provider_id = self.send(letter)
        except InDoubt as error:
            return Outcome(letter, Status.IN_DOUBT, clock.now(), error=str(error)[:500])
        except SendError as error:
            status = Status.REJECTED if error.permanent else Status.PLANNED
            return Outcome(letter, status, clock.now(), "", str(error)[:500], error.retry_after_s)
        except Exception as error:  # a mistake in a backend: nobody knows how far it came, and the next letter waits
            log.exception("A sender failed.")
            return Outcome(letter, Status.IN_DOUBT, clock.now(), error=f"{type(error).__name__}: {error}"[:500])
        return Outcome(letter, Status.ACCEPTED, clock.now(), provider_id=provider_id[:200])
