"""A wire on loopback to a server, that can be cut and mended: for the server, its clients are gone; for them, it is down."""

from __future__ import annotations

import contextlib
import select
import socket
import threading


class Wire:
    """Use as a context manager. `port` leads to (host, to_port) until `cut`, and again after `mend`."""

    def __init__(self, host: str, to_port: int) -> None:
        self._to = (host, to_port)
        self._whole = threading.Event()
        self._whole.set()
        self._ends: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Wire:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        self._whole.clear()
        for end in list(self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._whole.set()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            if not self._whole.is_set():
                caller.close()
                continue
            threading.Thread(target=self._carry, args=[caller], daemon=True).start()

    def _carry(self, caller: socket.socket) -> None:
        with contextlib.suppress(OSError), caller, socket.create_connection(self._to, timeout=10) as server:
            ends = {caller: server, server: caller}
            self._ends |= set(ends)
            try:
                while self._whole.is_set():
                    for end in select.select(list(ends), [], [], 1)[0]:
                        data = end.recv(65536)
                        if not data:
                            return
                        ends[end].sendall(data)
            finally:
                self._ends -= set(ends)
