from __future__ import annotations

from datetime import timedelta

import pytest

from contacts import clock, consents, suppressions
from contacts.models import ConsentState, Suppression
from contacts.normalise import address_hash
from engine.messaging import gate

EVERYBODY = ("alice", "bob", "charlie", "dana")


def reasons(people, channel="email", purpose="marketing", topic="newsletter"):
    found = gate.decide(channel, purpose, topic, [getattr(people, name).pk for name in EVERYBODY])
    return {name: found[getattr(people, name).pk] for name in EVERYBODY}


def test_marketing_needs_a_yes_to_the_channel_and_to_the_topic(people):
    ConsentState.objects.filter(contact=people.bob, subject="newsletter").update(state="out")
    ConsentState.objects.filter(contact=people.charlie, subject="newsletter").delete()
    assert reasons(people) == {
        "alice": None,
        "bob": "topic_opted_out",
        "charlie": "no_topic_consent",
        "dana": "no_consent",
    }


def test_marketing_without_a_topic_asks_for_the_channel_alone(people):
    ConsentState.objects.filter(subject="newsletter").delete()
    assert reasons(people, topic="") == {"alice": None, "bob": None, "charlie": None, "dana": "no_consent"}


def test_service_respects_a_no_but_needs_no_yes(people):
    ConsentState.objects.filter(contact=people.bob, subject="email").update(state="out")
    ConsentState.objects.filter(contact=people.alice, subject="newsletter").update(state="out")
    assert reasons(people, purpose="service") == {"alice": None, "bob": "opted_out", "charlie": None, "dana": None}


def test_transactional_ignores_consent(people):
    ConsentState.objects.update(state="out")
    assert set(reasons(people, purpose="transactional").values()) == {None}


@pytest.mark.parametrize("reason", ["hard_bounce", "manual", "complaint"])
@pytest.mark.parametrize("purpose", ["marketing", "service", "transactional"])
def test_a_dead_or_blocked_address_gets_nothing_at_all(people, reason, purpose):
    suppressions.suppress("email", ["ALICE@example.com"], reason)
    assert reasons(people, purpose=purpose)["alice"] == reason


def test_a_later_yes_lifts_an_unsubscribe(people, frozen):
    ConsentState.objects.update(since=clock.now())
    frozen.advance("P1D")
    Suppression.objects.create(
        channel="email", address_hash=address_hash("email", "alice@example.com"), reason="unsubscribe", at=clock.now()
    )
    assert reasons(people)["alice"] == "unsubscribe"
    assert reasons(people, purpose="service")["alice"] == "unsubscribe"
    assert reasons(people, purpose="transactional")["alice"] is None
    frozen.advance(timedelta(seconds=1))
    consents.set([people.alice.pk], "email", "out", source="test")
    consents.set([people.alice.pk], "email", "in", source="test")
    assert reasons(people)["alice"] is None


def test_without_the_address_nothing_can_be_sent(people):
    assert reasons(people, channel="sms", topic="") == {
        "alice": "no_address",
        "bob": None,
        "charlie": "no_address",
        "dana": "no_consent",
    }
    assert gate.reachable("sms", "service", "", [people.alice.pk, people.dana.pk]) == {people.dana.pk}


def test_two_queries_for_a_batch_of_any_size(people, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert len(reasons(people)) == 4


def test_who_is_gone_is_said_to_be_gone(people):
    gone = people.alice.pk
    people.alice.delete()
    assert gate.decide("email", "marketing", "", [gone]) == {gone: "gone"}
    assert gate.decide("email", "marketing", "", []) == {}
