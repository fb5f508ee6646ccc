"""Tags and lists: only what really changes is written, and leaves an event."""

import pytest

from contacts import lists, tags
from contacts.errors import Invalid
from contacts.models import Contact, ContactTag, Event, ListMember, Tag

from .conftest import names


def test_a_tag_is_made_given_and_remembered(alice, bob, user_of, frozen):
    marketer = user_of("marketer")
    recorded = tags.add([alice.pk, bob.pk], ["  VIP  Client "], by_user=marketer)
    assert names(recorded) == [("tag_added", {"tag": "vip client"})] * 2
    row = ContactTag.objects.get(contact=alice)
    assert (row.tag.name, row.by_user, row.by_workflow) == ("vip client", marketer, None)
    assert str(row.since) == "2026-11-22 09:00:00+00:00"


def test_the_same_tag_again_changes_nothing(alice, frozen):
    tags.add([alice.pk], ["vip"])
    frozen.advance("P1D")
    assert tags.add([alice.pk], ["VIP"], by_workflow=7) == []
    row = ContactTag.objects.get()
    assert row.by_workflow is None and str(row.since) == "2026-11-22 09:00:00+00:00"


def test_only_who_has_the_tag_loses_it(alice, bob):
    tags.add([alice.pk], ["vip"])
    recorded = tags.remove([alice.pk, bob.pk], ["vip", "never heard of"])
    assert [(row.contact_id, row.name) for row in recorded] == [(alice.pk, "tag_removed")]
    assert not ContactTag.objects.exists()
    assert tags.remove([alice.pk], ["vip"]) == []


def test_a_workflow_is_named_as_the_cause(alice, bob):
    tags.add([alice.pk, bob.pk], ["hot"], by_workflow=3, run_ids={alice.pk: 31, bob.pk: 32}, depth=2)
    events = Event.objects.order_by("contact_id").values_list("workflow_id", "run_id", "depth")
    assert list(events) == [(3, 31, 2), (3, 32, 2)]
    assert ContactTag.objects.filter(by_workflow=3).count() == 2


@pytest.mark.parametrize("bad", ["", "   ", "x" * 81])
def test_a_tag_that_cannot_be_is_refused(alice, bad):
    with pytest.raises(Invalid):
        tags.add([alice.pk], ["fine", bad])
    assert not Tag.objects.exists()


def test_people_who_are_gone_are_left_out(alice):
    assert len(tags.add([alice.pk, 999_999], ["vip"])) == 1
    assert len(tags.add([alice.pk, 999_999], ["x"])) == 1


@pytest.mark.parametrize("size", [1, 800])
def test_a_batch_costs_the_same_queries_whatever_its_size(db, django_assert_num_queries, size):
    contacts = Contact.objects.bulk_create(Contact(email=f"p{n}@example.com") for n in range(size))
    ids = [contact.pk for contact in contacts]
    tags.ensure(["a", "b"])
    with django_assert_num_queries(
        10
    ):  # savepoint, lock, tags, who has them, insert; savepoint, ids, events, 2 releases
        assert len(tags.add(ids, ["a", "b"])) == size * 2
    with django_assert_num_queries(10):
        assert len(tags.remove(ids, ["a", "b"])) == size * 2


def test_joining_and_leaving_a_list(alice, bob, leads):
    assert names(lists.join([alice.pk, bob.pk], ["leads"], source="form")) == [("list_joined", {"list": "leads"})] * 2
    assert lists.join([alice.pk], ["leads"]) == []
    assert ListMember.objects.get(contact=alice).source == "form"
    assert names(lists.leave([alice.pk], ["leads"])) == [("list_left", {"list": "leads"})]
    assert list(leads.contacts.all()) == [bob]


def test_a_list_that_does_not_exist_is_refused_whole(alice, leads):
    with pytest.raises(Invalid) as refusal:
        lists.join([alice.pk], ["leads", "nowhere"])
    assert refusal.value.problems == [{"node": None, "field": "lists", "message": "There is no list “nowhere”."}]
    assert not ListMember.objects.exists()


def test_questions_about_tags_and_lists(alice, bob, charlie, leads):
    tags.add([alice.pk, bob.pk], ["vip"])
    tags.add([bob.pk], ["hot"])
    lists.join([charlie.pk], ["leads"])
    assert set(Contact.objects.tagged("VIP")) == {alice, bob}
    assert set(Contact.objects.tagged("vip", "hot")) == {bob}
    assert set(Contact.objects.in_list("leads")) == {charlie}
