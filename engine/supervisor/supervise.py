"""The loop that keeps web, cluster and pulse alive, and ends them together."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException
from types import FrameType

from .child import Child
from .guardian import Guardian
from .heart import SILENCE_S, Heart
from .screen import say

ROUND_S = 0.2
# The web server gives its last requests 4 s, the cluster finishes the task in hand; what is left then is killed.
STOP_WITHIN_S = 7.0


class PortTaken(Exception):
    """Another program listens there."""


def listen(host: str, port: int) -> socket.socket:
    """The socket that the web process will serve; raises `PortTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise PortTaken(str(error.strerror or error)) from error
    listener.set_inheritable(True)
    return listener


PARTS = ("web", "cluster", "pulse")


def children(listener: socket.socket | None, parts: Sequence[str] = PARTS) -> list[Child]:
    """The processes, all three or some. Web, which needs the listener, has a pool of database connections, forked workers one each."""
    family = [
        # Niced: a mass send must not make the pages slow on a small machine.
        Child("cluster", ["manage.py", "qcluster"], nice=5, environment={"TRELLIS_POOL": "0"}),
        Child("pulse", ["manage.py", "pulse"], environment={"TRELLIS_POOL": "0"}),
    ]
    if listener is not None:
        web = ["-m", "engine.supervisor.web", str(listener.fileno())]
        family.insert(0, Child("web", web, environment={"TRELLIS_POOL": "1"}, keep_open=(listener.fileno(),)))
    return [child for child in family if child.name in parts]


class Supervisor:
    def __init__(self, family: Sequence[Child], *, ready: Callable[[], None], host: str, port: int) -> None:
        self._family = family
        self._ready = ready
        self._address = (host if host not in ("0.0.0.0", "::") else "127.0.0.1", port)  # noqa: S104  (compared, not bound)
        self._guardian = Guardian()
        self._stops = 0

    def run(self) -> None:
        """Keep all alive until a signal says stop, then end them all."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hear)
        self._guardian.keep()
        # This supervisor's own cluster is asked for its heartbeat, whatever others share the queue.
        os.environ["TRELLIS_CLUSTER"] = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"
        names = [child.name for child in self._family]
        heart = Heart() if "cluster" in names else None
        threading.Thread(target=self._announce if "web" in names else self._ready, name="announce", daemon=True).start()
        # Children are started by this thread alone: on Linux "die with your parent" means with the parent's thread.
        while not self._stops:
            self._guardian.keep()
            for child in self._family:
                self._look_after(child, heart)
            time.sleep(ROUND_S)
        if heart is not None:
            heart.stop()
        self._end()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._stops += 1

    def _look_after(self, child: Child, heart: Heart | None) -> None:
        if child.process is not None and not child.running:
            child.bury(self._guardian)
        if child.process is None and time.monotonic() >= child.start_at:
            child.start(self._guardian)
            if heart is not None and child.name == "cluster":
                heart.expect_new_cluster()
        if heart is not None and child.name == "cluster" and child.running and heart.silent_for() > SILENCE_S:
            say("run", f"the cluster has not answered for {SILENCE_S:.0f} s: ending it and starting it again")
            child.kill()

    def _announce(self) -> None:
        """Say that it is ready when the first page answers."""
        while not self._stops:
            connection = HTTPConnection(*self._address, timeout=5)
            try:
                connection.request("GET", "/health")
                answer = connection.getresponse().status
                if answer < 500:
                    self._ready()
                    return
            except (OSError, HTTPException):
                pass  # not there yet: asked again below
            finally:
                connection.close()
            time.sleep(0.3)

    def _end(self) -> None:
        """Who is late is killed: leases and fences make that safe, it only means that somebody waits for a lease."""
        say("run", "stopping")
        until = time.monotonic() + STOP_WITHIN_S
        for child in reversed(self._family):
            child.ask_to_stop()
        while any(child.running for child in self._family) and time.monotonic() < until and self._stops < 2:
            time.sleep(0.05)
        late = [child.name for child in self._family if child.running]
        for child in self._family:
            child.kill()
        self._guardian.dismiss()
        say("run", f"stopped; {', '.join(late)} had to be ended by force" if late else "stopped")
        sys.stdout.flush()
