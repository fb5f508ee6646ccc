"""What the language says of messages where no other test does: the ways out, the hand-off as anchor, fan-in, resends."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from contacts import clock, consents, events, suppressions
from contacts.models import Contact, Suppression
from contacts.normalise import address_hash
from engine import history, triggers
from engine.messaging import content, receipts
from engine.messaging.hits import opened
from engine.messaging.models import Caught, Message, Status
from engine.messaging.senders import catcher
from engine.messaging.senders.base import Outcome
from engine.models import Counter, RunStatus
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, run_of, settle

pytestmark = pytest.mark.django_db

START = "2026-11-23T09:00:00+00:00"


@pytest.fixture
def frozen() -> Any:
    with clock.freeze(START) as still:
        yield still


@pytest.fixture
def letter(db: Any) -> int:
    return content.create(name="News", subject="News", html="<p>Hello</p>").pk


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> dict[str, Status]:
    """What the provider answers, by address; others are accepted."""
    answers: dict[str, Status] = {}
    caught = catcher.CatcherSender.deliver

    def deliver(sender: Any, letters: Any) -> Any:
        for one in letters:
            if one.to in answers:
                yield Outcome(one, answers[one.to], clock.now(), error="550 no")
            else:
                yield from caught(sender, [one])

    monkeypatch.setattr(catcher.CatcherSender, "deliver", deliver)
    return answers


def enters(document: dict[str, Any], contact: Contact) -> None:
    triggers.enrol(publish(document), [contact.pk])
    settle()


def why(contact: Contact, node: str) -> str:
    return next(step.why for step in history.Histories([run_of(contact)]).steps(run_of(contact)) if step.node == node)


def count(node: str, port: str) -> int:
    return sum(Counter.objects.filter(node=node, port=port).values_list("n", flat=True))


def reads(contact: Contact, node: str) -> None:
    message = Message.objects.filter(contact=contact, node=node).latest("nth")
    opened(message.pk, method="GET", agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", headers={})
    settle()


# --- the ways out ---------------------------------------------------------------------------------


def ways(letter: int, *wired: str, on_error: str = "continue") -> dict[str, Any]:
    nodes: dict[str, Any] = {"n1": ("trigger", {"on": "manual"}), "n2": ("email", {"content": letter})}
    nodes |= {f"by_{port}": ("exit", {"outcome": f"by_{port}"}) for port in ("next", *wired)}
    document = draw(nodes, ["n1 next n2", *(f"n2 {port} by_{port}" for port in ("next", *wired))])
    document["nodes"][1]["on_error"] = on_error
    return document


@pytest.mark.parametrize("wired", [(), ("skipped", "failed")])
@pytest.mark.parametrize(
    ("answer", "way", "counted", "told"),
    [
        (Status.ACCEPTED, "next", "", "Sent to alice@example.com"),
        (Status.IN_DOUBT, "next", "", "in doubt, not sent again by itself"),
        (Status.REJECTED, "failed", "+failed", "The provider said “550 no”"),
        (Status.SKIPPED, "skipped", "+skipped", "Not sent: the contact said no"),
    ],
)
def test_each_answer_has_its_way_and_goes_on_by_next_where_that_leads_nowhere(
    answer: Status, way: str, counted: str, told: str, wired: tuple[str, ...], letter: int, says: Any, frozen: Any
) -> None:
    alice = person()
    if answer is Status.SKIPPED:
        consents.set([alice.pk], "email", "out", source="test")
    else:
        says["alice@example.com"] = answer
    enters(ways(letter, *wired), alice)
    assert run_of(alice).outcome == (f"by_{way}" if wired else "by_next")
    assert told in why(alice, "n2")
    for port in ("+failed", "+skipped"):
        assert count("n2", port) == (port == counted)
    assert verify() == []


@pytest.mark.parametrize("wired", [(), ("failed",)])
def test_on_error_stop_stops_only_where_failed_leads_nowhere(
    wired: tuple[str, ...], letter: int, says: Any, frozen: Any
) -> None:
    says["alice@example.com"] = Status.REJECTED
    alice = person()
    enters(ways(letter, *wired, on_error="stop"), alice)
    run = run_of(alice)
    assert (run.outcome, run.status) == (("by_failed", RunStatus.ENDED) if wired else ("failed", RunStatus.FAILED))
    assert path(alice) == ["n1", "n2", *(["by_failed"] if wired else [])]
    assert verify() == []


def test_a_refusal_at_the_hand_off_leaves_by_skipped_with_its_reason(letter: int, frozen: Any) -> None:
    document = ways(letter, "skipped")
    document["settings"] = {"quiet_hours": {"from": "08:00", "to": "20:00", "zone": "workspace"}}
    alice = person()
    enters(document, alice)
    assert path(alice) == ["n1", "n2"]
    suppressions.suppress("email", ["alice@example.com"], "manual")
    frozen.advance("P1D")
    for _ in range(24):
        frozen.advance("PT1H")
        settle()
    assert run_of(alice).outcome == "by_skipped"
    assert why(alice, "n2").startswith("Not sent: the address was blocked by hand")


@pytest.mark.parametrize("purpose", ["marketing", "service", "transactional"])
def test_a_hard_bounce_stops_the_next_message_of_any_purpose_even_after_a_soft_one(
    purpose: str, letter: int, frozen: Any
) -> None:
    document = draw(
        {
            "n1": ("trigger", {"on": "manual"}),
            "n2": ("email", {"content": letter, "purpose": purpose}),
            "n3": ("wait", {"duration": "P1D"}),
            "n4": ("email", {"content": letter, "purpose": purpose}),
        },
        ["n1 next n2", "n2 next n3", "n3 next n4"],
    )
    alice = person()
    enters(document, alice)
    first = Message.objects.get()
    Message.objects.filter(pk=first.pk).update(provider_id="esp-1")
    for hard in (False, True, True):
        assert receipts.record(receipts.Receipt("bounced", provider_id="esp-1", hard=hard))
    consents.set([alice.pk], "email", "out", source="test")
    consents.set([alice.pk], "email", "in", source="test")  # lifts an unsubscribe, and nothing else
    frozen.advance("P1D")
    settle()
    second = Message.objects.get(node="n4")
    assert (second.status, second.reason) == (Status.SKIPPED, "hard_bounce")
    assert suppressions.lift("email", "alice@example.com")
    receipts.record(receipts.Receipt("bounced", provider_id="esp-1", hard=True))
    assert not Suppression.objects.exists(), "the same report again changes nothing"


def test_an_unsubscribe_ends_marketing_and_service_until_a_later_yes(letter: int, frozen: Any) -> None:
    nodes: dict[str, Any] = {"n0": ("trigger", {"on": "manual"})}
    nodes |= {
        name: ("email", {"content": letter, "purpose": name}) for name in ("marketing", "service", "transactional")
    }
    document = draw(nodes, [f"{one} next {two}" for one, two in pairwise(nodes)], {"reentry": "after_exit"})
    workflow, alice = publish(document), person()

    def got() -> set[str]:
        Message.objects.all().delete()
        frozen.advance("PT1H")
        triggers.enrol(workflow, [alice.pk])
        settle()
        return set(Message.objects.filter(status=Status.ACCEPTED).values_list("node", flat=True))

    assert got() == {"marketing", "service", "transactional"}
    suppressions.suppress_hashes("email", {address_hash("email", "alice@example.com")}, "unsubscribe")
    consents.set([alice.pk], "email", "out", source="test")
    assert got() == {"transactional"}
    consents.set([alice.pk], "email", "in", source="test")
    assert got() == {"marketing", "service", "transactional"}


# --- anchors --------------------------------------------------------------------------------------


def test_since_a_message_means_the_hand_off_not_the_planning(letter: int, frozen: Any) -> None:
    nodes: dict[str, Any] = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("email", {"content": letter}),
        "n3": ("condition", {"when": {"fact": "purchase", "since": "n2"}}),
        "n4": ("wait", {"duration": "PT1H"}),
        "n5": ("condition", {"when": {"fact": "purchase", "since": "n2"}}),
        "bought": ("exit", {"outcome": "converted"}),
        "not": ("exit", {"outcome": "no_response"}),
    }
    edges = ["n1 next n2", "n2 next n3", "n3 yes bought", "n3 no n4", "n4 next n5", "n5 yes bought", "n5 no not"]
    held = {"quiet_hours": {"from": "08:00", "to": "20:00", "zone": "workspace"}}
    alice, bob = person("Alice"), person("Bob")
    workflow = publish(draw(nodes, edges, held))
    triggers.enrol(workflow, [alice.pk, bob.pk])
    settle()
    frozen.advance("PT1H")
    for contact in (alice, bob):
        events.record(contact.pk, "purchase", {"value": 5})  # planned already, but not handed over
    while Message.objects.filter(status=Status.HELD).exists() or Message.objects.filter(status=Status.PLANNED).exists():
        frozen.advance("PT15M")
        settle()
    assert path(alice) == path(bob) == ["n1", "n2", "n3", "n4"]
    events.record(bob.pk, "purchase", {"value": 5})
    frozen.advance("PT1H")
    settle()
    assert (run_of(alice).outcome, run_of(bob).outcome) == ("no_response", "converted")


# --- fan-in ---------------------------------------------------------------------------------------


def test_since_a_step_that_was_not_visited_is_false_and_the_path_says_so(letter: int, frozen: Any) -> None:
    nodes: dict[str, Any] = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("condition", {"when": {"fact": "tag", "is": "vip"}}),
        "n3": ("email", {"content": letter}),
        "n4": ("condition", {"when": {"fact": "purchase", "since": "n3"}}),
        "n5": ("exit", {"outcome": "converted"}),
        "n6": ("exit", {"outcome": "no_response"}),
    }
    document = draw(nodes, ["n1 next n2", "n2 yes n3", "n2 no n4", "n3 next n4", "n4 yes n5", "n4 no n6"])
    document["nodes"][2]["label"] = "Introduction"
    workflow, alice = publish(document), person()
    events.record(alice.pk, "purchase", {"value": 5})
    triggers.enrol(workflow, [alice.pk])
    settle()
    assert run_of(alice).outcome == "no_response"
    assert "Introduction was not reached before" in why(alice, "n4")


# --- resends --------------------------------------------------------------------------------------


def thrice(letter: int, asks: str, did: str = "opened") -> dict[str, Any]:
    """An e-mail, the same again, that one again; then a question about one of the three."""
    nodes: dict[str, Any] = {
        "n1": ("trigger", {"on": "manual"}),
        "n2": ("email", {"content": letter}),
        "w1": ("wait", {"duration": "P1D"}),
        "n3": ("email", {"same_as": "n2", "subject": "Again"}),
        "w2": ("wait", {"duration": "P1D"}),
        "n4": ("email", {"same_as": "n3", "subject": "And again"}),
        "w3": ("wait", {"duration": "P1D"}),
        "n5": ("condition", {"when": {"fact": "message", "node": asks, "did": did}}),
        "yes": ("exit", {"outcome": "yes"}),
        "no": ("exit", {"outcome": "no"}),
    }
    edges = [f"{one} next {two}" for one, two in pairwise(["n1", "n2", "w1", "n3", "w2", "n4", "w3", "n5"])]
    return draw(nodes, [*edges, "n5 yes yes", "n5 no no"])


@pytest.mark.parametrize(
    ("read", "after_days", "asks", "outcome"),
    [
        ("n4", 2, "n2", "yes"),  # what repeats S counts for S, also at second hand
        ("n3", 1, "n2", "yes"),
        ("n2", 2, "n4", "yes"),  # and an open of S for each that repeats it, once that has sent
        ("n2", 2, "n3", "yes"),
        ("n2", 0, "n4", "no"),
        ("n2", 1, "n4", "no"),
        ("n2", 1, "n3", "yes"),
        ("n4", 2, "n3", "yes"),
    ],
)
def test_an_open_counts_for_the_original_and_for_each_resend_from_its_own_hand_off(
    read: str, after_days: int, asks: str, outcome: str, letter: int, frozen: Any
) -> None:
    alice = person()
    enters(thrice(letter, asks), alice)
    for day in range(3):
        if day == after_days:
            frozen.advance("PT1M")
            reads(alice, read)
        frozen.advance("P1D")
        settle()
    assert run_of(alice).outcome == outcome
    assert list(Caught.objects.order_by("pk").values_list("subject", flat=True)) == ["News", "Again", "And again"]
    assert verify() == []


def test_a_resend_goes_to_whom_the_original_was_refused(letter: int, frozen: Any) -> None:
    alice = person(consents_to=())
    enters(thrice(letter, "n2", did="sent"), alice)
    consents.set([alice.pk], "email", "in", source="test")
    for _ in range(3):
        frozen.advance("P1D")
        settle()
    assert [message.status for message in Message.objects.order_by("pk")] == [
        Status.SKIPPED,
        Status.ACCEPTED,
        Status.ACCEPTED,
    ]
    assert run_of(alice).outcome == "yes", "what sends S again counts for S"


def test_the_status_of_a_message_is_one_list() -> None:
    assert {status.name.lower() for status in Status} == {
        "planned", "held", "claimed", "accepted", "delivered", "bounced", "complained", "rejected", "skipped", "in_doubt",
        "cancelled",
    }  # fmt: skip
