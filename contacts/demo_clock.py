"""The demo's lead over the wall clock: kept on the workspace row, so that every process lets the same days pass."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from contacts import clock
from contacts.durations import parse
from contacts.errors import Refused
from contacts.models import Workspace

_REMEMBER_S = 0.5
_read_at = -_REMEMBER_S
_FURTHEST = timedelta(days=3_660)


class NotADemo(Refused):
    """Only a demo's clock can be moved."""

    status = 403


class TooFar(Refused):
    """A demo's clock goes forward, ten years at most."""


def sync(*, now: bool = False) -> None:
    """Load the offset into this process's clock. At most one small query every half second; `now` asks in any case.

    Outside demo mode, and in a simulation, which has a clock of its own, it does nothing.
    """
    global _read_at
    if not settings.DEMO or clock.is_simulated() or (not now and time.monotonic() - _read_at < _REMEMBER_S):
        return
    offset = Workspace.objects.filter(pk=1).values_list("clock_offset_s", flat=True).first() or 0
    clock.set_offset(timedelta(seconds=offset))
    _read_at = time.monotonic()


def move(duration: str) -> datetime:
    """Let `P3D` pass and answer what time it is then. Raises `NotADemo`, `TooFar` or `BadDuration`."""
    if not settings.DEMO:
        raise NotADemo
    sync(now=True)
    return move_to(parse(duration).add_to(clock.now()))


def move_to(at: datetime) -> datetime:
    """Go forward to a moment; a moment that has passed already changes nothing."""
    if not settings.DEMO:
        raise NotADemo
    with transaction.atomic():
        workspace = Workspace.objects.select_for_update().get(pk=Workspace.current().pk)
        wall = clock.now() - clock.offset()
        # Rounded up: whoever is due at `at` must be due when it is reached.
        lead = -int((wall - at).total_seconds() // 1)
        if lead > _FURTHEST.total_seconds():
            raise TooFar
        if lead > workspace.clock_offset_s:
            workspace.clock_offset_s = lead
            workspace.save(update_fields=["clock_offset_s"])
    sync(now=True)
    return clock.now()
