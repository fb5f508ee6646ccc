"""A provider of text messages on loopback that counts ids, and can have the sender killed in the middle of a hand-off."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.crash.post_office import owner_of


class TextOffice:
    """Use as a context manager. `received` counts each id that was accepted; `kill_at`: whoever brings the nth dies before our answer."""

    def __init__(self, kill_at: set[int] | None = None) -> None:
        self.received: Counter[str] = Counter()
        self.killed: list[int] = []
        self._kill_at = set(kill_at or ())
        self._lock = threading.Lock()
        office = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                office.take(told["id"], self.client_address[1])
                body = json.dumps({"id": told["id"]}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    return  # the caller was killed, which is what we are here for

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/send"

    def take(self, number: str, caller: int) -> None:
        with self._lock:
            self.received[number] += 1
            dies = sum(self.received.values()) in self._kill_at
        if dies and (pid := owner_of(caller)) is not None:
            self.killed.append(pid)
            os.kill(pid, signal.SIGKILL)

    def __enter__(self) -> TextOffice:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._server.shutdown()
        self._server.server_close()
