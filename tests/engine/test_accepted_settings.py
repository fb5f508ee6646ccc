"""What a publish lets pass runs: every setting of every kind, and of the workflow, bent in all ways that validation may overlook."""

from __future__ import annotations

import copy
import logging
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from builder import catalogue, publishing, validation
from builder.actions.create import create
from builder.graph import parse
from builder.names import DocumentNames
from builder.problem import errors
from builder.sentences import sentences
from contacts import clock, events
from contacts.events import NewEvent
from contacts.models import Field, List
from engine.messaging import content
from engine.models import Visit
from tests.engine.kit import draw, person, publish, settle
from tests.forgetting import forget

pytestmark = pytest.mark.django_db

JUNK: list[Any] = [
    "", " ", 0, -1, 1, 1.5, True, None, "50", "abc", "no", [], {}, ["a"], ["x" * 300], [""], [{}], "x" * 300, 10**30, 1e308,
    "P0D", "PT90S", "P100Y", "P999Y9999M", "2026-11-22", "2026-11-22T09:00:00Z", 1700000000, "1700000000", "25:99", "09:00",
    "T09", "0900", "22:00+02:00", "a\x00b", {"from": "22:00", "to": "08:00"}, {"start": "22:00", "end": "08:00"}, "{{ x",
    "{% for x in (1..9) %}{% endfor %}", "n1", "9" * 30,
]  # fmt: skip
VIP = {"all": [{"fact": "tag", "is": "vip"}]}
TWO = [{"name": "A", "weight": 50}, {"name": "B", "weight": 50}]
WINNER = {"metric": "opened", "window": "P1D", "least": 1, "after": "P1D"}
# Beside the kinds' own examples, so that every setting is there to be bent.
FULL: dict[str, list[dict[str, Any]]] = {
    "trigger": [
        {"on": "contact_added", "filter": VIP, "backfill": True},
        {"on": "event", "name": "go", "where": [{"property": "order_id", "op": "is", "value": "7"}]},
        {"on": "date_field", "date": "born", "side": "before", "offset": "P1D", "at": "09:00", "yearly": True},
        {"on": "page_visited", "url": "/a*", "seconds": 3, "backfill": True},
    ],
    "wait": [
        {"duration": "P1D", "jitter": "PT1H", "window": {"from": "09:00", "to": "17:00", "weekdays": [1, 2]}},
        {"mode": "time", "time": "09:00", "weekdays": [1]},
        {"mode": "field", "field": "born", "side": "before", "offset": "P1D", "keep_time": True, "past": "port"},
    ],
    "email": [
        {
            "content": "letter", "subject": "Hi", "preheader": "p", "from_name": "x", "from_email": "a@example.com",
            "variants": TWO, "winner": WINNER, "quiet_hours": "skip", "cap": "skip", "track": False,
        }
    ],
    "sms": [{"text": "Hi", "variants": [{**one, "text": "x"} for one in TWO], "winner": WINNER, "sender": "x"}],
    "update_contact": [
        {
            "changes": [
                {"field": "age", "op": "set", "value": 5},
                {"field": "age", "op": "increment", "value": 2},
                {"field": "note", "op": "template", "value": "{{ contact.email }}"},
            ],
            "score": 3,
        }
    ],
    "enter_workflow": [{"workflow": "other", "mode": "call", "timeout": "P1D"}],
    "leave_workflow": [{"workflow": "other"}],
    "exit": [{"outcome": "completed", "tags": ["a"]}],
}  # fmt: skip
SETTINGS: dict[str, Any] = {
    "reentry": "after_exit", "cooldown": "P1D", "max_entries": 3, "audience": None, "exit_when": VIP,
    "goal": {"condition": VIP, "event": "", "window": "P3D", "on": "jump", "node": "n3"}, "holdout": 0,
    "quiet_hours": {"from": "22:00", "to": "08:00", "zone": "contact"}, "frequency_cap": True, "priority": 1,
    "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2036-01-01T00:00:00Z", "test_only": [], "owner": None, "notify": [],
}  # fmt: skip
TRIED = 15  # of those accepted, per kind


@pytest.fixture
def world(db: Any) -> dict[str, Any]:
    List.objects.create(slug="newsletter", name="Newsletter")
    for key, kind in (("age", "number"), ("born", "date"), ("note", "text")):
        Field.objects.create(key=key, label=key.title(), type=kind)
    other = publish(draw({"n1": ("trigger", {"on": "manual"}), "n2": ("exit", {})}, ["n1 next n2"]), "Other")
    return {"letter": content.create(name="News", subject="News", html="<p>Hello</p>").pk, "other": other.pk}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


def bent(value: Any, path: tuple[Any, ...], to: Any) -> Any:
    value = copy.deepcopy(value)
    at = value
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = to
    return value


def around(kind: str, settings: Any) -> dict[str, Any]:
    if kind == "trigger":
        return draw({"n1": (kind, settings), "n2": ("tag", {"add": ["x"]})}, ["n1 next n2"])
    ports = {port.name for port in catalogue.get(kind).ports_of(settings if isinstance(settings, dict) else {})}  # type: ignore[union-attr]
    ways = [f"n2 {port} n3" for port in sorted(ports) if " " not in port]
    nodes = {"n1": ("trigger", {"on": "contact_added"}), "n2": (kind, settings), "n3": ("tag", {"add": ["z"]})}
    return draw(nodes, ["n1 next n2", *ways])


def accepted(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that could be published. Looking at any of them never fails."""
    found = []
    for document in documents:
        graph = parse(document)
        names = DocumentNames(graph)
        if not errors(validation.problems(graph, names)):
            found.append(document)
        sentences(graph, names)
    return found


class Undone(Exception):
    pass


def run(document: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """Publish it, let Alice in, and let half a year go by: no step fails, and nothing is found in the log."""
    try:
        with transaction.atomic(), clock.freeze("2026-12-01T12:00:00+00:00") as frozen:
            forget()
            publishing.publish(create(name="Tried", user=None, document=document), user=None)
            alice = person("Alice", phone="+48600100200")
            coming = [NewEvent(alice.pk, "contact_added"), NewEvent(alice.pk, "go", {"order_id": "7"})]
            events.record_many(coming)
            settle()
            for _ in range(2):
                frozen.advance(timedelta(days=90))
                settle()
            failed = Visit.objects.filter(contact_id=alice.pk, port="failed").values_list("node", "why")
            assert not failed, (document, list(failed))
            assert not [one.message for one in caplog.records if one.levelno >= logging.ERROR], document
            raise Undone
    except Undone:
        forget()


@pytest.mark.parametrize("kind", sorted(kind.kind for kind in catalogue.all() if kind.kind != "go_to"))
def test_what_is_accepted_of_a_step_s_settings_runs(
    kind: str, world: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    found = []
    for base in FULL.get(kind, [catalogue.get(kind).example]):  # type: ignore[union-attr]
        base = {key: world.get(value, value) if isinstance(value, str) else value for key, value in base.items()}
        found.append(around(kind, base))
        fields = catalogue.get(kind).Settings.model_fields  # type: ignore[union-attr]
        missing = [(info.alias or name,) for name, info in fields.items() if (info.alias or name) not in base]
        found.append(around(kind, base))
        found += [around(kind, bent(base, path, junk)) for path in [*places(base), *missing] for junk in JUNK]
    fit = accepted(found)
    assert fit
    for document in random.Random(kind).sample(fit, min(TRIED, len(fit))):
        run(document, caplog)


def test_what_is_accepted_of_the_workflow_s_settings_runs(
    world: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    nodes = {
        "n1": ("trigger", {"on": "event", "name": "go"}),
        "n2": ("email", {"content": world["letter"]}),
        "n3": ("tag", {"add": ["z"]}),
    }
    bases = [SETTINGS, {**SETTINGS, "reentry": "each_key", "key": "event.order_id"}]
    settings = [bent(base, path, junk) for base in bases for path in places(base) for junk in JUNK]
    fit = accepted([draw(nodes, ["n1 next n2", "n2 next n3"], one) for one in settings])
    assert fit
    for document in random.Random(1).sample(fit, min(4 * TRIED, len(fit))):
        run(document, caplog)
