"""The section on the time machine in docs/format.md is true: its calls are made, and answer with the same shapes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from rest_framework.test import APIClient

from builder import library
from contacts import clock
from engine.simulate.happenings import DOINGS
from tests.builder.test_format_docs import PAGE, alike, examples
from tests.engine.kit import person

pytestmark = pytest.mark.django_db


def section() -> str:
    return PAGE.read_text(encoding="utf-8").split("\n## The time machine")[1].split("\n## ")[0]


def test_every_call_answers_as_shown(admin_user: Any) -> None:
    maja = User.objects.create_user("maja")
    maja.groups.add(Group.objects.get_or_create(name="marketer")[0])
    api = APIClient()
    api.force_authenticate(maja)
    calls = section().split("\n### ")[1:]
    assert len(calls) == 4
    with clock.freeze("2026-11-22T09:00:00+00:00"):
        workflow, ana = library.use("lead-nurturing", {}, user=admin_user), person("Ana")
        for part in calls:
            title = re.match(r"`(\w+) (\S+)` → (\d+)", part)
            assert title, part[:80]
            blocks = {example.use: example.value for example in examples(part)}
            url = title[2].replace("{id}", str(workflow.pk)).replace("{contact}", str(ana.pk))
            answer = api.generic(
                title[1], url, json.dumps(blocks.get("request")) if "request" in blocks else "", "application/json"
            )
            assert answer.status_code == int(title[3]), (url, answer.content)
            alike(blocks["answer"], answer.json(), url)  # type: ignore[attr-defined]


def test_everything_that_can_happen_is_named() -> None:
    intro = section().split("\n### ")[0]
    assert {name for name in DOINGS if f"`{name}`" not in intro} == set()
