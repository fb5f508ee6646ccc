"""The people of our tests, and a clock that stands still."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from rest_framework.test import APIClient

from contacts import clock, events, holdings
from contacts.models import Contact, Field, List, Topic

NOW = "2026-11-22T09:00:00+00:00"


@pytest.fixture
def frozen() -> Iterator[clock.Frozen]:
    with clock.freeze(NOW) as standing:
        yield standing


@pytest.fixture(autouse=True)
def only_our_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contacts is tested by itself: what other apps hook in is theirs to test."""
    monkeypatch.setattr(events, "_hooks", [])
    monkeypatch.setattr(events, "_bells", [])
    for name in ("erasers", "mergers", "exporters"):
        monkeypatch.setattr(holdings, name, [])


@pytest.fixture
def alice(db: None) -> Contact:
    """Consents, opens."""
    return Contact.objects.create(
        email="alice@example.com", first_name="Alice", last_name="Nowak", phone="+48601000001", language="pl"
    )


@pytest.fixture
def bob(db: None) -> Contact:
    """Has a phone, opens nothing."""
    return Contact.objects.create(email="bob@example.com", first_name="Bob", phone="+48601000002")


@pytest.fixture
def charlie(db: None) -> Contact:
    """Neither phone nor opens."""
    return Contact.objects.create(email="charlie@example.com", first_name="Charlie")


@pytest.fixture
def newsletter(db: None) -> Topic:
    return Topic.objects.create(slug="newsletter", label="Newsletter")


@pytest.fixture
def leads(db: None) -> List:
    return List.objects.create(name="Leads", slug="leads")


@pytest.fixture
def own_fields(db: None) -> dict[str, Field]:
    rows = [
        Field(key="company", label="Company", type="text"),
        Field(key="age", label="Age", type="number"),
        Field(key="vip", label="VIP", type="boolean"),
        Field(key="born", label="Born", type="date"),
        Field(key="seen", label="Seen", type="datetime"),
        Field(key="size", label="Size", type="choice", choices=["S", "M", "L"]),
    ]
    return {field.key: field for field in Field.objects.bulk_create(rows)}


@pytest.fixture
def user_of(db: None) -> Callable[[str], User]:
    def make(role: str) -> User:
        user, _ = User.objects.get_or_create(username=role)
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        return user

    return make


@pytest.fixture
def client_of(user_of: Callable[[str], User]) -> Callable[[str], APIClient]:
    def make(role: str) -> APIClient:
        client = APIClient()
        client.force_authenticate(user_of(role))
        return client

    return make


@pytest.fixture
def api(client_of: Callable[[str], APIClient]) -> APIClient:
    """The API as an admin uses it."""
    return client_of("admin")


def names(recorded: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(event.name, dict(event.properties)) for event in recorded]
