"""Letting days pass: from due moment to due moment in order, working everything off at each.

So nine days are nine times one day: a wait that ends on the second day has sent its message, and its reader has opened
it, before the third begins.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from contacts import clock, demo_clock
from contacts.durations import parse
from contacts.models import Workspace
from engine import hurry, outbox, pulse, work
from engine.demo.visitor import Visitor
from engine.messaging.models import Message, Status


@dataclass(frozen=True, slots=True)
class Advanced:
    """`at` is the clock now; `left` is what remains of the way, nothing when it was gone to the end."""

    at: datetime
    left: timedelta


def advance(duration: str, *, seconds: float, visitor: Visitor | None = None) -> Advanced:
    """Let `P3D` pass, in at most about `seconds` of real time. Raises `NotADemo`, `TooFar` or `BadDuration`."""
    demo_clock.sync(now=True)
    return advance_to(parse(duration).add_to(clock.now(), Workspace.current().zone), seconds=seconds, visitor=visitor)


def advance_to(target: datetime, *, seconds: float, visitor: Visitor | None = None) -> Advanced:
    visitor = visitor or Visitor()
    until = time.monotonic() + seconds
    while settle(visitor, until):
        now = clock.now()
        if now >= target:
            return Advanced(now, timedelta())
        if time.monotonic() > until:
            break
        due = [at for at in (pulse.next_due(), visitor.next_due()) if at is not None and at > now]
        demo_clock.move_to(min([target, *due]))
    return Advanced(clock.now(), max(target - clock.now(), timedelta()))


def settle(visitor: Visitor, until: float) -> bool:
    """Work off all that is due by the clock as it stands. False: the time (monotonic) ran out before."""
    while time.monotonic() < until:
        if not pulse.drain(until - time.monotonic()):
            return False
        with hurry.held():
            if visitor.visit():
                continue
        # Workers may hold some of it: moving on would let a later day begin before they are done.
        if work.engine_is_due() or outbox.something_due() or Message.objects.filter(status=Status.CLAIMED).exists():
            time.sleep(0.02)
            continue
        return True
    return False
