"""Named points at which the crash tests make the process die, fail or sleep. Nothing happens in production."""

from __future__ import annotations

import os
import signal
import time

# "runner.before_write=kill;outbox.delivered=sleep:2": what to do at which point, for tests alone.
_SPEC = os.environ.get("TRELLIS_FAULT", "")


class Fault(RuntimeError):
    """A fault that a test asked for."""


_points = dict(part.split("=", 1) for part in _SPEC.split(";") if "=" in part)


def point(name: str) -> None:
    if not _points:
        return
    action = _points.get(name)
    if action is None:
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "raise":
        raise Fault(name)
    elif action.startswith("sleep:"):
        time.sleep(float(action[6:]))
