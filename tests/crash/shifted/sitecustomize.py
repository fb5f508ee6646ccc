"""On the path of processes under test: their wall clock follows a file that says how many seconds it is wrong.

Python reads this by itself at start-up; forked workers begin to follow anew. The monotonic clock stays, as on a real machine.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path


def _follow(file: Path) -> None:
    import time_machine

    travel, shift = None, 0.0
    while True:
        try:
            wanted = float(file.read_text() or 0)
        except (OSError, ValueError):
            wanted = shift
        if wanted != shift:
            if travel is None:
                travel = time_machine.travel(time.time() + wanted, tick=True).start()
            else:
                travel.shift(wanted - shift)
            shift = wanted
        time.sleep(0.05)


def _start() -> None:
    threading.Thread(target=_follow, args=[Path(os.environ["TRELLIS_SHIFT"])], daemon=True).start()


if os.environ.get("TRELLIS_SHIFT"):
    _start()
    os.register_at_fork(after_in_child=_start)
