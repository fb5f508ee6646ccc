"""The built-in catcher: each message as its reader sees it, and nothing of it runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.asking import Api
from tests.browser.conftest import Opens
from tests.browser.samples import document, node
from tests.browser.watching import Watch
from tests.house.running import until

pytestmark = pytest.mark.browser
EMAIL_URL = ""  # the default: everything is caught

HOSTILE = """<!doctype html><html><head><meta http-equiv="refresh" content="0;url=/evil/refresh"></head>
<body onload="parent.ran=1"><h1>Dear reader</h1><script>parent.ran = 1; document.title = "taken"</script>
<img src="x" onerror="parent.ran=1"><a href="https://shop.example.com/" onclick="parent.ran=1">press</a>
<form action="/evil/form" method="post"><button>send</button></form>
<iframe src="/settings/"></iframe><object data="/settings/"></object></body></html>"""


def test_each_caught_message_is_shown_in_a_frame_that_runs_nothing(opened: Opens, watch: Watch) -> None:
    page = opened("/caught/?q=Juniper", role="staff")  # the demo's own letters and texts
    rows = page.locator(".caught-row")
    expect(rows.first).to_be_visible()
    links = [row.get_attribute("href") for row in rows.all()[:12]]
    assert links
    for link in links:
        page.goto(f"/caught/{link}" if link and link.startswith("?") else str(link))
        frame = page.locator("article.caught-one iframe")
        expect(frame).to_be_visible()
        allowed = set((frame.get_attribute("sandbox") or "").split())
        assert allowed <= {"allow-popups", "allow-popups-to-escape-sandbox"}
        body = page.request.get(frame.get_attribute("src") or "")
        policy = body.headers["content-security-policy"]
        assert "sandbox" in policy and "allow-scripts" not in policy and "default-src 'none'" in policy
        expect(page.frame_locator("article.caught-one iframe").locator("body")).not_to_be_empty()


def test_a_hostile_letter_does_nothing_to_its_reader(
    opened: Opens, watch: Watch, api: Callable[[str], Api], base: str
) -> None:
    # What the frame is kept from doing, Chromium reports in the console of the page around it.
    watch.expect(r"Blocked|sandbox|Refused to|violates the following Content Security Policy|Framing|frame")
    marketer = api("marketer")
    content = marketer.post(
        "/api/contents/",
        {"name": "Hostile", "channel": "email", "subject": "<b>Bold</b>", "html": HOSTILE, "text": "Dear reader"},
    )["id"]
    contact = api("admin").post("/api/contacts/", {"email": "erin@customers.example.com", "consents": {"email": "in"}})
    workflow = marketer.new_workflow(
        "Hostile letter",
        document(
            [
                node("n1", "trigger", 0, 0, on="manual"),
                node("n2", "email", 0, 104, content=content, purpose="transactional", track=False),
                node("n3", "exit", 0, 208, outcome="completed", tags=[]),
            ],
            "n1>n2 n2>n3",
        ),
    )
    marketer.publish(workflow)
    marketer.post(f"/api/workflows/{workflow}/enrol/", {"contacts": [contact["id"]], "key": "once"})
    sent: list[dict[str, Any]] = []

    def accepted() -> bool:
        sent[:] = marketer.get("/api/messages/", contact=contact["id"])["results"]
        return bool(sent) and sent[0]["status"] in ("accepted", "delivered")

    until(accepted, 30, "the letter was not sent")

    page = opened("/settings/", role="marketer")
    evil: list[str] = []
    page.on("request", lambda request: evil.append(request.url) if "/evil/" in request.url else None)
    page.on("dialog", lambda dialog: evil.append(dialog.message))
    page.goto("/caught/?q=%3Cb%3EBold")
    expect(page.get_by_role("heading", name="<b>Bold</b>")).to_be_visible()
    inside = page.frame_locator("article.caught-one iframe")
    expect(inside.get_by_role("heading", name="Dear reader")).to_be_visible()
    assert page.evaluate("() => window.ran") is None
    assert evil == []
    assert re.search(r"/caught/\d+/body/", page.frames[1].url)

    # The same when its address is opened by itself.
    page.goto(page.frames[1].url)
    expect(page.get_by_role("heading", name="Dear reader")).to_be_visible()
    assert evil == []
    assert page.url.startswith(base)
