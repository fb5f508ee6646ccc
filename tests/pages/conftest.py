"""The three roles as signed-in browsers, and a small world with people on their way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from contacts import clock
from contacts.models import Contact, List, Workspace
from tests.engine.kit import draw, person, publish, settle

NOW = "2026-12-03T14:32:00+00:00"
HOSTILE = "<script>alert('x')</script>\"'&{{ 7|add:7 }}"


@pytest.fixture(autouse=True)
def frozen(db: None) -> Iterator[clock.Frozen]:
    Workspace.current()
    with clock.freeze(NOW) as standing:
        yield standing


def browser(role: str, name: str = "") -> Client:
    user = User.objects.create_user(name or role, first_name=role.capitalize(), last_name="Example")
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def marketer() -> Client:
    return browser("marketer")


@pytest.fixture
def admin() -> Client:
    return browser("admin")


@pytest.fixture
def staff() -> Client:
    return browser("staff")


def story() -> dict[str, Any]:
    """In; a day's wait; a mail nobody needs to open; a tag; out."""
    return draw(
        {
            "n1": ("trigger", {"on": "manual"}),
            "n2": ("wait", {"mode": "duration", "duration": "P1D"}),
            "n3": ("condition", {"when": {"all": [{"fact": "tag", "is": "vip"}]}}),
            "n4": ("tag", {"add": ["greeted"], "remove": []}),
            "n5": ("exit", {"outcome": "completed"}),
            "n6": ("exit", {"outcome": "no_response"}),
        },
        ["n1 next n2", "n2 next n3", "n3 yes n4", "n3 no n6", "n4 next n5"],
    )


@pytest.fixture
def world(frozen: clock.Frozen) -> dict[str, Any]:
    """Alice has gone through as a vip, Bob as none, Charlie still waits."""
    from contacts import tags
    from engine import triggers

    workflow = publish(story(), "Welcome")
    alice, bob, charlie = person("Alice"), person("Bob", phone="+48601000002"), person("Charlie")
    tags.add([alice.pk], ["vip"])
    List.objects.create(name="Newsletter", slug="newsletter")
    triggers.enrol(workflow, [alice.pk, bob.pk])
    settle()
    frozen.advance("P1DT1M")
    settle()
    triggers.enrol(workflow, [charlie.pk])
    settle()
    return {"workflow": workflow, "alice": alice, "bob": bob, "charlie": charlie}


def many(count: int) -> list[Contact]:
    return [person(f"Person{n}", email=f"person{n}@example.com") for n in range(count)]
