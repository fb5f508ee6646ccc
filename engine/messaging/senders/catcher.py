"""The catcher: keeps what would have been sent, so that one can see it as its reader would. The default, and for demo people always."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contacts import clock, faults
from contacts.normalise import storable
from engine.messaging.models import Caught, Status
from engine.messaging.render import Letter
from engine.messaging.senders.base import Outcome, Sender
from engine.messaging.senders.headers import mail_headers


class CatcherSender(Sender):
    """Rows in Caught, one a message however often it is handed over."""

    repeatable = True

    def send(self, letter: Letter) -> str:
        for _ in self.deliver([letter]):
            pass
        return ""

    def deliver(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        letters = list(letters)
        faults.point("delivery.before_call")
        now = clock.now()
        Caught.objects.bulk_create(
            [
                Caught(
                    contact_id=letter.contact_id or None,
                    message_id=letter.message_id or None,
                    at=now,
                    channel=letter.channel,
                    to=letter.to,
                    subject=letter.subject[:1000],
                    # Liquid can spell what no database keeps ("%00" decoded); one letter must not fail the batch.
                    html=storable(letter.html),
                    text=storable(letter.text),
                    header_id=letter.header_id,
                    headers=mail_headers(letter) if letter.channel == "email" else {"From": letter.from_name},
                )
                for letter in letters
            ],
            ignore_conflicts=True,
        )
        for letter in letters:
            yield Outcome(letter, Status.ACCEPTED, now)
            faults.point("delivery.after_call")
