"""The demo people: the same at every start, nobody real among them."""

from __future__ import annotations

import phonenumbers

from engine.demo import cdnow
from engine.demo.people import ALICE, BOB, CHARLIE, CUSTOMERS, OWN_THREE, habits_of, someone


def test_the_sample_is_whole() -> None:
    assert len(cdnow.customers()) == CUSTOMERS == 2357
    assert sum(map(len, cdnow.customers().values())) == 6919
    assert all([p.nth for p in bought] == list(range(1, len(bought) + 1)) for bought in cdnow.customers().values())


def test_people_follow_from_the_seed() -> None:
    assert someone(7) == someone(7)
    assert len({someone(number).email for number in range(1, 5000)}) == 4999


def test_nobody_can_be_reached() -> None:
    people = [*OWN_THREE, *map(someone, range(1, 3000))]
    assert all(one.email.endswith("@example.com") for one in people)
    # As a normaliser sees them they are numbers; whatever is configured, demo people's messages go to the catcher.
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(one.phone)) for one in people if one.phone)


def test_the_own_three_are_as_the_stories_tell() -> None:
    assert ALICE.habits.opens == 1
    assert BOB.phone
    assert "sms" in BOB.says_yes_to
    assert BOB.habits.opens == 0
    assert CHARLIE.phone is None
    assert CHARLIE.habits.opens == 0
    assert habits_of("demo-bob") == BOB.habits
    assert habits_of("somebody-else") is None
    assert habits_of(None) is None


def test_all_kinds_of_people_are_there() -> None:
    people = list(map(someone, range(1, 2000)))
    for what in (
        lambda one: not one.says_yes_to,
        lambda one: one.phone and "sms" in one.says_yes_to,
        lambda one: one.phone and "sms" not in one.says_yes_to,
        lambda one: not one.phone,
        lambda one: one.habits.proxy,
        lambda one: one.language == "en",
    ):
        assert 0.02 < sum(map(bool, map(what, people))) / len(people) < 0.9
