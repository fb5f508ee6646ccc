"""What became of a message: nodes, resends, machines, links, and windows that hang on a hand-off."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from contacts import clock
from contacts.conditions import Scope, Subject, Verdict, decide, explain, topics, why_sentence
from contacts.models import Contact, Workspace
from engine.messaging.models import Content, Hit, HitClass, HitKind, Link, Message, Status
from engine.models import Run
from engine.scope import RunScope

NODES = ("n2", "n5", "n15")
SAME_AS = {"n2": ["n15"]}
OPENED = {"fact": "message", "node": "n2", "did": "opened", "since": "n2"}


class Names:
    def node(self, node: str) -> str:
        return {"n2": "Introduction", "n15": "Introduction, again"}.get(node, node)

    def content(self, content: int) -> str:
        return "Offer"

    def list(self, slug: str) -> str:
        return slug

    def segment(self, segment: int | str) -> str:
        return str(segment)


@pytest.fixture
def run(alice: Contact, frozen: clock.Frozen) -> Run:
    now = clock.now()
    return Run.objects.create(
        workflow_id=1, version_id=1, contact=alice, node="n3", nth=9, entered_at=now, started_at=now
    )


@pytest.fixture
def send(run: Run) -> Any:
    """Hand over a message of a node, at this moment of the clock."""

    def hand_over(node: str = "n2", *, status: int = Status.ACCEPTED, **became: Any) -> Message:
        nth = Message.objects.filter(run_id=run.pk).count()
        accepted = clock.now() if status != Status.SKIPPED else None
        return Message.objects.create(
            contact_id=run.contact_id,
            run_id=run.pk,
            nth=nth,
            version_id=1,
            workflow_id=1,
            channel="email",
            node=node,
            status=status,
            accepted_at=accepted,
            **became,
        )

    return hand_over


def ask(tree: Any, run: Run, **about: Any) -> Verdict:
    """The batch's verdict, which the explanation must share."""
    zone = Workspace.current().zone
    scope = RunScope(
        rows=Run.objects.filter(pk=run.pk),
        contact="contact_id",
        prefix="contact__",
        run="pk",
        started="started_at",
        until="deadline",
        now=clock.now(),
        zone=zone,
        message_nodes=frozenset(NODES),
        same_as=SAME_AS,
    )

    def anchor(node: str) -> datetime | None:
        sent: Sequence[Any] = Message.objects.filter(run_id=run.pk, node=node, accepted_at__isnull=False).order_by(
            "-nth"
        )
        return sent[0].accepted_at if sent else None

    run.refresh_from_db()
    subject = Subject(
        run.contact,
        clock.now(),
        run_id=run.pk,
        started_at=run.started_at,
        until=run.deadline,
        anchor=anchor,
        zone=zone,
        same_as=SAME_AS,
    )
    verdict = decide(tree, scope)[run.pk]
    assert verdict == explain(tree, subject)
    return verdict


def why(verdict: Verdict) -> str:
    return why_sentence(verdict.why, Names())


def test_opened_or_not(run: Run, send: Any, frozen: clock.Frozen) -> None:
    message = send(machine_opens=2)
    frozen.advance("PT1H")
    assert not ask(OPENED, run).value
    assert why(ask(OPENED, run)) == "Opened Introduction: no. Sent 22 Nov 09:00; 2 machine opens ignored."
    Message.objects.filter(pk=message.pk).update(opened_at=clock.now())
    verdict = ask(OPENED, run)
    assert verdict.value and verdict.at == clock.now()
    assert why(verdict) == "Opened Introduction: yes, 22 Nov 10:00. Sent 22 Nov 09:00; 2 machine opens ignored."


def test_a_click_is_an_open(run: Run, send: Any) -> None:
    send(clicked_at=clock.now())
    assert ask(OPENED, run).value
    assert topics(OPENED) == {"message_opened", "message_clicked"}


def test_nothing_sent_is_false_and_says_so(run: Run, send: Any) -> None:
    assert why(ask(OPENED, run)) == "Opened Introduction: no. It was never sent."
    send(status=Status.SKIPPED)
    assert why(ask({**OPENED, "since": "n5"}, run)) == "Opened Introduction: no. It was never sent."
    assert ask({"fact": "message", "node": "n2", "did": "skipped"}, run).value


def test_an_anchor_that_was_never_reached_is_false_and_says_so(run: Run, send: Any) -> None:
    send(opened_at=clock.now())
    verdict = ask({**OPENED, "since": "n5"}, run)
    assert not verdict.value
    assert why(verdict) == "Opened Introduction: no. Sent 22 Nov 09:00; n5 was not reached before."


def test_an_anchor_that_was_reached_is_not_said_to_be_missing(run: Run, send: Any) -> None:
    send("n5")
    verdict = ask({**OPENED, "since": "n5"}, run)
    assert why(verdict) == "Opened Introduction: no. It was never sent."
    assert "never" not in verdict.why[0][2]


def test_within_two_days_of_the_hand_off(run: Run, send: Any, frozen: clock.Frozen) -> None:
    within = {**OPENED, "within": "P2D"}
    message = send()
    frozen.advance("P2D")
    Message.objects.filter(pk=message.pk).update(opened_at=clock.now())
    assert ask(within, run).value
    frozen.set(clock.from_micros(clock.to_micros(clock.now()) + 1))
    Message.objects.filter(pk=message.pk).update(opened_at=clock.now())
    assert not ask(within, run).value
    assert ask(OPENED, run).value


def test_what_comes_after_the_deadline_is_late(run: Run, send: Any, frozen: clock.Frozen) -> None:
    message = send()
    frozen.advance("P1D")
    Run.objects.filter(pk=run.pk).update(deadline=clock.now())
    frozen.advance("PT1S")
    Message.objects.filter(pk=message.pk).update(opened_at=clock.now())
    assert not ask(OPENED, run).value


def test_a_late_open_of_the_original_counts_for_the_resend(run: Run, send: Any, frozen: clock.Frozen) -> None:
    resent = {"fact": "message", "node": "n15", "did": "opened"}
    original = send("n2")
    frozen.advance("PT1H")
    Message.objects.filter(pk=original.pk).update(opened_at=clock.now())
    frozen.advance("P2D")
    send("n15")
    assert not ask(resent, run).value  # it was opened before the resend
    frozen.advance("PT1H")
    Message.objects.filter(pk=original.pk).update(opened_at=clock.now())
    assert ask(resent, run).value and ask({**resent, "since": "n15"}, run).value


def test_the_resend_counts_for_the_original(run: Run, send: Any, frozen: clock.Frozen) -> None:
    send("n2")
    frozen.advance("P2D")
    send("n15", opened_at=clock.now())
    assert ask(OPENED, run).value
    assert not ask({"fact": "message", "node": "n5", "did": "opened"}, run).value


def test_a_loop_looks_at_all_messages_since_the_latest(run: Run, send: Any, frozen: clock.Frozen) -> None:
    first = send(opened_at=clock.now())
    frozen.advance("P1D")
    send()
    assert not ask(OPENED, run).value
    assert ask({**OPENED, "since": "run"}, run).value
    frozen.advance("PT1H")
    Message.objects.filter(pk=first.pk).update(opened_at=clock.now())
    assert ask(OPENED, run).value


def test_other_runs_are_other_stories(run: Run, send: Any, alice: Contact) -> None:
    send(opened_at=clock.now())
    other = Run.objects.create(
        workflow_id=2, version_id=2, contact=alice, node="n3", nth=2, entered_at=clock.now(), started_at=clock.now()
    )
    assert not ask(OPENED, other).value
    # Outside runs a node is nobody's; any message is somebody's.
    verdicts = decide({"any": [OPENED]}, Scope(rows=Contact.objects.filter(pk=alice.pk)))
    assert not verdicts[alice.pk].value
    assert ask({"fact": "message", "any": True, "did": "opened", "within": "P1D"}, other).value


def test_contents_count_wherever_they_were_sent(run: Run, send: Any) -> None:
    content = Content.objects.create(name="Offer")
    version = content.versions.create(number=1)
    send("n5", content_version=version, clicked_at=clock.now())
    clicked = {"fact": "message", "content": content.pk, "did": "clicked"}
    assert ask(clicked, run).value
    assert why(ask(clicked, run)).startswith("Clicked Offer: yes")
    assert not ask({**clicked, "content": content.pk + 1}, run).value


def test_a_link_is_asked_of_single_clicks_and_machines_only_if_wanted(run: Run, send: Any) -> None:
    message = send(clicked_at=clock.now())
    sale = Link.objects.create(id=1, url="https://shop.example/sale?x=1")
    other = Link.objects.create(id=2, url="https://shop.example/other")

    def hit(link: Link, verdict: int) -> None:
        Hit.objects.create(message=message, link=link, at=clock.now(), wall_at=0, kind=HitKind.CLICK, verdict=verdict)

    clicked = {"fact": "message", "node": "n2", "did": "clicked", "link": "https://shop.example/sale*"}
    hit(other, HitClass.HUMAN)
    assert not ask(clicked, run).value
    hit(sale, HitClass.MACHINE)
    assert not ask(clicked, run).value and ask({**clicked, "machines": True}, run).value
    hit(sale, HitClass.UNSURE)
    assert ask(clicked, run).value


def test_what_else_can_happen_to_a_message(run: Run, send: Any) -> None:
    send(status=Status.BOUNCED)
    did = {"fact": "message", "node": "n2"}
    assert ask({**did, "did": "bounced"}, run).value and ask({**did, "did": "sent"}, run).value
    assert not ask({**did, "did": "delivered"}, run).value and not ask({**did, "did": "skipped"}, run).value
    send("n5", status=Status.DELIVERED, delivered_at=clock.now())
    assert ask({"fact": "message", "node": "n5", "did": "delivered"}, run).value
