"""docs/format.md on contacts, events, contents, messages and runs: every call is made as it stands there, none is missing."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from contacts import clock
from engine.demo.advance import Advanced
from tests.builder.test_format_docs import PAGE, Call, alike, calls
from tests.engine.kit import draw, publish, settle
from tests.house.addresses import all_addresses

PARTS = (
    "## Contacts and events",
    "## Contents and messages",
    "## People in workflows",
    "## Stopping, starting again, trying again",
    "## The demo's clock",
)
# What an answer tells that later calls are about: {"/api/fields/": ("field", where its id stands)}.
MADE = {
    f"POST /api/{name}s/": name for name in ("field", "topic", "list", "tag", "contact", "segment", "import", "content")
}
FOUND = {"/api/runs/": "run", "/api/contacts/{contact}/messages/": "message", "/api/caught/": "caught"}
FILE = b"E-mail;First name;City\nbob@example.com;Bob;Warsaw\nbob;Robert;Gdynia\n"


class World:
    """Ola, an admin, and the ids of what her calls made."""

    def __init__(self) -> None:
        ola = User.objects.create_user("ola", password="a long way to Kraków")
        ola.groups.add(Group.objects.get_or_create(name="admin")[0])
        self.api = APIClient()
        self.api.force_authenticate(ola)
        self.ids: dict[str, int] = {}

    def make(self, call: Call) -> Any:
        path = re.sub(r"\{(\w+)\}", lambda found: str(self._id(found[1])), call.path)
        if call.path == "/api/imports/" and call.method == "POST":
            return self.api.post(path, {"file": SimpleUploadedFile("people.csv", FILE)}, format="multipart")
        body = call.request
        if isinstance(body, dict) and "/enrol/" in path:
            body = {"contacts": [self._id("contact")]}
        if isinstance(body, dict) and "/render/" in path:
            body = {"contact": self._id("contact")}
        text = "" if body is None else json.dumps(body)
        return self.api.generic(call.method, path, text, content_type="application/json")

    def remember(self, call: Call, answer: Any) -> None:
        made, found = MADE.get(f"{call.method} {call.path}"), FOUND.get(call.path.partition("?")[0])
        if made and call.status == 201:
            self.ids[made] = answer["id"]
        if found and answer["results"]:
            self.ids[found] = answer["results"][0]["id"]

    def _id(self, name: str) -> int:
        if name == "workflow" and name not in self.ids:
            self.ids[name] = publish(_drawing(self._id("content")), "Welcome").pk
        return self.ids[name]


def _drawing(content: int) -> dict[str, Any]:
    arms = [{"port": "a", "name": "A", "weight": 100}, {"port": "b", "name": "B", "weight": 0}]
    return draw(
        {
            "n1": ("trigger", {"on": "api"}),
            "n2": ("email", {"content": content}),
            "n3": ("experiment", {"arms": arms}),
            "n4": ("wait", {"mode": "duration", "duration": "P3D"}),
            "n5": ("exit", {}),
        },
        ["n1 next n2", "n2 next n3", "n3 a n4", "n3 b n4", "n4 next n5"],
    )


@pytest.mark.django_db
def test_every_call_answers_as_shown(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = True
    # The clock stands still here; tests/demo lets its days pass.
    monkeypatch.setattr("engine.demo.api.advance", lambda text, seconds: Advanced(clock.now(), timedelta()))
    erasing = []
    with clock.freeze("2026-11-22T09:00:00+00:00"):
        world = World()
        for call in (call for part in PARTS for call in calls(part)):
            if call.method == "DELETE":
                erasing.append(call)  # once nothing is about them any more
                continue
            _as_shown(world, call)
        for call in erasing:
            _as_shown(world, call)


def _as_shown(world: World, call: Call) -> None:
    response = world.make(call)
    assert response.status_code == call.status, (call.method, call.path, response.content)
    answer = response.json() if response.content and "json" in response["Content-Type"] else None
    world.remember(call, answer)
    if call.answer is not None:
        alike(call.answer, answer, f"{call.method} {call.path}")
    settle()


def test_every_address_of_the_api_is_named() -> None:
    def plain(path: str) -> str:
        return re.sub(r"\{\w+\}|<[\w:]+>|/\d+/", lambda found: "/{}/" if found[0][0] == "/" else "{}", path)

    page = PAGE.read_text(encoding="utf-8").replace("/library/lead-nurturing/", "/library/{slug}/")
    named = {plain(path) for path in re.findall(r"(/api/[\w/{}-]*)", page)}
    there = {plain(address.pattern) for address in all_addresses() if address.pattern.startswith("/api/")}
    assert there - named == {"/api/schema/"}, "docs/format.md does not name these"
