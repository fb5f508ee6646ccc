"""Who sees which page. Anonymous visitors see the log-in, a wrong role the page that says so."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

WRITERS, EVERYBODY, ADMINS = ("marketer", "admin"), ("marketer", "admin", "staff"), ("admin",)
PAGES = {
    "/": EVERYBODY,
    "/workflows/": WRITERS,
    "/library/": EVERYBODY,
    "/contacts/": WRITERS,
    "/contacts/new/": ADMINS,
    "/contacts/import/": ADMINS,
    "/segments/": WRITERS,
    "/segments/new/": WRITERS,
    "/content/": WRITERS,
    "/content/new/": WRITERS,
    "/history/": EVERYBODY,
    "/history/refusals/": EVERYBODY,
    "/caught/": EVERYBODY,
    "/settings/": EVERYBODY,
    "/search/?q=a": EVERYBODY,
    "/library/lead-nurturing/use/": WRITERS,
}


@pytest.mark.parametrize("path", PAGES)
def test_anonymous_visitors_are_asked_to_sign_in(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=")


@pytest.mark.parametrize("role", EVERYBODY)
def test_each_role_sees_its_pages_and_no_other(role: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(role)
    seen = {path: client.get(path).status_code for path in PAGES}
    assert seen == {path: 200 if role in roles else 403 for path, roles in PAGES.items()}


def test_the_navigation_leads_nowhere_one_may_not_go(staff: Client) -> None:
    html = staff.get("/").content.decode()
    assert 'href="/history/"' in html
    for hidden in ("/workflows/", "/contacts/", "/segments/", "/content/"):
        assert f'href="{hidden}"' not in html


def test_a_refusal_looks_like_the_house(staff: Client) -> None:
    answer = staff.get("/contacts/")
    assert answer.status_code == 403
    assert "Not for your role" in answer.content.decode()


def test_the_api_refuses_in_json(staff: Client) -> None:
    answer = staff.get("/api/nothing-here/")
    assert answer.status_code == 404
    assert answer.json()["problems"] == []


def views(patterns: Any, prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += views(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            found.append((address, pattern.callback))
    return found


def test_every_page_says_whom_it_is_for() -> None:
    """A page without a rule would be open to everybody."""
    ours = [
        (address, view)
        for address, view in views(get_resolver().url_patterns)
        if view.__module__.startswith(("engine.pages", "builder.views", "contacts.views", "engine.messaging.views"))
        or view.__module__ == "engine.messaging.catcher_views"
    ]
    assert len(ours) > 40
    assert {address for address, view in ours if not hasattr(view, "rule")} == {"login/", "logout/"}
