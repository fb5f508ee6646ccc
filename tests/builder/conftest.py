"""Who draws, and with what."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from rest_framework.test import APIClient

from builder import catalogue, names, people
from builder.actions import create as creating
from builder.actions import told
from builder.models import Workflow
from contacts import clock
from tests.builder import kinds
from tests.builder.drawings import simple


@pytest.fixture(autouse=True)
def our_kinds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test kinds instead of the engine's, and nobody hooked in; `real_kinds` asks for the product as it is."""
    if "real_kinds" in request.fixturenames:
        return
    monkeypatch.setattr(catalogue, "_kinds", {})
    for kind in kinds.ALL:
        catalogue.register(kind)
    for hooks in ("_on_published", "_on_status", "_on_saved"):
        monkeypatch.setattr(told, hooks, [])
    for hook in ("_counter", "_totals", "_forecast"):
        monkeypatch.setattr(people, hook, None)
    monkeypatch.setattr(names, "_contents", None)


@pytest.fixture
def real_kinds() -> None:
    """The catalogue that the product runs with."""


@pytest.fixture
def frozen() -> Iterator[clock.Frozen]:
    with clock.freeze("2026-11-22T09:00:00+00:00") as standing:
        yield standing


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    def make(role: str | None, username: str = "", **values: Any) -> User:
        user = User.objects.create_user(
            username or role or "nobody", **values
        )  # no password: hashing one takes a while
        if role:
            user.groups.add(Group.objects.get_or_create(name=role)[0])
        return user

    return make


@pytest.fixture
def maja(person: Callable[..., User]) -> User:
    return person("marketer", "maja", first_name="Maja", last_name="Krawczyk")


@pytest.fixture
def ola(person: Callable[..., User]) -> User:
    return person("marketer", "ola", first_name="Ola", last_name="Dudek")


@pytest.fixture
def as_() -> Callable[[User], APIClient]:
    def client(user: User) -> APIClient:
        found = APIClient()
        found.force_authenticate(user)
        return found

    return client


@pytest.fixture
def api(as_: Callable[[User], APIClient], maja: User) -> APIClient:
    return as_(maja)


@pytest.fixture
def workflow(maja: User) -> Workflow:
    return creating.create(name="Lead nurturing", user=maja, document=simple())
