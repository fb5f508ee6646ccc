"""Why did this contact not enter? A plain answer, also where no refusal is stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from rest_framework.test import APIClient

from builder.actions.create import create
from builder.actions.end import end
from builder.actions.pause import pause
from contacts import clock, events, tags
from contacts.models import Contact
from engine import triggers
from engine.models import Refusal, Run
from engine.models.refusal import REASONS
from engine.why_not import why
from tests.engine.kit import draw, person, publish, settle

pytestmark = pytest.mark.django_db

NOW = "2026-11-23T08:00:00+00:00"


@pytest.fixture(autouse=True)
def now() -> Any:
    with clock.freeze(NOW) as frozen:
        yield frozen


def live(on: dict[str, Any] | None = None, **settings: Any) -> Any:
    on = on or {"on": "tag_added", "tag": "vip"}
    return publish(
        draw(
            {"n1": ("trigger", on), "n2": ("wait", {"mode": "duration", "duration": "P2D"}), "n3": ("exit", {})},
            ["n1 next n2", "n2 next n3"],
            settings,
        )
    )


def asked(workflow: Any, contact: Contact) -> tuple[str, str]:
    workflow.refresh_from_db()
    answer = why(workflow, contact)
    return answer.status, answer.sentence


def test_nothing_happened_that_would_have_let_them_in() -> None:
    assert asked(live(), person("Ana")) == (
        "not_triggered",
        "It starts for: Anyone given the tag vip. That has never happened to Ana.",
    )


def test_it_happened_before_the_workflow_was_there(now: Any) -> None:
    ana = person("Ana")
    tags.add([ana.pk], ["vip"])
    settle()
    now.advance("P1D")
    status, sentence = asked(live(), ana)
    assert status == "not_triggered"
    assert sentence.endswith(
        "That happened 23 Nov 09:00, before the workflow was first published 24 Nov 09:00; only what happens afterwards counts."
    )


def test_another_tag_is_not_what_it_waits_for() -> None:
    workflow, ana = live(), person("Ana")
    tags.add([ana.pk], ["reader"])
    settle()
    assert "but not what this trigger waits for" in asked(workflow, ana)[1]


def test_the_filter_turned_them_away_with_the_values_seen() -> None:
    when = {"fact": "field", "field": "first_name", "op": "is", "value": "Bob"}
    workflow, ana = live({"on": "tag_added", "tag": "vip", "filter": when}), person("Ana")
    tags.add([ana.pk], ["vip"])
    settle()
    status, sentence = asked(workflow, ana)
    assert status == "refused"
    assert sentence.startswith("23 Nov 09:00: The trigger's filter did not match.") and "Ana" in sentence


def test_the_audience_would_not_fit_now_even_if_nothing_is_stored() -> None:
    workflow = live(audience={"all": [{"fact": "consent", "subject": "sms", "state": "in"}]})
    ana = person("Ana", consents_to=[])
    answer = why(workflow, ana)
    assert answer.status == "not_triggered"
    assert any(
        reason.startswith("The workflow's audience does not fit Ana now. SMS consent") for reason in answer.reasons
    )


def test_they_are_inside_and_it_says_where_and_until_when() -> None:
    workflow, ana = live(), person("Ana")
    tags.add([ana.pk], ["vip"])
    settle()
    assert asked(workflow, ana) == (
        "inside",
        "Ana is inside: since 23 Nov 09:00, now at “Wait”, and goes on 25 Nov 09:00.",
    )


def test_they_were_here_and_come_once(now: Any) -> None:
    workflow, ana = live(), person("Ana")
    tags.add([ana.pk], ["vip"])
    settle()
    now.advance("P3D")
    settle()
    answer = why(workflow, ana)
    assert answer.status == "was_inside" and "left 26 Nov 09:00 as “Completed”" in answer.sentence
    assert "Everybody enters this workflow once, so they do not come in again." in answer.reasons


def test_the_cooldown_says_from_when_on(now: Any) -> None:
    workflow, ana = live(reentry="after_exit", cooldown="P10D"), person("Ana")
    tags.add([ana.pk], ["vip"])
    settle()
    now.advance("P2D")
    settle()
    assert "They can come in again from 5 Dec 09:00 on." in why(workflow, ana).reasons


def test_paused_ended_and_never_published_are_said() -> None:
    ana, workflow = person("Ana"), live()
    pause(workflow)
    workflow.refresh_from_db()
    assert asked(workflow, ana) == ("paused", "It is paused since 23 Nov 09:00: nobody comes in meanwhile.")
    end(workflow)
    assert asked(workflow, ana)[0] == "ended"
    assert asked(create(name="Draft", user=None), ana)[0] == "not_published"


def test_dates_and_holdout_are_said() -> None:
    ana = person("Ana")
    later = live(starts_at="2026-12-01T00:00:00Z")
    assert asked(later, ana) == ("not_started", "It lets people in only from 1 Dec 01:00 on.")
    over = live(ends_at="2026-11-01T00:00:00Z")
    assert asked(over, ana)[0] == "over"
    held = [held for held in (live(holdout=90) for _ in range(8)) if "holdout" in repr(why(held, ana))]
    assert held and any("holdout group" in text for text in [why(held[0], ana).sentence, *why(held[0], ana).reasons])


def test_what_they_did_not_get_is_said_with_its_reason() -> None:
    workflow = publish(
        draw(
            {"n1": ("trigger", {"on": "manual"}), "n2": ("sms", {"text": "Hi"}), "n3": ("wait", {"duration": "P1D"})},
            ["n1 next n2", "n2 next n3"],
        )
    )
    ana = person("Ana", consents_to=[], phone="+48600148214")
    triggers.enrol(workflow, [ana.pk])
    settle()
    assert why(workflow, ana).messages == ["“SMS”: Not sent: there is no consent."]


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_stored_reason_is_a_sentence(reason: str) -> None:
    workflow, ana = live(), person("Ana")
    Refusal.objects.create(workflow=workflow, contact=ana, reason=reason)
    status, sentence = asked(workflow, ana)
    assert status == "refused" and sentence == f"23 Nov 09:00: {REASONS[reason]}."


def test_every_start_gets_an_answer() -> None:
    """Also those that no event lets in: by hand, by the clock, by another workflow."""
    from engine import starts

    ana = person("Ana")
    for start in starts.all():
        document = draw({"n1": ("trigger", {"on": start.on}), "n2": ("exit", {})}, ["n1 next n2"])
        workflow = create(name=start.on, user=None, document=document)
        from builder.models import Workflow, WorkflowVersion

        version = WorkflowVersion(workflow=workflow, number=1, document=document)
        version.save()
        Workflow.objects.filter(pk=workflow.pk).update(live_version=version, status="live")
        workflow.refresh_from_db()
        answer = why(workflow, ana)
        assert answer.sentence and start.on not in answer.sentence.split(), start.on


# --- by call and on pages -----------------------------------------------------------------------
def user(role: str) -> User:
    made = User.objects.create_user(role)
    made.groups.add(Group.objects.get_or_create(name=role)[0])
    return made


def test_the_answer_by_call() -> None:
    workflow, ana = live(), person("Ana")
    api = APIClient()
    api.force_authenticate(user("staff"))
    told = api.get(f"/api/workflows/{workflow.pk}/why/?contact={ana.pk}").json()
    assert told["contact"] == {"id": ana.pk, "name": "Ana"} and told["status"] == "not_triggered"
    assert api.get(f"/api/workflows/{workflow.pk}/why/").status_code == 400
    assert api.get(f"/api/workflows/{workflow.pk}/why/?contact=999999").status_code == 404
    assert api.get(f"/api/workflows/99999/why/?contact={ana.pk}").status_code == 404


def test_the_question_box_on_the_contact_s_page() -> None:
    workflow, ana = live(), person("Ana <b>")
    client = Client()
    client.force_login(user("marketer"))
    assert f'hx-get="/why/?contact={ana.pk}"' in client.get(f"/contacts/{ana.pk}/").content.decode()
    dialog = client.get(f"/why/?contact={ana.pk}").content.decode()
    assert "Why did Ana &lt;b&gt; not get this?" in dialog and workflow.name in dialog
    answer = client.get(f"/why/answer/?contact={ana.pk}&workflow={workflow.pk}").content.decode()
    assert "That has never happened to Ana &lt;b&gt;" in answer
    assert client.get("/why/answer/?contact=&workflow=").status_code == 200
    assert client.get("/why/?contact=999999").status_code == 404


def test_staff_finds_only_whom_the_history_knows() -> None:
    workflow, ana, bob = live(), person("Ana"), person("Anabel")
    triggers.enrol(workflow, [ana.pk])
    assert Run.objects.filter(contact=ana).exists()
    client = Client()
    client.force_login(user("staff"))
    found = client.get("/why/people/?who=ana").content.decode()
    assert f'value="{ana.pk}"' in found and f'value="{bob.pk}"' not in found
    assert f'value="{bob.pk}"' in client.get("/why/people/?who=anabel@example.com").content.decode()
    assert "Ask about one person" in client.get("/history/refusals/").content.decode()


def test_an_event_that_is_not_handled_yet_is_said_to_be_on_its_way() -> None:
    workflow, ana = live(), person("Ana")
    events.record(ana.pk, "tag_added", {"tag": "vip"})
    assert asked(workflow, ana)[1] == "It happened 23 Nov 09:00 and is being looked at right now."
