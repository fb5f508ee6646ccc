"""Addresses that nothing may be sent to, whoever they belong to: kept as hashes, so that they outlive erasure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from contacts import clock, sql
from contacts.errors import Invalid
from contacts.models import CHANNELS, Suppression
from contacts.models.suppression import REASONS
from contacts.normalise import address_hash

# A complaint or a hard bounce is never softened to an unsubscribe, which a later opt-in would lift.
_STRENGTH = {"unsubscribe": 0, "manual": 1, "hard_bounce": 2, "complaint": 3}


def suppress(channel: str, addresses: Iterable[str], reason: str, *, at: datetime | None = None) -> None:
    """Block these addresses on a channel. Calling twice is safe; the stronger reason stays. Two queries."""
    suppress_hashes(channel, {address_hash(channel, address) for address in addresses}, reason, at=at)


def suppress_hashes(channel: str, hashes: Collection[str], reason: str, *, at: datetime | None = None) -> None:
    """The same by hash, as an unsubscribe link in an old mail carries it."""
    if channel not in CHANNELS or reason not in REASONS:
        raise Invalid("A suppression needs a channel and one of the known reasons.")
    known = dict(
        Suppression.objects.filter(channel=channel, address_hash__in=hashes).values_list("address_hash", "reason")
    )
    stronger = [
        hashed for hashed in sorted(hashes) if hashed not in known or _STRENGTH[reason] > _STRENGTH[known[hashed]]
    ]
    moment = clock.to_micros(at or clock.now())
    sql.insert(
        Suppression,
        ("channel", "address_hash", "reason", "at"),
        [(channel, hashed, reason, moment) for hashed in stronger],
        "(channel, address_hash) DO UPDATE SET reason = excluded.reason, at = excluded.at",
    )


def suppressed(channel: str, hashes: Collection[str]) -> dict[str, str]:
    """Which of these hashes are blocked, and why. One query."""
    rows = Suppression.objects.filter(channel=channel, address_hash__in=hashes)
    return dict(rows.values_list("address_hash", "reason"))


def lift(channel: str, address: str) -> bool:
    """Unblock one address by hand, whatever the reason was."""
    return bool(Suppression.objects.filter(channel=channel, address_hash=address_hash(channel, address)).delete()[0])


def lift_unsubscribes(pairs: Collection[tuple[str, str]]) -> None:
    """After an opt-in: (channel, hash) pairs whose block was an unsubscribe are free again. One query a channel."""
    for channel in {channel for channel, _ in pairs}:
        hashes = [hashed for of, hashed in pairs if of == channel]
        Suppression.objects.filter(channel=channel, address_hash__in=hashes, reason="unsubscribe").delete()
