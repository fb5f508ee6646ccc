"""Named points at which crash tests make the process die, fail or sleep. Nothing happens in production.

TRELLIS_FAULT="delivery.after_call=kill@3;delivery.claimed=sleep:2": at the third time, at the first time.
"""

from __future__ import annotations

import os
import signal
import time

_points = dict(part.split("=", 1) for part in os.environ.get("TRELLIS_FAULT", "").split(";") if "=" in part)
_seen: dict[str, int] = {}


class Fault(RuntimeError):
    """A fault that a test asked for."""


def point(name: str) -> None:
    """Here a test may let the process die."""
    if not _points or name not in _points:
        return
    action, _, nth = _points[name].partition("@")
    _seen[name] = _seen.get(name, 0) + 1
    if _seen[name] != int(nth or 1):
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "raise":
        raise Fault(name)
    elif action.startswith("sleep:"):
        time.sleep(float(action[6:]))
