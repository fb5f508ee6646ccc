"""People who qualify already come in at the publish: counted before, in batches, once."""

from __future__ import annotations

from typing import Any

import pytest

from builder import publishing
from builder.actions.create import create
from builder.actions.pause import pause
from builder.actions.resume import resume
from builder.drafts import save
from builder.impact import impact
from contacts import clock, events, tags
from contacts.models import Contact
from engine import backfill, pulse
from engine.models import Backfill, Refusal, Run
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, settle

pytestmark = pytest.mark.django_db
START = "2026-11-23T08:00:00+00:00"


def room(trigger: dict[str, Any], **settings: Any) -> dict[str, Any]:
    nodes = {"n1": ("trigger", {"backfill": True, **trigger}), "n2": ("wait", {"duration": "P3D"})}
    return draw(nodes, ["n1 next n2"], settings)


def tagged(n: int) -> list[int]:
    crowd = Contact.objects.bulk_create([Contact(email=f"p{i}@example.com") for i in range(n)])
    tags.add([one.pk for one in crowd], ["vip"])
    settle()
    return [one.pk for one in crowd]


def test_those_who_qualify_are_counted_before_and_let_in_after_the_publish() -> None:
    with clock.freeze(START):
        people = tagged(30)
        tags.add(people[:20], ["gold"])
        person("Alice")
        document = room(
            {"on": "tag_added", "tag": "vip", "filter": {"fact": "tag", "is": "gold"}},
            audience={"fact": "field", "field": "email", "op": "is_not", "value": "p0@example.com"},
        )
        workflow = create(name="Fill", user=None, document=document)
        assert impact(workflow)["entering"] == [
            {"node": "n1", "label": "People who match given the tag vip", "people": 19}
        ]
        publishing.publish(workflow, user=None)
        assert not Run.objects.exists()
        settle()
        assert Run.objects.count() == 19
        assert not Refusal.objects.exists()
        assert Backfill.objects.get().entered == 19
        assert verify() == []


def test_it_happens_once_however_often_one_publishes() -> None:
    with clock.freeze(START) as frozen:
        tagged(3)
        document = room({"on": "tag_added", "tag": "vip"}, reentry="after_exit")
        workflow = publish(document)
        settle()
        frozen.advance("P5D")
        settle()
        moved = {**document, "nodes": [document["nodes"][0], {**document["nodes"][1], "settings": {"duration": "P4D"}}]}
        save(workflow.pk, moved, revision=workflow.revision, user=None)
        workflow.refresh_from_db()
        assert impact(workflow)["entering"] == []
        publishing.publish(workflow, user=None)
        settle()
        assert Run.objects.count() == 3
        # Another tag is another question, and so another answer.
        other = {**moved, "nodes": [{**moved["nodes"][0], "settings": {"on": "contact_added", "backfill": True}}, moved["nodes"][1]]}  # fmt: skip
        workflow.refresh_from_db()
        save(workflow.pk, other, revision=workflow.revision, user=None)
        workflow.refresh_from_db()
        assert [row["people"] for row in impact(workflow)["entering"]] == [3]
        publishing.publish(workflow, user=None)
        settle()
        assert Run.objects.count() == 6


def test_whoever_came_in_meanwhile_by_an_event_is_not_let_in_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.freeze(START):
        people = tagged(10)
        publish(draw({"n1": ("trigger", {"on": "tag_added", "tag": "vip", "backfill": True}), "n2": ("exit", {})}, ["n1 next n2"], {"reentry": "after_exit"}))  # fmt: skip
        tags.remove(people[:1], ["vip"])
        tags.add(people[:1], ["vip"])
        late = person("Late")
        tags.add([late.pk], ["vip"])
        from engine import runner, triggers

        while triggers.handle() or runner.advance():
            pass
        assert set(Run.objects.values_list("contact_id", flat=True)) == {people[0], late.pk}
        settle()
        assert Run.objects.count() == 11 == Run.objects.values("contact").distinct().count()


def test_a_crash_between_two_batches_repeats_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.freeze(START):
        tagged(25)
        publish(room({"on": "tag_added", "tag": "vip"}))
        assert backfill.fill(10)
        with monkeypatch.context() as broken:

            def crash(*args: object, **named: object) -> None:
                raise RuntimeError("the power went")

            broken.setattr(Backfill, "save", crash)
            with pytest.raises(RuntimeError):
                backfill.fill(10)
        assert Run.objects.count() == 10
        settle()
        assert Run.objects.count() == 25 and Backfill.objects.get().done
        assert not Refusal.objects.exists()


def test_a_pause_keeps_the_rest_waiting() -> None:
    with clock.freeze(START):
        tagged(20)
        workflow = publish(room({"on": "tag_added", "tag": "vip"}))
        assert backfill.fill(5)
        pause(workflow)
        settle()
        assert Run.objects.count() == 5
        resume(workflow)
        settle()
        assert Run.objects.count() == 20
        assert not Refusal.objects.exists()


def test_a_workflow_that_starts_later_fills_when_it_starts() -> None:
    with clock.freeze(START) as frozen:
        tagged(3)
        publish(room({"on": "tag_added", "tag": "vip"}, starts_at="2026-11-25T08:00:00Z"))
        settle()
        assert not Run.objects.exists() and not Refusal.objects.exists()
        assert pulse.next_due() == clock.datetime.fromisoformat("2026-11-25T08:00:00+00:00")
        frozen.set("2026-11-25T08:00:00+00:00")
        settle()
        assert Run.objects.count() == 3


@pytest.mark.parametrize(
    ("settings", "act"),
    [
        ({"on": "contact_added"}, None),
        ({"on": "purchase", "where": [{"property": "value", "op": "gte", "value": 50}]}, ("purchase", {"value": 80})),
        ({"on": "page_visited", "url": "/pricing*"}, ("page_visited", {"url": "https://a.example/pricing"})),
        ({"on": "form_submitted", "form": "demo"}, ("form_submitted", {"form": "Demo"})),
        ({"on": "app_installed"}, ("app_installed", {"app": "shop"})),
        ({"on": "survey_answered", "groups": ["promoter"]}, ("survey_answered", {"score": 9})),
        ({"on": "event", "name": "booked"}, ("booked", {})),
        ({"on": "consent_changed", "subject": "sms", "state": "in"}, None),
        ({"on": "field_changed", "field": "score", "becomes": "0"}, None),
        ({"on": "message_event", "did": "opened"}, False),
    ],
)  # fmt: skip
def test_every_start_that_fills_asks_who_would_have_come_in(settings: dict[str, Any], act: Any) -> None:
    with clock.freeze(START):
        alice = person("Alice")
        Contact.objects.create(
            email="nobody@example.com", score=7, phone="+48600000000"
        ) if act or act is False else None
        if act:
            events.record(alice.pk, *act)
        publish(room(settings))
        settle()
        if act is False:
            assert not Run.objects.exists()
        else:
            assert path(alice) == ["n1", "n2"]
            assert Run.objects.count() == 1
