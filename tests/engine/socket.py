"""A browser's end of a WebSocket, over ASGI. (Channels' own test client imports daphne, which we do not have.)"""

from __future__ import annotations

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


class Socket:
    def __init__(self, application: Any, path: str, user: Any) -> None:
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": [],
            "subprotocols": [],
            "user": user,
        }
        self._end = ApplicationCommunicator(application, scope)

    async def connect(self) -> bool:
        await self._end.send_input({"type": "websocket.connect"})
        return bool((await self._end.receive_output(5))["type"] == "websocket.accept")

    async def send(self, message: dict[str, Any]) -> None:
        await self._end.send_input({"type": "websocket.receive", "text": json.dumps(message)})

    async def send_frame(self, **frame: Any) -> None:
        """`text=` or `bytes=`, whatever is in it."""
        await self._end.send_input({"type": "websocket.receive", **frame})

    async def next(self, kind: str) -> dict[str, Any]:
        """The next message of this kind; others before it are passed over."""
        for _ in range(20):
            found: dict[str, Any] = json.loads((await self._end.receive_output(5))["text"])
            if found["type"] == kind:
                return found
        raise AssertionError(f"no {kind} came")

    async def closed(self) -> int:
        """The code with which the server closes; what comes before is passed over."""
        for _ in range(20):
            found = await self._end.receive_output(5)
            if found["type"] == "websocket.close":
                return int(found["code"])
        raise AssertionError("it stays open")

    async def close(self) -> None:
        await self._end.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._end.wait(5)
