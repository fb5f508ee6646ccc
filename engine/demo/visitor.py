"""Demo people read what the catcher holds for them: they open, click and sometimes leave, through the public links.

Who does what, and when, follows from the seed, the person and the message alone. Nothing here writes a row: every hit
goes through the same pages, with their signatures, classes and throttles, that a stranger's browser would reach.
"""

from __future__ import annotations

import heapq
import io
import re
from datetime import datetime, timedelta
from functools import cached_property
from html import unescape
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from contacts import clock
from engine.demo.people import SEED, Habits, habits_of
from engine.messaging import tokens
from engine.messaging.models import Caught

# Who has not opened after this long never does.
FORGOTTEN = timedelta(hours=72)
_BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile",
)
# Apple's Mail Privacy Protection says no more than this.
_PROXY = "Mozilla/5.0"
_OPEN = re.compile(r"/o/[\w-]+\.gif")
_CLICK = re.compile(r"/c/([\w-]+)")
_LEAVE = re.compile(r"/u/[\w-]+")


class Deed(NamedTuple):
    """What somebody will do, in the order of the moments (ordered by `at` first)."""

    at: datetime
    caught_id: int
    what: str


class Visitor:
    """Knows what is going to happen; each process that lets it happen has one, and asking twice does nothing twice."""

    def __init__(self) -> None:
        self._ahead: list[Deed] = []
        self._seen = 0

    def next_due(self) -> datetime | None:
        """When the next demo person reads something."""
        self._look()
        return self._ahead[0].at if self._ahead else None

    def visit(self, most: int = 500) -> int:
        """Let happen what is due by the business clock; how many hits that were."""
        self._look()
        now = clock.now()
        due: list[Deed] = []
        while self._ahead and self._ahead[0].at <= now and len(due) < most:
            due.append(heapq.heappop(self._ahead))
        caught = Caught.objects.select_related("message").in_bulk([deed.caught_id for deed in due])
        return sum(self._do(deed, caught[deed.caught_id]) for deed in due if deed.caught_id in caught)

    def _look(self) -> None:
        """Read what was caught since the last look. One query, by the primary key."""
        fresh = Caught.objects.filter(pk__gt=self._seen, contact__is_demo=True, channel="email", message__isnull=False)
        if not self._seen:
            fresh = fresh.filter(at__gt=clock.now() - FORGOTTEN)
        rows = fresh.order_by("pk").values_list("pk", "at", "contact__external_id", "message__node", "message__nth")
        for pk, at, external_id, node, nth in rows:
            self._seen = max(self._seen, pk)
            habits = habits_of(external_id)
            if habits is not None:
                for deed in _plan(Deed(at, pk, ""), habits, Random(f"{SEED}:{external_id}:{node}:{nth}")):
                    heapq.heappush(self._ahead, deed)

    def _do(self, deed: Deed, caught: Caught) -> int:
        message = caught.message
        assert message is not None
        browser = _BROWSERS[message.contact_id % len(_BROWSERS)]
        if deed.what == "proxy":
            return 0 if message.machine_opens else self._get(_first(_OPEN, caught.html), _PROXY)
        if deed.what == "open":
            return 0 if message.opened_at else self._get(_first(_OPEN, caught.html), browser)
        if deed.what == "click":
            return 0 if message.clicked_at else self._get(_link(caught.html), browser)
        # The page's button, not the mail program's one click.
        return self._get(_first(_LEAVE, caught.html), browser, method="POST")

    def _get(self, path: str | None, agent: str, method: str = "GET") -> int:
        """Ask our own server for a page, in this process, as it would be asked from outside."""
        if path is None:
            return 0
        address = urlsplit(settings.BASE_URL)
        environment: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SERVER_NAME": address.hostname or "localhost",
            "SERVER_PORT": str(address.port or (443 if address.scheme == "https" else 80)),
            "HTTP_HOST": address.netloc,
            "HTTP_USER_AGENT": agent,
            "HTTP_ACCEPT": "text/html,image/*",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": "0",
            "wsgi.url_scheme": address.scheme,
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.version": (1, 0),
        }
        response = self._server(environment, lambda status, headers: None)
        response.close()
        return 1

    @cached_property
    def _server(self) -> Any:
        return WSGIHandler()


def _plan(sent: Deed, habits: Habits, chance: Random) -> list[Deed]:
    """What this person does with this message: nothing; or opens it; or opens and clicks; or leaves."""
    deeds = []
    if habits.proxy:
        deeds.append(sent._replace(at=sent.at + timedelta(seconds=chance.uniform(2, 40)), what="proxy"))
    if chance.random() >= habits.opens:
        return deeds
    first, last = habits.hours
    # Most read soon, some late: the mean lies in the first third.
    hours = min(last, first + chance.expovariate(3 / max(last - first, 0.1)))
    opened = sent.at + timedelta(hours=hours)
    deeds.append(sent._replace(at=opened, what="open"))
    if chance.random() < habits.clicks:
        deeds.append(sent._replace(at=opened + timedelta(seconds=chance.uniform(8, 180)), what="click"))
    elif habits.opens < 1 and chance.random() < 0.006:
        deeds.append(sent._replace(at=opened + timedelta(seconds=chance.uniform(15, 60)), what="leave"))
    return deeds


def _first(pattern: re.Pattern[str], html: str) -> str | None:
    found = pattern.search(unescape(html))
    return found.group(0) if found else None


def _link(html: str) -> str | None:
    """The first link that a person can see: the one that only scanners find is not among them."""
    for found in _CLICK.finditer(unescape(html)):
        if tokens.signer().read_click(found.group(1))[1] != tokens.HONEYPOT:
            return found.group(0)
    return None
