"""docs/format.md is true: every example in it is run, and nothing that exists is missing from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from builder import catalogue, names
from builder.errors import BuilderError
from builder.graph import parse
from builder.models import Workflow
from builder.names import ContentName
from builder.validation import problems
from contacts import clock, conditions
from contacts.models import Field, List, Segment, Topic
from engine.messaging.models import Content
from tests.builder.drawings import document, leave, trigger

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).parents[2] / "docs" / "format.md"
ENDPOINTS = "## Endpoints of the builder"


class Example(NamedTuple):
    heading: str
    use: str
    value: Any


class Call(NamedTuple):
    method: str
    path: str
    status: int
    headers: dict[str, str]
    request: Any
    answer: Any


def examples(text: str) -> Iterator[Example]:
    heading = ""
    for found in re.finditer(r"^(#+ [^\n]*)$|^```json (\w+)\n(.*?)^```$", text, re.M | re.S):
        if found[1]:
            heading = found[1]
        else:
            yield Example(heading, found[2], json.loads(found[3]))


def of(use: str) -> list[Any]:
    return [example.value for example in examples(PAGE.read_text(encoding="utf-8")) if example.use == use]


def calls(part_of_page: str = ENDPOINTS) -> list[Call]:
    text = PAGE.read_text(encoding="utf-8").split(f"\n{part_of_page}\n")[1].split("\n## ")[0]
    found = []
    for part in text.split("\n### ")[1:]:
        title = re.match(r"`(\w+) (\S+)` → (\d+)", part)
        assert title, part[:80]
        blocks = {example.use: example.value for example in examples(part)}
        headers = dict(re.findall(r"^`([A-Z][\w-]+): (.*)`$", part, re.M))
        request, answer = blocks.get("request"), blocks.get("answer")
        found.append(Call(title[1], title[2], int(title[3]), headers, request, answer))
    return found


def alike(shown: Any, real: Any, path: str = "") -> None:
    """The same keys and the same types; of lists the first entry; numbers and texts may differ."""
    if isinstance(shown, dict):
        assert isinstance(real, dict), path
        assert set(shown) == set(real), (path, set(shown) ^ set(real))
        for key in shown:
            alike(shown[key], real[key], f"{path}.{key}")
    elif isinstance(shown, list):
        assert isinstance(real, list) and bool(shown) == bool(real), path
        if shown:
            alike(shown[0], real[0], f"{path}[0]")
    else:
        assert type(shown) is type(real) or None in (shown, real), (path, shown, real)


def test_the_document_is_sound_and_shows_every_part(real_kinds: None) -> None:
    (whole,) = of("document")
    assert problems(parse(whole)) == []
    keys = {key for node in whole["nodes"] for key in node}
    assert keys == {
        "id", "kind", "label", "note", "position", "enabled", "settings", "settings_version", "on_error",
    }  # fmt: skip


def test_the_workflow_s_settings_are_sound_and_all_there(real_kinds: None) -> None:
    from builder.settings import WorkflowSettings

    (whole,), (settings,) = of("document"), of("settings")
    assert problems(parse({**whole, "settings": settings})) == []
    assert set(settings) | {"key"} == set(WorkflowSettings.model_fields)


def test_every_kind_is_shown_with_settings_that_are_valid(real_kinds: None) -> None:
    shown = {example["kind"]: example["settings"] for example in of("node")}
    assert set(shown) == {kind.kind for kind in catalogue.all()}
    for name, settings in shown.items():
        kind = catalogue.get(name)
        assert kind is not None
        kind.read(settings)
        node = {"id": "n2", "kind": name, "settings": settings}
        assert parse(document([trigger(), node, leave("n3")], "n1 next n2")).nodes["n2"].settings == settings


def test_every_fact_is_shown_in_a_condition_that_is_valid(real_kinds: None) -> None:
    trees = of("condition")
    Field.objects.create(key="city", label="City", type="text")
    Field.objects.create(key="renewal", label="Renewal", type="date")
    Workflow.objects.create(pk=1, name="Welcome")
    List.objects.create(slug="newsletter", name="Newsletter")
    Topic.objects.create(slug="newsletter", label="Newsletter")
    Segment.objects.create(pk=3, name="Good customers", condition={"all": [{"fact": "phone_valid"}]})
    Content.objects.create(pk=3, name="News")
    graph = parse(document([trigger(), {"id": "n2", "kind": "email", "settings": {"content": 3}}], "n1 next n2"))
    for tree in trees:
        assert conditions.problems(tree, graph) == [], tree
    assert {leaf["fact"] for tree in trees for leaf in conditions.leaves(tree)} == set(conditions.facts())


def test_every_call_answers_as_shown(real_kinds: None, api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.library._create_contents", lambda contents, user: dict.fromkeys(contents, 1))
    monkeypatch.setattr(names, "_contents", lambda ids: {key: ContentName("Introduction") for key in ids})
    pk = ""
    with clock.freeze("2026-11-22T09:00:00+00:00"):
        for call in calls():
            url = call.path.replace("{id}", pk)
            answer: Any = api.generic(
                call.method, url, json.dumps(call.request) if call.request is not None else "",
                content_type="application/json", headers=call.headers,
            )  # fmt: skip
            assert answer.status_code == call.status, (call.method, call.path, answer.content)
            if (call.method, call.path) == ("POST", "/api/workflows/"):
                pk = str(answer.json()["id"])
            if call.path == "/api/catalogue/":  # shown shortened
                assert set(call.answer) == set(answer.json())
                (kind,) = call.answer["kinds"]
                alike(kind, next(one for one in answer.json()["kinds"] if one["kind"] == kind["kind"]))
            elif call.answer is not None:
                alike(call.answer, answer.json(), f"{call.method} {call.path}")


def test_every_address_of_the_builder_is_shown() -> None:
    from builder.api.urls import urlpatterns

    shown = {re.sub(r"\?.*", "", call.path) for call in calls()}
    for pattern in urlpatterns:
        path = "/api/" + str(pattern.pattern)
        path = path.replace("<int:pk>", "{id}").replace("<int:number>", "1").replace("<slug:slug>", "lead-nurturing")
        if path not in ("/api/schema/", "/api/docs/"):
            assert path in shown, path


def test_refusals_have_docstrings_for_messages() -> None:
    def all_of(kind: type[BuilderError]) -> Iterator[type[BuilderError]]:
        for below in kind.__subclasses__():
            yield below
            yield from all_of(below)

    assert all(kind.__doc__ and kind.__doc__.strip().endswith(".") for kind in all_of(BuilderError))


def test_a_person_without_a_name_is_called_by_the_log_in(db: None) -> None:
    from builder.drafts import person

    assert person(User(pk=3, username="tn")) == {"id": 3, "name": "tn"}
