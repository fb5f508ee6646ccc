"""Live updates: one WebSocket per open editor, one for the history. The only file of the engine that knows Channels.

Counts are read from counters by one task per web process, at most once a second per workflow and only while somebody watches; that works
the same whether the workers share this process, this machine or only the database. A socket never writes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from asgiref.sync import async_to_sync
from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer, AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.contrib.auth import get_user_model
from django.db import DatabaseError, transaction
from django.urls import path, re_path

from builder.models import Workflow, WorkflowVersion
from contacts.access import may
from engine.api.counts import counts, goal
from engine.models import Run

log = logging.getLogger("trellis.live")

TAIL_EVERY_S = 0.5
# A socket lives for hours: that its user has left, or lost the role, is noticed within this time.
ASKED_AGAIN_S = 10.0


class Tail:
    """Reads what changed for those who watch: workflow -> its counts; the history -> the newest step."""

    def __init__(self) -> None:
        self.watchers: dict[tuple[int, int | None], set[EditorConsumer]] = defaultdict(set)
        self.feeds: set[HistoryConsumer] = set()
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running loop, unless at work already; restarts if it died."""
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self.run())

    async def run(self) -> None:
        latest = 0
        while self.watchers or self.feeds:
            try:
                for (workflow, number), consumers in list(self.watchers.items()):
                    now, goal = await database_sync_to_async(read_counts)(workflow, number)
                    for consumer in list(consumers):
                        if await consumer.still_welcome():
                            await self.tell(consumer, consumer.tell_counts(now, goal))
                if self.feeds:
                    found = await database_sync_to_async(newest_step)()
                    for feed in list(self.feeds):
                        if await feed.still_welcome() and found != latest:
                            await self.tell(feed, feed.send_json({"type": "changed", "at": found}))
                    latest = found
            except DatabaseError as error:
                log.warning("Live counts are late: %s", error)
            await asyncio.sleep(TAIL_EVERY_S)

    async def tell(self, consumer: Guarded, message: Coroutine[Any, Any, None]) -> None:
        """Send it. A socket that is going, or whose path cannot be drawn, must not silence all the others."""
        try:
            await message
        except DatabaseError:
            raise
        except OSError:  # its page was closed a moment ago
            consumer.forget()
        except Exception as error:
            log.warning("A socket was not told: %s: %s", type(error).__name__, error)
            consumer.forget()
            with suppress(Exception):  # it may be gone already; else its page asks anew
                await consumer.close(1011)


def read_counts(workflow_id: int, number: int | None) -> tuple[dict[str, Any], dict[str, int]]:
    """(numbers of each node, numbers of the workflow's goal)."""
    versions = WorkflowVersion.objects.filter(workflow_id=workflow_id)
    if number is not None:
        versions = versions.filter(number=number)
    ids = list(versions.values_list("pk", flat=True))
    return {node: {**row, "ports": dict(row["ports"])} for node, row in counts(ids).items()}, goal(ids)


def newest_step() -> int:
    from contacts.clock import to_micros

    newest = Run.objects.order_by("-entered_at").values_list("entered_at", flat=True).first()
    return to_micros(newest) if newest else 0


tail = Tail()


class Guarded(AsyncJsonWebsocketConsumer):
    """A socket for those who may, as long as they may."""

    rule = ""
    asked_at = 0.0

    async def welcome(self) -> bool:
        """May this user be here? Asks the database."""
        self.asked_at = time.monotonic()
        self.user = await database_sync_to_async(_as_now)(self.scope["user"])
        return bool(await database_sync_to_async(may)(self.user, self.rule))

    async def still_welcome(self) -> bool:
        if time.monotonic() - self.asked_at < ASKED_AGAIN_S or await self.welcome():
            return True
        self.forget()
        await self.close(4403)
        return False

    def forget(self) -> None:
        """Be told nothing more."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        if text_data:
            await super().receive(text_data, **kwargs)

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        """None for a frame that holds no JSON: it is passed over, instead of costing its sender the connection."""
        try:
            return json.loads(text_data)
        except (ValueError, RecursionError):
            return None


def _as_now(user: Any) -> Any:
    """The user as the database has it by now: role taken away, switched off, deleted."""
    return get_user_model()._default_manager.filter(pk=user.pk).first() if user.pk else user


class EditorConsumer(Guarded):
    """`/ws/workflows/<id>/`: who edits, what was saved and published, counts, one contact's path."""

    rule = "counts.read"
    group = ""
    watching: tuple[int, int | None] | None = None
    run_id: int | None = None

    async def connect(self) -> None:
        self.workflow_id = self.scope["url_route"]["kwargs"]["pk"]
        self.sequence = 0
        self.told: dict[str, Any] = {}
        self.told_goal: dict[str, int] = {}
        self.told_path: Any = None
        self.client = ""
        self.socket = uuid.uuid4().hex
        self.selected: list[str] = []
        self.editors: dict[str, tuple[float, dict[str, Any]]] = {}
        exists = await database_sync_to_async(Workflow.objects.filter(pk=self.workflow_id).exists)()
        if not exists or not await self.welcome():
            await self.close(4403)
            return
        self.group = f"workflow-{self.workflow_id}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def welcome(self) -> bool:
        here = await super().welcome()
        self.edits = await database_sync_to_async(may)(self.user, "workflow.read")
        return here

    async def disconnect(self, code: int) -> None:
        self.forget()
        if self.group:
            await self.channel_layer.group_send(
                self.group, {"type": "editor.gone", "socket": getattr(self, "socket", "")}
            )
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if not isinstance(content, dict):
            return
        kind = content.get("type")
        if kind == "hello":
            self.client = str(content.get("client", ""))[:64]
            revision = await database_sync_to_async(
                lambda: Workflow.objects.values_list("revision", flat=True).get(pk=self.workflow_id)
            )()
            await self.send_json({"type": "welcome", "revision": revision, "editors": []})
            await self.announce(ask=True)
        elif kind == "presence":
            selected = content.get("selected")
            self.selected = [str(one)[:64] for one in selected[:50]] if isinstance(selected, list) else []
            await self.announce()
        elif kind == "watch":
            self.forget()
            version, run = content.get("version"), content.get("run")
            self.told, self.told_path = {}, None
            self.run_id = run if isinstance(run, int) else None
            self.watching = (self.workflow_id, version if isinstance(version, int) else None)
            tail.watchers[self.watching].add(self)
            tail.start()

    def forget(self) -> None:
        if self.watching is not None:
            tail.watchers[self.watching].discard(self)
            if not tail.watchers[self.watching]:
                del tail.watchers[self.watching]
            self.watching = None

    # --- counts and path --------------------------------------------------------------------------
    async def tell_counts(self, now: dict[str, Any], goal: dict[str, int]) -> None:
        """A snapshot first, then only the nodes that changed; how the goal stands each time."""
        snapshot = not self.told
        changed = now if snapshot else {node: row for node, row in now.items() if self.told.get(node) != row}
        if changed or self.sequence == 0 or goal != self.told_goal:
            self.sequence += 1
            self.told, self.told_goal = now, goal
            number = self.watching[1] if self.watching else None
            told = {"seq": self.sequence, "snapshot": snapshot, "version": number, "nodes": changed, "goal": goal}
            await self.send_json({"type": "counts", **told})
        if self.run_id is not None:
            path = await database_sync_to_async(read_path)(self.run_id, self.workflow_id)
            if path is not None and path != self.told_path:
                self.told_path = path
                await self.send_json({"type": "path", "run": path})

    # --- presence ---------------------------------------------------------------------------------
    async def announce(self, *, ask: bool = False) -> None:
        if not self.edits:
            return
        who = {"id": self.user.pk, "name": self.user.get_full_name() or self.user.get_username(), "client": self.client}
        await self.channel_layer.group_send(
            self.group,
            {
                "type": "editor.here",
                "socket": self.socket,
                "channel": self.channel_name,
                "who": {**who, "selected": self.selected},
                "ask": ask,
            },
        )

    async def editor_here(self, event: dict[str, Any]) -> None:
        if event["socket"] == self.socket:
            return
        if event["ask"]:
            await self.announce()
        self.editors[event["socket"]] = (time.monotonic(), event["who"])
        await self.tell_editors()

    async def editor_gone(self, event: dict[str, Any]) -> None:
        if self.editors.pop(event["socket"], None):
            await self.tell_editors()

    async def tell_editors(self) -> None:
        await self.send_json({"type": "editors", "editors": [who for _, who in self.editors.values()]})

    # --- what builder tells -----------------------------------------------------------------------
    async def draft_saved(self, event: dict[str, Any]) -> None:
        if self.edits and event["client"] != self.client:
            await self.send_json(
                {"type": "saved", "revision": event["revision"], "author": event["author"], "client": event["client"]}
            )

    async def version_published(self, event: dict[str, Any]) -> None:
        await self.send_json({"type": "published", "version": event["version"]})


class HistoryConsumer(Guarded):
    """`/ws/runs/`: says that something moved; the page then asks for what it shows."""

    rule = "run.read"

    async def connect(self) -> None:
        if not await self.welcome():
            await self.close(4403)
            return
        await self.accept()
        tail.feeds.add(self)
        tail.start()

    async def disconnect(self, code: int) -> None:
        self.forget()

    def forget(self) -> None:
        tail.feeds.discard(self)


class Nowhere(AsyncWebsocketConsumer):
    """Any other address. Without it the router raises, and whoever tries addresses fills the log."""

    async def connect(self) -> None:
        await self.close(4404)


def read_path(run_id: int, workflow_id: int) -> dict[str, Any] | None:
    from engine import history

    run = Run.objects.filter(pk=run_id, workflow_id=workflow_id).first()
    return history.path_json([run])[0] if run else None


def tell_saved(saved: Any) -> None:
    """Hook of `builder.drafts`: tell the other editors, after the commit."""
    user = saved.user
    author = {"id": user.pk, "name": user.get_full_name() or user.get_username()} if user else None
    _tell(
        saved.workflow_id,
        {"type": "draft.saved", "revision": saved.revision, "author": author, "client": saved.client},
    )


def tell_published(published: Any) -> None:
    """Hook of `builder.publishing`: tell the editors once it is committed."""
    workflow, number = published.workflow.pk, published.version.number
    transaction.on_commit(lambda: _tell(workflow, {"type": "version.published", "version": number}))


def _tell(workflow_id: int, event: dict[str, Any]) -> None:
    """To whoever has this workflow open, on any web server. What was saved is saved, also if nobody can be told."""
    try:
        async_to_sync(get_channel_layer().group_send)(f"workflow-{workflow_id}", event)
    except Exception as error:
        log.warning("The editors of workflow %s were not told (%s): %s", workflow_id, event["type"], error)


sockets = URLRouter(
    [
        path("ws/workflows/<int:pk>/", EditorConsumer.as_asgi()),
        path("ws/runs/", HistoryConsumer.as_asgi()),
        re_path("", Nowhere.as_asgi()),
    ]
)


def with_live(http: Any) -> ProtocolTypeRouter:
    """The ASGI application with its sockets: session and origin are checked on connect, permission by each consumer."""
    return ProtocolTypeRouter({"http": http, "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(sockets))})
