"""The REST API as a program outside the project uses it: by token, one client a role."""

from __future__ import annotations

import os
from typing import Any

import httpx

PASSWORD = "three-green-pears"
ROLES = ("marketer", "admin", "staff")


class Api:
    """Answers are parsed JSON; anything but 2xx fails the test with the words of the answer."""

    def __init__(self, base: str, role: str) -> None:
        self.http = httpx.Client(base_url=base, timeout=60)
        token = self.post("/api/token/", {"username": role, "password": PASSWORD})["token"]
        self.http.headers["Authorization"] = f"Token {token}"

    def get(self, path: str, **query: Any) -> Any:
        return self._told(self.http.get(path, params=query))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._told(self.http.post(path, json=body if body is not None else {}, headers=headers))

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self._told(self.http.put(path, json=body, headers=headers))

    def draft(self, workflow: int) -> bytes:
        """The stored drawing, byte for byte."""
        answer = self.http.get(f"/api/workflows/{workflow}/draft/")
        assert answer.status_code == 200, answer.text
        return answer.content

    def new_workflow(self, name: str, document: dict[str, Any] | None = None) -> int:
        body: dict[str, Any] = {"name": name} | ({"document": document} if document else {})
        return int(self.post("/api/workflows/", body)["id"])

    def from_library(self, slug: str, **parameters: Any) -> int:
        return int(self.post(f"/api/library/{slug}/use/", {"parameters": parameters})["id"])

    def publish(self, workflow: int) -> None:
        etag = self.http.get(f"/api/workflows/{workflow}/draft/").headers["ETag"]
        self.post(f"/api/workflows/{workflow}/publish/", {"people_inside": "finish_old"}, **{"If-Match": etag})

    def let_pass(self, duration: str) -> None:
        """Move the demo's clock and wait until all of it has happened."""
        left = self.post("/api/demo/clock/", {"advance": duration})["left_s"]
        while left:
            left = self.post("/api/demo/clock/", {"advance": f"PT{left}S"})["left_s"]

    def path(self, contact: int, workflow: int) -> dict[str, Any] | None:
        """The newest run of this contact there, None before they came in."""
        runs = self.get(f"/api/contacts/{contact}/path/")["results"]
        return next((run for run in runs if run["workflow"] == workflow), None)

    def _told(self, answer: httpx.Response) -> Any:
        assert answer.is_success, (
            f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:600]}"
        )
        return answer.json() if answer.content else None


def session_of(base: str, role: str) -> dict[str, str]:
    """The cookies of somebody who logged in through the page."""
    with httpx.Client(base_url=base, timeout=60) as http:
        http.get("/login/")
        answer = http.post(
            "/login/",
            data={
                "username": role,
                "password": PASSWORD,
                "csrfmiddlewaretoken": http.cookies["csrftoken"],
                "next": "/",
            },
            headers={"Referer": f"{base}/login/"},
        )
        assert answer.status_code == 302, answer.text[:400]
        return dict(http.cookies)


def promised(seconds: float) -> float:
    """What is promised in seconds is promised on a machine that does nothing else; a busy one gets ten times as much."""
    return seconds if os.getloadavg()[0] < 4 else seconds * 10
