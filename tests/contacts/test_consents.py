"""Consent is what the contact said last; the proof of every word stays."""

import pytest

from contacts import consents, suppressions
from contacts.consents import Evidence, Said
from contacts.errors import Invalid
from contacts.models import ConsentProof, ConsentState, Contact, Event, Suppression
from contacts.models.consents import ProofIsAppendOnly
from contacts.normalise import address_hash

from .conftest import names


def test_a_yes_leaves_state_proof_and_event(alice, newsletter, user_of, frozen):
    admin = user_of("admin")
    recorded = consents.set(
        [alice.pk], "newsletter", "in", source="form:footer", text="Yes, write to me.", agent="Firefox", by_user=admin
    )
    assert names(recorded) == [("consent_changed", {"subject": "newsletter", "state": "in"})]
    proof = ConsentProof.objects.get()
    assert (proof.contact, proof.subject, proof.state, proof.source) == (alice, "newsletter", "in", "form:footer")
    assert (proof.text, proof.agent, proof.by_user) == ("Yes, write to me.", "Firefox", admin)
    assert (proof.address, proof.address_hash) == ("alice@example.com", address_hash("email", "alice@example.com"))
    assert str(proof.at) == "2026-11-22 09:00:00+00:00"


def test_the_same_word_again_is_proven_again_but_changes_nothing(alice):
    consents.set([alice.pk], "email", "in", source="a")
    assert consents.set([alice.pk], "email", "in", source="b") == []
    assert ConsentProof.objects.count() == 2 and Event.objects.count() == 1


def test_a_no_replaces_a_yes(alice, frozen):
    consents.set([alice.pk], "sms", "in", source="a")
    frozen.advance("P1D")
    consents.set([alice.pk], "sms", "out", source="a")
    state = ConsentState.objects.get()
    assert (state.state, str(state.since)) == ("out", "2026-11-23 09:00:00+00:00")
    assert ConsentProof.objects.filter(address=alice.phone).count() == 2


@pytest.mark.parametrize(("subject", "state"), [("email", "maybe"), ("no-such-topic", "in"), ("", "in")])
def test_words_nobody_knows_are_refused(alice, subject, state):
    with pytest.raises(Invalid):
        consents.set([alice.pk], subject, state, source="a")
    assert not ConsentProof.objects.exists()


def test_proof_cannot_be_changed_or_deleted(alice):
    consents.set([alice.pk], "email", "in", source="a")
    proof = ConsentProof.objects.get()
    for attempt in (proof.save, proof.delete, ConsentProof.objects.all().delete):
        with pytest.raises(ProofIsAppendOnly):
            attempt()
    with pytest.raises(ProofIsAppendOnly):
        ConsentProof.objects.update(state="out")


def test_who_said_no_before_keeps_it_when_only_the_unknown_are_asked(alice, bob):
    consents.set([alice.pk], "email", "out", source="a")
    consents.set_many(
        [Said(alice.pk, "email", "in"), Said(bob.pk, "email", "in")], Evidence("import:1"), only_unknown=True
    )
    assert dict(ConsentState.objects.values_list("contact_id", "state")) == {alice.pk: "out", bob.pk: "in"}


def test_a_later_yes_lifts_an_unsubscribe_and_nothing_else(alice, bob, newsletter):
    suppressions.suppress("email", [alice.email], "unsubscribe")
    suppressions.suppress("email", [bob.email], "hard_bounce")
    consents.set([alice.pk, bob.pk], "newsletter", "in", source="a")
    assert Suppression.objects.count() == 2, "a topic is no channel"
    consents.set([alice.pk, bob.pk], "email", "in", source="a")
    assert [row.reason for row in Suppression.objects.all()] == ["hard_bounce"]


def test_the_stronger_reason_stays(db):
    suppressions.suppress("email", ["A@example.com"], "complaint")
    suppressions.suppress("email", ["a@example.com", "b@example.com"], "unsubscribe")
    hashes = [address_hash("email", address) for address in ("a@example.com", "b@example.com", "c@example.com")]
    assert suppressions.suppressed("email", hashes) == {hashes[0]: "complaint", hashes[1]: "unsubscribe"}
    assert suppressions.lift("email", "a@example.com") and not suppressions.lift("email", "a@example.com")


def test_questions_about_consent(alice, bob, charlie):
    consents.set([alice.pk], "email", "in", source="a")
    consents.set([bob.pk], "email", "out", source="a")
    for state, who in (("in", alice), ("out", bob), ("unknown", charlie)):
        assert list(Contact.objects.with_consent("email", state)) == [who]


@pytest.mark.parametrize("size", [1, 900])
def test_a_batch_costs_the_same_queries_whatever_its_size(db, django_assert_num_queries, size):
    contacts = Contact.objects.bulk_create(Contact(email=f"p{n}@example.com") for n in range(size))
    with django_assert_num_queries(12):
        assert len(consents.set([contact.pk for contact in contacts], "email", "in", source="a")) == size
