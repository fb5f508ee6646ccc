"""What people said goes into the proof log, with its basis and the workflow that noted it."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from builder.graph import parse
from builder.validation import problems
from contacts.models import ConsentProof, ConsentState, Contact, Event, Topic
from engine import triggers
from tests.engine.kit import draw, person, publish, run_of, settle

pytestmark = pytest.mark.django_db


def drawing(**settings: Any) -> dict[str, Any]:
    return draw(
        {"n1": ("trigger", {"on": "manual"}), "n2": ("consent", settings), "n3": ("exit", {})},
        ["n1 next n2", "n2 next n3"],
    )


def test_a_yes_and_a_no_leave_proof_and_only_a_change_leaves_an_event() -> None:
    Topic.objects.create(slug="news", label="The news")
    alice, dana = person("Alice"), person("Dana", consents_to=[])
    asked = {"subject": "email", "state": "in", "basis": "Ticked the box"}
    workflow = publish(drawing(**asked))
    before = Event.objects.filter(name="consent_changed").count()
    triggers.enrol(workflow, [alice.pk, dana.pk])
    settle()
    proof = ConsentProof.objects.filter(source=f"workflow:{workflow.pk}")
    assert {row.contact_id for row in proof} == {alice.pk, dana.pk}
    assert {(row.subject, row.state, row.text) for row in proof} == {("email", "in", "Ticked the box")}
    (event,) = Event.objects.filter(name="consent_changed").order_by("pk")[before:]
    assert (event.contact_id, event.workflow_id, event.run_id) == (dana.pk, workflow.pk, run_of(dana).pk)
    workflow = publish(drawing(subject="news", state="out"))
    triggers.enrol(workflow, [alice.pk])
    settle()
    assert ConsentState.objects.get(contact=alice, subject="news").state == "out"


def test_what_is_missing_is_said() -> None:
    found = {problem.message for problem in problems(parse(drawing()))}
    assert "Consent to what?" in found
    assert "A consent needs its basis: what did they agree to, and where?" in found
    assert "“weather” is neither a channel nor a topic." in {
        problem.message for problem in problems(parse(drawing(subject="weather", state="out")))
    }


def test_many_cost_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    from engine import runner

    workflow = publish(drawing(subject="sms", state="in", basis="Said so"))
    crowd = Contact.objects.bulk_create([Contact(email=f"{n}@example.com") for n in range(50)])
    triggers.enrol(workflow, [one.pk for one in crowd])
    with django_assert_max_num_queries(30):
        runner.advance(1000)
    assert ConsentState.objects.filter(subject="sms", state="in").count() == 50


def test_what_one_can_consent_to_is_listed(admin_user: Any) -> None:
    Topic.objects.create(slug="news", label="The news")
    api = APIClient()
    api.force_authenticate(admin_user)
    answer = api.get("/api/consents/subjects/").json()
    assert answer[0] == {"value": "email", "label": "E-mail"}
    assert answer[-1] == {"value": "news", "label": "The news"}
    assert len(answer) == 5
