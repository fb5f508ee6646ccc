"""The web server, on a socket that the supervisor opened: `python -m engine.supervisor.web FD`.

The supervisor keeps the socket while the web process restarts, so that visitors wait a second instead of being refused.
"""

from __future__ import annotations

import socket
import sys
import warnings

import uvicorn


def main() -> None:
    # WhiteNoise hands over static files as plain iterators; they are small, and Django reads them in a thread.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    listener = socket.socket(fileno=int(sys.argv[1]))
    config = uvicorn.Config(
        "trellis.asgi:application",
        lifespan="auto",
        # Whom a proxy speaks for is read by `trellis.proxy`: uvicorn would believe the first address told, which anybody can make up.
        proxy_headers=False,
        timeout_graceful_shutdown=4,
        ws_max_size=1024 * 1024,
        server_header=False,
        access_log=False,
        log_level="warning",
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(3)


if __name__ == "__main__":
    main()
