"""While a demo runs: new people come, and people read what they got. The pulse rings, a worker does it."""

from __future__ import annotations

import time

from django.conf import settings

from contacts import clock, demo_clock
from engine import pulse, queue
from engine.demo import arrivals
from engine.demo.visitor import Visitor

BELL = "demo"
EVERY_S = 2.0

_visitor = Visitor()
_rung_at = 0.0


def register() -> None:
    """Called when the app is ready; outside demo mode nothing is registered."""
    if settings.DEMO:
        pulse.look_after(BELL, _look)
        queue.answers(BELL, turn)


def turn() -> None:
    """A worker's turn: at most one newcomer, and what is due to be read."""
    demo_clock.sync()
    if clock.offset().total_seconds() < 0:
        return  # the two weeks before today are still being lived through
    arrivals.newcomer()
    _visitor.visit()


def _look() -> None:
    global _rung_at
    if time.monotonic() - _rung_at > EVERY_S:
        _rung_at = time.monotonic()
        queue.ring(BELL)
