"""Named points at which crash tests make the process die, fail, sleep or stop. Nothing happens in production.

TRELLIS_FAULT="delivery.after_call=kill@3;runner.claimed=raise;outbox.recorded=sleep:2@5": at the third time, the first, the fifth.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

# Every point there is, and between what it stands. `tests/crash/test_faults.py` tries each: die, fail, sleep.
POINTS = {
    "events.recorded": "events are inserted | who waits for them is woken",
    "events.committed": "events and wake-ups are committed | the bell rings",
    "queue.ringing": "the bell is marked as rung | a worker is called",
    "queue.answered": "a worker has done its turn | the bell is free again",
    "triggers.claimed": "events are claimed | entries are decided",
    "triggers.before_handled": "entries are inserted | the events count as handled",
    "triggers.committed": "entries are committed | their first step",
    "runner.claimed": "runs and contacts are locked | the first node decides",
    "runner.before_write": "all nodes have decided, visits are inserted | runs, messages and effects are written",
    "runner.before_counts": "runs are written | counters are added, commit",
    "runner.committed": "a batch is committed | the next one",
    "runner.striking": "a run failed alone | its strike is written",
    "delivery.claimed": "a claim on messages is committed | they are written and sent",
    "delivery.before_call": "a call is marked as begun | the provider is called",
    "delivery.after_call": "the provider has answered | its answer is kept",
    "delivery.recorded": "answers are written | the runs go on, commit",
    "delivery.recovered": "what a crash left is sorted out | commit",
    "outbox.delivered": "all calls have answers | the answers are recorded",
    "outbox.recorded": "answers and runs are committed | effects",
    "outbox.claimed": "a claim on effects is committed | they are carried out",
    "outbox.carried": "effects are carried out | their answers are written",
    "moving.claimed": "people inside are locked | they are moved to the new version",
    "moving.moved": "people are moved | commit",
    "publishing.frozen": "a version is made | its triggers open, people inside are told to move",
    "imports.written": "a chunk of an import is written | how far it was read, commit",
}


class Fault(RuntimeError):
    """A fault that a test asked for."""


_points: dict[str, str] = {}
_seen: dict[str, int] = {}


def arm(spec: str) -> None:
    """Set what happens at which point, in this process: for tests alone."""
    _points.clear()
    _seen.clear()
    for part in filter(None, spec.split(";")):
        name, _, action = part.partition("=")
        _points[name] = action


arm(os.environ.get("TRELLIS_FAULT", ""))


def point(name: str) -> None:
    """Here a test may let the process die. Costs one look at an empty dict."""
    if not _points or name not in _points:
        return
    action, _, nth = _points[name].partition("@")
    _seen[name] = _seen.get(name, 0) + 1
    if _seen[name] != int(nth or 1):
        return
    witness = os.environ.get("TRELLIS_FAULT_SEEN")
    if witness:
        with Path(witness).open("a") as file:
            file.write(f"{os.getpid()}\n")
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stop":  # until somebody lets it go on
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "raise":
        raise Fault(name)
    elif action.startswith("sleep:"):
        time.sleep(float(action[6:]))
