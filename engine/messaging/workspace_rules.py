"""What the workspace says about all sending: the frequency cap, test addresses, stop."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from contacts import durations
from contacts.models import CHANNELS, Workspace
from contacts.normalise import address_hash, phone

_REMEMBER_S = 2.0


class Cap(NamedTuple):
    """At most `n` messages of a channel ("": of all together) in any stretch of `per`."""

    channel: str
    n: int
    per: durations.Duration


class Rules(NamedTuple):
    zone: tzinfo
    caps: tuple[Cap, ...]
    test_only: frozenset[str]
    stopped_at: datetime | None


_known: tuple[float, Rules] | None = None


def current() -> Rules:
    """As of at most two seconds ago, for planning; what is handed over asks again."""
    global _known
    if _known is None or time.monotonic() - _known[0] > _REMEMBER_S:
        _known = (time.monotonic(), of(Workspace.current()))
    return _known[1]


def forget() -> None:
    """The workspace was saved in this process: read it again."""
    global _known
    _known = None


def of(row: Workspace) -> Rules:
    return Rules(
        zone=row.zone,
        caps=tuple(caps_of(row.frequency_cap)),
        test_only=hashes_of(row.test_only),
        stopped_at=row.stopped_at,
    )


def caps_of(stored: Any) -> Iterable[Cap]:
    """The rules as they are stored; one that this release cannot read is left out."""
    for rule in stored if isinstance(stored, list) else ():
        try:
            n, per = int(rule["n"]), durations.parse(rule["per"])
        except (KeyError, TypeError, ValueError):
            continue
        if n > 0 and per.approximate_seconds() > 0:
            yield Cap(str(rule.get("channel") or ""), n, per)


def hashes_of(addresses: Any) -> frozenset[str]:
    """Test addresses as the gate compares them: of every channel, as nobody says which one an address is of."""
    told = [one for one in addresses if isinstance(one, str) and one.strip()] if isinstance(addresses, list) else []
    return frozenset(address_hash(channel, _plain(one)) for one in told for channel in CHANNELS)


def _plain(address: str) -> str:
    """`+48 600 100 200` as contacts keep it; what is no number stays as it is."""
    if "@" in address:
        return address
    try:
        return phone(address)
    except ValueError:
        return address
