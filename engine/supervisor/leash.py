"""Runs a Python program that cannot outlive its parent: `python -m engine.supervisor.leash PARENT NICE program ...`.

Linux kills a process whose parent is gone if it asked for that (prctl PR_SET_PDEATHSIG). The wish is lost at each fork,
so it is repeated in every forked child: the cluster's sentinel, workers, pusher and monitor go with it. The kernel also
reaches processes that are stopped or stuck, which a signal handler does not. Elsewhere than on Linux only the guardian
watches.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


def ask_to_die_with_parent(parent: int) -> None:
    """End this process now if `parent` is gone already, else as soon as it is."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the wish was heard
        os._exit(1)


def tie(parent: int) -> None:
    """Tie this process to `parent`, and whatever it forks to the process that forked it."""
    ask_to_die_with_parent(parent)
    mine = [os.getpid()]

    def after_fork() -> None:
        ask_to_die_with_parent(mine[0])
        mine[0] = os.getpid()

    os.register_at_fork(after_in_child=after_fork)


def main() -> None:
    parent, nice, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    tie(parent)
    if nice:
        os.nice(nice)
    if program == "-m":
        sys.argv = sys.argv[4:]
        sys.path.insert(0, "")
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = sys.argv[3:]
        sys.path.insert(0, os.path.dirname(os.path.abspath(program)))  # noqa: PTH100, PTH120  (start-up time: no pathlib)
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
