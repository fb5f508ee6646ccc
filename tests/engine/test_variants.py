"""Variants: drawn by hash, fixed when planned, and won by what readers did."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from builder import graph, validation
from contacts import clock, events
from contacts.models import Contact
from engine.messaging import content
from engine.messaging.models import Caught, ContentVersion, Message, Wording
from engine.models import Winner
from engine.steps.wording import drawn
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, settle

START = "2026-11-23T09:00:00+00:00"


@pytest.fixture
def letter(db: Any) -> int:
    return content.create(name="News", subject="The usual", html="<p>Hello</p>").pk


@pytest.fixture
def frozen(db: Any) -> Any:
    with clock.freeze(START) as still:
        yield still


def variants(*subjects: str, shares: tuple[float, ...] = (), **more: Any) -> list[dict[str, Any]]:
    shares = shares or tuple([100 / len(subjects)] * len(subjects))
    return [
        {"name": name, "weight": share, "subject": subject, **more}
        for name, share, subject in zip("ABCDE", shares, subjects, strict=False)
    ]


def flow(letter: int | None, *more: tuple[str, tuple[str, dict[str, Any]]], **settings: Any) -> Any:
    nodes = {
        "n1": ("trigger", {"on": "contact_added"}),
        "n2": ("email", {"content": letter, **settings}),
        **dict(more),
    }
    names = list(nodes)
    return draw(nodes, [f"{one} next {two}" for one, two in pairwise(names)])


def crowd(n: int, start: int = 0) -> list[Contact]:
    people = [person(f"P{number}", email=f"p{number}@example.com") for number in range(start, start + n)]
    events.record_many([events.NewEvent(one.pk, "contact_added") for one in people])
    settle()
    return people


def of(message: Message) -> str:
    return str(Wording.objects.get(pk=message.wording_id).body["variant"])


def test_the_same_person_gets_the_same_variant_and_shares_are_kept() -> None:
    from engine.steps.email import EmailVariant

    two = [EmailVariant(name="A", weight=30), EmailVariant(name="B", weight=70)]
    found = [drawn(two, 7, "n2", contact).name for contact in range(20_000)]
    assert found == [drawn(two, 7, "n2", contact).name for contact in range(20_000)]
    assert abs(found.count("A") / 20_000 - 0.3) < 0.01
    assert found[:200] != [drawn(two, 7, "n3", contact).name for contact in range(200)]


def test_each_variant_has_its_words_and_is_kept_on_the_message(letter: int, frozen: Any) -> None:
    other = content.create(name="Other", subject="Another", html="<p>Other</p>").pk
    publish(
        flow(
            letter,
            preheader="For all",
            variants=[
                {"name": "A", "weight": 50, "subject": "First"},
                {"name": "B", "weight": 50, "content": other, "preheader": "Only B"},
            ],
        )
    )
    crowd(30)
    told = {
        (of(message), Caught.objects.get(message_id=message.pk).subject, message.wording.body["preheader"])  # type: ignore[union-attr]
        for message in Message.objects.select_related("wording")
    }
    assert told == {("A", "First", "For all"), ("B", "Another", "Only B")}
    assert verify() == []


def test_the_content_version_is_fixed_when_planned(letter: int, frozen: Any) -> None:
    from engine import runner, triggers

    publish(flow(letter, variants=variants("First", "Second")))
    alice = person("Alice")
    events.record(alice.pk, "contact_added")
    triggers.handle()
    runner.advance()
    planned = Message.objects.get().content_version_id
    from engine.messaging.models import Content

    written = Content.objects.get(pk=letter)
    written.html = "<p>Changed</p>"
    content.save(written)
    settle()
    assert Message.objects.get().content_version_id == planned
    assert "Hello" in Caught.objects.get().html
    assert ContentVersion.objects.filter(content_id=letter).count() == 2


def read_by(people: list[Contact], share: dict[str, float], node: str = "n2") -> None:
    """Of each variant this share opens."""
    by_name: dict[str, list[int]] = {}
    for message in Message.objects.filter(contact__in=people, node=node).order_by("pk"):
        by_name.setdefault(of(message), []).append(message.pk)
    for name, messages in by_name.items():
        Message.objects.filter(pk__in=messages[: round(len(messages) * share[name])]).update(opened_at=clock.now())


def test_the_proven_winner_gets_everybody_after(letter: int, frozen: Any) -> None:
    publish(
        flow(
            letter,
            variants=variants("First", "Second"),
            winner={"metric": "opened", "window": "PT4H", "least": 40},
        )
    )
    people = crowd(100)
    frozen.advance("PT1H")
    read_by(people, {"A": 0.1, "B": 0.6})
    settle()
    assert not Winner.objects.exists()  # nobody's window is over yet
    frozen.advance("PT3H")
    settle()
    won = Winner.objects.get()
    assert (won.arm, won.seen["how"], won.node) == ("B", "proof", "n2")
    later = crowd(25, start=100)
    assert Counter(of(message) for message in Message.objects.filter(contact__in=later)) == {"B": 25}


def test_no_difference_keeps_the_shares_and_is_decided_once(letter: int, frozen: Any) -> None:
    publish(
        flow(letter, variants=variants("First", "Second"), winner={"metric": "opened", "window": "PT1H", "least": 30})
    )
    people = crowd(90)
    read_by(people, {"A": 0.4, "B": 0.45})
    frozen.advance("PT1H")
    settle()
    assert Winner.objects.get().arm == ""
    later = crowd(40, start=90)
    assert len({of(message) for message in Message.objects.filter(contact__in=later)}) == 2
    read_by(later, {"A": 0, "B": 1})
    frozen.advance("P1D")
    settle()
    assert Winner.objects.get().arm == ""


def test_after_its_time_the_best_so_far_wins(letter: int, frozen: Any) -> None:
    rule = {"metric": "clicked", "window": "PT1H", "least": 5000, "after": "PT6H"}
    publish(flow(letter, variants=variants("First", "Second"), winner=rule))
    people = crowd(20)
    first = next(message for message in Message.objects.filter(contact__in=people) if of(message) == "A")
    Message.objects.filter(pk=first.pk).update(clicked_at=clock.now())
    frozen.advance("PT5H59M")
    settle()
    assert not Winner.objects.exists()
    frozen.advance("PT1M")
    settle()
    won = Winner.objects.get()
    assert (won.arm, won.seen["how"]) == ("A", "time")


def test_a_resend_repeats_the_variant_that_was_sent(letter: int, frozen: Any) -> None:
    other = content.create(name="Other", subject="Another", html="<p>Other</p>").pk
    choices = [{"name": "A", "weight": 50}, {"name": "B", "weight": 50, "content": other}]
    again = ("n3", ("email", {"same_as": "n2", "subject": "Did you see it?"}))
    publish(flow(letter, again, variants=choices))
    crowd(20)
    for first in Message.objects.filter(node="n2"):
        second = Message.objects.get(node="n3", contact_id=first.contact_id)
        assert of(second) == of(first)
        assert second.content_version_id == first.content_version_id
        assert Caught.objects.get(message_id=second.pk).subject == "Did you see it?"


def test_an_open_of_any_variant_counts_for_the_node(letter: int, frozen: Any) -> None:
    wait = ("n3", ("wait_until", {
        "branches": [{"port": "b1", "name": "Opened", "when": {"all": [{"fact": "message", "node": "n2", "did": "opened", "since": "n2"}]}}],
        "timeout": "P2D",
    }))  # fmt: skip
    document = flow(letter, wait, variants=variants("First", "Second"))
    document["nodes"].append(
        {"id": "n4", "kind": "exit", "label": "", "position": {"x": 0, "y": 0}, "enabled": True, "settings": {}}
    )
    document["edges"].append({"id": "e9", "source": "n3", "port": "b1", "target": "n4"})
    publish(document)
    people = crowd(12)
    seen = set()
    for one in people:
        message = Message.objects.get(contact=one)
        seen.add(of(message))
        Message.objects.filter(pk=message.pk).update(opened_at=clock.now())
        told = {"message": message.pk, "node": "n2", "run": message.run_id}
        events.record(one.pk, "message_opened", told, key=f"open:{message.pk}")
    settle()
    assert seen == {"A", "B"}
    assert all(path(one)[-1] == "n4" for one in people)


def test_sms_has_variants_too(frozen: Any) -> None:
    settings = {"text": "", "variants": [
        {"name": "A", "weight": 50, "text": "Short"}, {"name": "B", "weight": 50, "text": "Shorter"},
    ]}  # fmt: skip
    publish(draw({"n1": ("trigger", {"on": "contact_added"}), "n2": ("sms", settings)}, ["n1 next n2"]))
    people = [person(f"P{n}", email=f"p{n}@example.com", phone=f"+4860014{n:04}") for n in range(20)]
    events.record_many([events.NewEvent(one.pk, "contact_added") for one in people])
    settle()
    assert set(Caught.objects.values_list("text", flat=True)) == {"Short", "Shorter"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"variants": variants("First")}, "One variant alone"),
        ({"variants": variants("First", "Second", shares=(50, 40))}, "make 90 %"),
        ({"variants": [{"name": "A", "weight": 50}, {"name": "A", "weight": 50}]}, "the same name"),
        ({"winner": {"metric": "opened"}}, "no variants"),
    ],
)
def test_what_makes_no_sense_is_said(letter: int, settings: dict[str, Any], words: str) -> None:
    found = validation.problems(graph.parse(flow(letter, **settings)))
    assert any(words in problem.message for problem in found), [problem.message for problem in found]
