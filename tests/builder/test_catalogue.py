"""An unfit node kind is refused when the program starts, by its name."""

from typing import Any

import pytest
from pydantic import BaseModel
from rest_framework.test import APIClient

from builder import catalogue
from builder.errors import CatalogueError
from builder.nodes import NodeKind, Port
from tests.builder import kinds


def kind(**parts: Any) -> type[NodeKind]:
    class Number(BaseModel):
        n: int = 1

    parts = {"kind": "ping", "label": "Ping", "icon": "bell", "group": "logic", "Settings": Number, **parts}
    return type("Ping", (NodeKind,), {"__doc__": "Pings.", **parts})


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"kind": "wait"}, "the kind “wait” is taken by tests.builder.kinds.Wait"),
        ({"kind": "Ping!"}, "not lower_snake"),
        ({"label": ""}, "no label"),
        ({"group": "magic"}, "the group “magic” does not exist"),
        ({"__doc__": ""}, "no docstring"),
        ({"example": {"n": "many"}}, "its example is not valid"),
        ({"ports": (Port("next", "Next"), Port("next", "Again"))}, "two of its ports are called “next”"),
        ({"ports": (Port("Next", "Next"),)}, "the port “Next” is not lower_snake"),
        ({"ports": (Port("next", "Next", "loud"),)}, "unknown tone “loud”"),
        ({"branch_field": "ways"}, "no “ways”"),
    ],
)
def test_an_unfit_kind_is_refused_by_name(parts: dict[str, Any], why: str) -> None:
    with pytest.raises(CatalogueError) as refusal:
        catalogue.register(kind(**parts))
    assert why in str(refusal.value)
    assert "Ping" in str(refusal.value)


def test_registering_twice_changes_nothing() -> None:
    before = catalogue.all()
    catalogue.register(kinds.Wait)
    assert catalogue.all() == before


def test_ports_follow_the_branches_and_bear_junk() -> None:
    ways = kinds.WaitUntil.ports_of({"branches": [{"port": "b1", "name": "Opened"}, {"port": 7}, None, {"port": "b2"}]})
    assert [(port.name, port.label) for port in ways] == [
        ("b1", "Opened"), ("b2", "b2"), ("timeout", "Time is up")
    ]  # fmt: skip
    assert [port.name for port in kinds.WaitUntil.ports_of({"branches": 3})] == ["timeout"]


@pytest.mark.django_db
def test_the_browser_gets_all_it_draws_from(api: APIClient) -> None:
    found = api.get("/api/catalogue/").json()
    assert [group["name"] for group in found["groups"]] == [
        "start", "messages", "timing", "logic", "contact", "site", "end"
    ]  # fmt: skip
    wait = next(one for one in found["kinds"] if one["kind"] == "wait_until")
    assert wait["help"] == "Waits until something happens, or the time is up."
    assert wait["ports"] == [{"name": "timeout", "label": "Time is up", "tone": "timeout"}]
    assert wait["branch_field"] == "branches"
    assert wait["schema"]["properties"]["timeout"]["x-widget"] == "duration"
    assert not wait["can_disable"]
    assert next(one for one in found["kinds"] if one["kind"] == "wait")["can_disable"]
    assert {"tag", "consent"} <= {fact["fact"] for fact in found["facts"]}
    assert found["workflow_settings"]["properties"]["reentry"]["default"] == "once"
