"""Demo people come in by the same doors as anybody: the upsert, the consent log, the lists, the events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.db import transaction

from contacts import clock, consents, events, identity, lists
from contacts.cause import Cause
from contacts.columns import Columns
from contacts.consents import Evidence, Said
from contacts.events import NewEvent
from contacts.models import Contact, Workspace
from engine.demo import cdnow
from engine.demo.people import CUSTOMERS, SEED, Someone, someone
from engine.demo.shop import CUSTOMERS as CUSTOMER_LIST
from engine.demo.shop import NEWSLETTER

BATCH = 250
# Seconds between two newcomers while the demo runs.
PAUSE_S = (20, 40)
SAID = "Yes, send me stories and offers from Juniper & Oak. I can say no at any time."


def let_in(people: Sequence[Someone], *, quiet: bool = False) -> list[NewEvent]:
    """Record these people with consents, lists and purchases so far. Safe to repeat: who is known stays as they are.

    Answers the purchases that are still to come. One transaction a batch, so that nobody is welcomed before it is known
    what they agreed to. `quiet`, as an import of people whom one knows already: they enter no workflow for it.
    """
    catalogue = Columns.load()
    to_come: list[NewEvent] = []
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        with transaction.atomic():
            cleaned = [identity.clean(one.values, catalogue) for one in batch]
            outcomes = identity.upsert_many(cleaned, quiet=quiet, source="demo", is_demo=True, update_existing=False)
            fresh = [
                (outcome.contact_id, one)
                for outcome, one in zip(outcomes, batch, strict=True)
                if outcome.created and outcome.contact_id is not None
            ]
            to_come += _sign_up(fresh, Cause(handled=quiet))
    return to_come


def _sign_up(fresh: Sequence[tuple[int, Someone]], cause: Cause) -> list[NewEvent]:
    consents.set_many(
        [Said(contact_id, subject, "in") for contact_id, one in fresh for subject in one.says_yes_to],
        Evidence(source="form:checkout", text=SAID, agent="Demo"),
        cause=cause,
    )
    lists.join_pairs(
        {(contact_id, CUSTOMER_LIST) for contact_id, _ in fresh}
        | {(contact_id, NEWSLETTER) for contact_id, one in fresh if NEWSLETTER in one.says_yes_to},
        source="demo",
        cause=cause,
    )
    now, zone = clock.now(), Workspace.current().zone
    bought = [event for contact_id, one in fresh for event in purchases(contact_id, one.external_id, zone)]
    events.record_many([event for event in bought if moment(event) <= now])
    return [event for event in bought if moment(event) > now]


def purchases(contact_id: int, external_id: str, zone: ZoneInfo) -> list[NewEvent]:
    """All purchases of this person's customer in the sample, at their moments near today."""
    number = _number(external_id)
    if number is None:
        return []
    shift = (clock.now() - clock.offset()).date() - timedelta(days=1) - cdnow.last_day()
    chance = Random(f"{SEED}:hours:{number}")
    return [
        NewEvent(
            contact_id,
            "purchase",
            {
                "order_id": f"{external_id}-{bought.nth}",
                "value": bought.value,
                "quantity": bought.quantity,
                "currency": "USD",
            },
            occurred_at=datetime.combine(
                bought.day + shift, time(chance.randrange(8, 22), chance.randrange(60)), tzinfo=zone
            ),
            key=f"order:{external_id}-{bought.nth}",
        )
        for bought in cdnow.customers()[(number - 1) % CUSTOMERS + 1]
    ]


def newcomer() -> bool:
    """One more person, if the last came long enough ago. Meant to be asked often."""
    newest = Contact.objects.filter(external_id__startswith="cdnow-").order_by("-external_id").first()
    number = (_number(newest.external_id or "") or 0) + 1 if newest else 1
    pause = timedelta(seconds=Random(f"{SEED}:pause:{number}").uniform(*PAUSE_S))
    if newest and clock.now() - newest.created_at < pause:
        return False
    let_in([someone(number)])
    return True


def _number(external_id: str) -> int | None:
    prefix, _, number = external_id.partition("-")
    return int(number) if prefix == "cdnow" and number.isdigit() else None


def moment(event: NewEvent) -> datetime:
    """When it happened; every purchase has its moment."""
    assert event.occurred_at is not None
    return event.occurred_at
