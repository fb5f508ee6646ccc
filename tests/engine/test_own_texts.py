"""Texts that stand in a step itself (an SMS, an own subject) are checked like contents; contents and they see what steps did."""

from __future__ import annotations

from typing import Any

import pytest

from builder.graph import parse
from builder.validation import problems
from contacts import clock
from engine import triggers
from engine.messaging import content
from engine.messaging.models import Caught
from tests.engine.kit import draw, person, publish, settle

pytestmark = pytest.mark.django_db


def drawn(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    return draw(
        {"n1": ("trigger", {"on": "manual"}), "n2": (kind, settings), "n3": ("exit", {})}, ["n1 next n2", "n2 next n3"]
    )


def said(kind: str, settings: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.field, one.severity) for one in problems(parse(drawn(kind, settings))) if one.node == "n2"]


def two(**words: Any) -> list[dict[str, Any]]:
    return [{"name": name, "weight": 50, **words} for name in "AB"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"text": "Hi {{ contact.first_name"}, [("text", "error")]),
        ({"text": "Hi {% if %}"}, [("text", "error")]),
        ({"text": "Hi {{ contact.fristname }}"}, [("text", "warning")]),
        ({"text": "Hi {{ contact.fields.nothing }}"}, [("text", "warning")]),
        ({"text": "Hi {{ contact.tags }}"}, [("text", "warning")]),
        ({"text": "Hi {{ contact.first_name }}, {{ steps.n1.status }} {{ run.id }}"}, []),
        ({"variants": two(text="{{ x")}, [("variants.0.text", "error"), ("variants.1.text", "error")]),
        ({"text": "Hi", "variants": two(), "winner": {"window": ""}}, [("winner.window", "error")]),
        ({"text": "Hi", "variants": two(), "winner": {"window": "P1D", "after": "P9Y"}}, [("winner.after", "error")]),
        ({"text": "Hi", "variants": [{"name": "A", "weight": "50"}, {"name": "B", "weight": "50"}]}, []),
        (
            {"text": "Hi", "variants": [{"name": "A", "weight": "50"}, {"name": "B", "weight": "40"}]},
            [("variants", "error")],
        ),
    ],
)
def test_an_sms_is_checked_before_anybody_gets_it(settings: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert said("sms", settings) == expected


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"subject": "{{ x"}, [("subject", "error")]),
        ({"preheader": "{% if %}"}, [("preheader", "error")]),
        ({"from_email": "nobody"}, [("from_email", "error")]),
        (
            {
                "from_email": "news@shop.example",
                "from_name": "{{ workspace.name }}",
                "subject": "For {{ contact.name }}",
            },
            [],
        ),
    ],
)
def test_so_are_an_e_mail_s_own_words(own: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    letter = content.create(name="News", subject="News", html="<p>Hello</p>").pk
    assert said("email", {"content": letter, **own}) == expected


def test_a_content_is_found_by_its_number_however_it_is_written() -> None:
    letter = content.create(name="News", subject="News", html="<p>Hello</p>").pk
    assert said("email", {"content": str(letter)}) == []
    assert said("email", {"content": str(letter + 1)}) == [("content", "error")]
    assert said("email", {"content": "9" * 30}) == [("content", "error")]
    assert said("leave_workflow", {"workflow": "9" * 30}) == [("workflow", "error")]


def test_a_message_tells_what_became_of_the_steps_before() -> None:
    with clock.freeze("2026-12-01T12:00:00+00:00"):
        nodes = {
            "n1": ("trigger", {"on": "manual"}),
            "n2": ("condition", {"when": {"all": [{"fact": "tag", "is": "vip"}]}}),
            "n3": ("email", {"content": content.create(name="N", subject="N", html="<p>Hi</p>").pk}),
            "n4": ("sms", {"text": "{{ steps.n2.port }}/{{ steps.n3.status }}/{{ steps.n9.status }}/{{ run.id }}"}),
        }
        workflow = publish(draw(nodes, ["n1 next n2", "n2 no n3", "n3 next n4"]))
        alice, charlie = (
            person("Alice", phone="+48600100200"),
            person("Charlie", consents_to=["sms"], phone="+48600100201"),
        )
        triggers.enrol(workflow, [alice.pk, charlie.pk])
        settle()
    texts = {one.to: one.text.rsplit("/", 1)[0] for one in Caught.objects.filter(channel="sms")}
    assert texts == {"+48600100200": "no/accepted/", "+48600100201": "no/skipped/"}
