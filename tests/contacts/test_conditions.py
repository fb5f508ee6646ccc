"""What a condition means, what is wrong with one, and how it tells why."""

import random
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import clock
from contacts.conditions import (
    BadCondition,
    BadFact,
    Fact,
    FactSettings,
    Scope,
    Subject,
    decide,
    explain,
    leaves,
    matching,
    problems,
    register,
    sentence,
    topics,
    why_sentence,
)
from contacts.models import (
    ConsentProof,
    ConsentState,
    Contact,
    ContactTag,
    Event,
    List,
    ListMember,
    Segment,
    Tag,
    Workspace,
)

VIP = {"fact": "tag", "is": "vip"}
GRAPH = SimpleNamespace(nodes={"n2": SimpleNamespace(kind="email"), "w1": SimpleNamespace(kind="wait")})


def holds(tree: Any, contact: Contact, **about: Any) -> bool:
    """All three ways of asking, which must agree."""
    zone = Workspace.current().zone
    one = explain(tree, Subject(contact, zone=zone, **about))
    assert decide(tree, Scope(rows=Contact.objects.filter(pk=contact.pk), zone=zone, **about))[contact.pk] == one
    assert matching(tree, Contact.objects.filter(pk=contact.pk), zone=zone, **about).exists() == one.value
    return one.value


# --- groups ---------------------------------------------------------------------------------------


def test_nothing_asked_holds_for_everybody(alice: Contact) -> None:
    for tree in ({}, None, {"all": []}, {"none": []}, {"all": [{"all": []}]}):
        assert holds(tree, alice)
    assert not holds({"all": [VIP, {"all": []}]}, alice)


def test_groups_combine(alice: Contact) -> None:
    yes, no = {"fact": "phone_valid"}, VIP
    assert holds({"all": [yes, yes]}, alice) and not holds({"all": [yes, no]}, alice)
    assert holds({"any": [no, yes]}, alice) and not holds({"any": [no, no]}, alice)
    assert holds({"none": [no, no]}, alice) and not holds({"none": [no, yes]}, alice)
    assert holds({"none": [{"none": [yes]}]}, alice)


def test_a_batch_is_one_query_however_many_leaves(alice: Contact, bob: Contact, frozen: Any) -> None:
    tree = {
        "all": [
            VIP,
            {"fact": "phone_valid"},
            {"fact": "consent", "subject": "sms"},
            {"any": [{"fact": "event", "name": "x", "at_least": 3, "within": "P2D"}, {"fact": "purchase"}]},
            {"none": [{"fact": "message", "any": True, "did": "clicked", "link": "https://*"}]},
            {"fact": "field", "field": "born", "op": "within_next", "value": "P1M"},
        ]
    }
    scope = Scope(rows=Contact.objects.all(), zone=Workspace.current().zone)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(decide(tree, scope)) == 2
    assert len(asked) == 1


def test_nobody_asked_about_is_no_query_needed(alice: Contact) -> None:
    assert decide(VIP, Scope(rows=Contact.objects.none())) == {}
    assert decide({}, Scope(rows=Contact.objects.filter(pk__in=[]))) == {}


def test_all_came_true_with_its_last_part_and_any_with_its_first(alice: Contact, frozen: Any) -> None:
    start = clock.now()
    Event.objects.create(contact=alice, name="a", occurred_at=start)
    frozen.advance("PT1H")
    later = clock.now()
    Event.objects.create(contact=alice, name="b", occurred_at=later)
    both = [{"fact": "event", "name": "a"}, {"fact": "event", "name": "b"}]
    assert explain({"all": both}, Subject(alice)).at == later
    assert explain({"any": both}, Subject(alice)).at == start
    # The phone was there all along: it delays nothing, and with it `any` has no moment.
    assert explain({"all": [*both, {"fact": "phone_valid"}]}, Subject(alice)).at == later
    assert explain({"any": [*both, {"fact": "phone_valid"}]}, Subject(alice)).at is None


# --- facts ----------------------------------------------------------------------------------------


def test_letters_have_no_meaning_and_no_case(alice: Contact) -> None:
    alice.fields = {"city": "ŁÓDŹ 100%_a*b", "empty": ""}
    alice.save()

    def city(op: str, value: Any = None) -> bool:
        return holds({"fact": "field", "field": "city", "op": op, "value": value}, alice)

    assert (
        city("is", "łódź 100%_A*B")
        and city("contains", "0%_A*")
        and city("starts_with", "łó")
        and city("ends_with", "B")
    )
    assert (
        not city("contains", "Ł%Ź")
        and not city("contains", "1_0")
        and not city("is", "łódź*")
        and not city("is_not", "łódź 100%_a*b")
    )
    assert holds({"fact": "field", "field": "empty", "op": "not_set"}, alice)
    assert not holds({"fact": "field", "field": "created_at", "op": "not_set"}, alice)
    assert holds({"fact": "field", "field": "missing", "op": "is_not", "value": "x"}, alice)
    assert not holds({"fact": "field", "field": "missing", "op": "contains", "value": "x"}, alice)


def test_types_are_not_mixed_up(alice: Contact) -> None:
    alice.fields = {"a": "1", "b": 1, "c": True, "d": None, "e": [1], "f": "hello"}
    alice.save()

    def field(key: str, op: str, value: Any = None) -> bool:
        return holds({"fact": "field", "field": key, "op": op, "value": value}, alice)

    assert field("a", "is", "1") and not field("a", "is", 1) and not field("a", "gte", 0)
    assert field("b", "is", 1) and field("b", "is", 1.0) and not field("b", "is", True) and not field("b", "is", "1")
    assert (
        field("c", "is", True) and not field("c", "is", 1) and not field("c", "is", "true") and not field("c", "gte", 0)
    )
    assert field("d", "not_set") and field("e", "set") and not field("e", "is", 1)
    assert not field("f", "before", "2030-01-01") and not field("f", "after", "2000-01-01")


def test_days_count_on_the_contacts_calendar(alice: Contact) -> None:
    # Ten in the evening in London is tomorrow in Kolkata.
    with clock.freeze("2026-11-22T22:00:00+00:00"):
        alice.fields, alice.time_zone = {"born": "2026-11-23"}, "Europe/London"
        alice.save()
        within = {"fact": "field", "field": "born", "op": "within_last", "value": "P7D"}
        assert not holds(within, alice)
        alice.time_zone = "Asia/Kolkata"
        alice.save()
        assert holds(within, alice)
        assert holds({"fact": "now", "weekdays": [1]}, alice)


def test_windows_include_both_ends(alice: Contact, frozen: Any) -> None:
    Event.objects.create(contact=alice, name="a", occurred_at=clock.now())
    recent = {"fact": "event", "name": "a", "within": "P2D"}
    frozen.advance("P2D")
    assert holds(recent, alice)
    frozen.set(clock.from_micros(clock.to_micros(clock.now()) + 1))
    assert not holds(recent, alice)
    frozen.set("2026-11-22T08:59:59+00:00")  # what is yet to happen does not count
    assert not holds({"fact": "event", "name": "a"}, alice)


def test_a_day_is_longer_when_clocks_are_moved_back(alice: Contact) -> None:
    Event.objects.create(contact=alice, name="a", occurred_at=clock.datetime.fromisoformat("2026-10-24T10:00:00+00:00"))
    day = {"fact": "event", "name": "a", "within": "P1D"}
    with clock.freeze("2026-10-25T11:00:00+00:00"):  # noon in Warsaw, 25 hours later
        assert holds(day, alice)
        assert not holds({**day, "within": "PT24H"}, alice)
        alice.time_zone = "Asia/Kolkata"
        alice.save()
        assert not holds(day, alice)


def test_tags_by_whom_and_lists(alice: Contact, bob: Contact, leads: List, user_of: Any, frozen: Any) -> None:
    tag = Tag.objects.create(name="VIP")
    ContactTag.objects.create(contact=alice, tag=tag, by_user=user_of("marketer"))
    ContactTag.objects.create(contact=bob, tag=tag, by_workflow=3)
    ListMember.objects.create(contact=bob, list=leads)
    assert holds(VIP, alice) and holds({"fact": "tag", "is": " Vip"}, alice)
    assert holds({**VIP, "by": "person"}, alice) and not holds({**VIP, "by": "workflow"}, alice)
    assert holds({**VIP, "by": "workflow"}, bob)
    assert holds({"fact": "list", "is": "leads"}, bob) and not holds({"fact": "list", "is": "leads"}, alice)
    frozen.advance("P3D")
    assert not holds({**VIP, "within": "P2D"}, alice)


def test_events_are_counted_with_their_properties(alice: Contact, frozen: Any) -> None:
    for value in (5, 50, "50", None):
        Event.objects.create(contact=alice, name="purchase", properties={"value": value})
    Event.objects.create(contact=alice, name="purchase", properties={})
    Event.objects.create(
        contact=alice, name="page_visited", properties={"url": "https://s.example/a_b?x", "seconds": 9}
    )
    assert holds({"fact": "purchase", "at_least": 5}, alice) and not holds({"fact": "purchase", "at_least": 6}, alice)
    assert holds({"fact": "purchase", "at_least": 2, "value_from": 5}, alice)
    assert not holds({"fact": "purchase", "at_least": 3, "value_from": 5}, alice)
    assert holds({"fact": "purchase", "value_to": 5}, alice) and not holds(
        {"fact": "purchase", "value_from": 51}, alice
    )
    assert holds({"fact": "visited", "url": "/a_b*"}, alice) and not holds({"fact": "visited", "url": "/a_b"}, alice)
    assert not holds({"fact": "visited", "url": "/aXb*"}, alice)
    assert holds({"fact": "visited", "url": "*", "seconds": 9}, alice)
    assert not holds({"fact": "visited", "url": "*", "seconds": 10}, alice)


def test_segments_are_put_in_their_place(alice: Contact, bob: Contact, frozen: Any) -> None:
    phone = Segment.objects.create(name="Phone", condition={"fact": "phone_valid"})
    Segment.objects.create(
        name="Alices",
        condition={
            "all": [{"fact": "segment", "is": phone.pk}, {"fact": "field", "field": "first_name", "value": "alice"}]
        },
    )
    inside = {"fact": "segment", "is": "Alices"}
    assert holds(inside, alice) and not holds(inside, bob)
    assert not holds({"fact": "segment", "is": "Deleted"}, alice)
    assert topics(inside) == {"field_changed"}


def test_segments_may_not_lead_back_to_themselves(alice: Contact) -> None:
    one = Segment.objects.create(name="One", condition={})
    Segment.objects.create(name="Two", condition={"fact": "segment", "is": "One"})
    one.condition = {"any": [{"fact": "segment", "is": "Two"}]}
    one.save()
    found = problems({"fact": "segment", "is": "One"})
    assert found and "leads back to itself" in found[0].message
    with pytest.raises(BadCondition):
        decide({"fact": "segment", "is": "One"}, Scope(rows=Contact.objects.all()))
    assert isinstance(topics({"fact": "segment", "is": "One"}), set)


# --- problems -------------------------------------------------------------------------------------


def test_problems_come_all_at_once_with_their_paths(db: None) -> None:
    tree = {
        "all": [
            {"fact": "tag"},
            {"fact": "nonsense"},
            {"any": []},
            {"fact": "message", "node": "n7", "did": "opened"},
            VIP,
        ]
    }
    found = {problem.path: problem.message for problem in problems(tree, GRAPH)}
    assert set(found) == {"all.0.is", "all.1.fact", "all.2.any", "all.3.node"}
    assert found["all.0.is"] == "“is” is missing." and "n7" in found["all.3.node"]


def test_a_run_is_needed_for_nodes_and_since(db: None) -> None:
    opened = {"fact": "message", "node": "n2", "did": "opened", "since": "n2"}
    assert problems(opened, GRAPH) == []
    assert {problem.path for problem in problems(opened)} == {"node", "since"}
    assert "sends no message" in problems({**opened, "node": "w1"}, GRAPH)[0].message


def test_groups_nest_twenty_deep_and_no_deeper(db: None) -> None:
    def nested(depth: int) -> Any:
        tree: Any = VIP
        for _ in range(depth):
            tree = {"all": [tree, {"fact": "phone_valid"}]}
        return tree

    assert problems(nested(20)) == []
    assert "20 deep" in problems(nested(21))[0].message
    assert problems(nested(300))
    assert "at most 100" in problems({"all": [VIP] * 101})[0].message


@pytest.mark.parametrize("seed", range(6))
def test_no_json_makes_it_fail(seed: int, db: None) -> None:
    rng = random.Random(seed)
    atoms = [
        None,
        True,
        -1,
        1.5,
        10**400,
        "",
        "x\x00",
        "\ud800",
        "P2D",
        "n2",
        "all",
        "0001-01-01",
        "9999-12-31",
        "-P9999Y",
        "before",
        2**63,
        [],
        {},
        "tag",
        "message",
        float("nan"),
    ]
    keys = [
        "fact",
        "all",
        "any",
        "none",
        "is",
        "node",
        "did",
        "within",
        "since",
        "value",
        "op",
        "field",
        "where",
        "url",
        "name",
        "is_",
        "content",
        "at_least",
        "",
    ]

    def anything(depth: int) -> Any:
        roll = rng.random()
        if depth > 4 or roll < 0.3:
            return rng.choice(atoms)
        if roll < 0.5:
            return [anything(depth + 1) for _ in range(rng.randrange(3))]
        tree = {rng.choice(keys): anything(depth + 1) for _ in range(rng.randrange(4))}
        if rng.random() < 0.6:
            tree["fact"] = rng.choice(
                ["tag", "field", "event", "message", "now", "visited", "segment", "score", "consent"]
            )
        return tree

    for _ in range(400):
        tree = anything(0)
        assert all(isinstance(problem.message, str) for problem in problems(tree, GRAPH))
        if not problems(tree, GRAPH):
            decide(tree, Scope(rows=Contact.objects.all()))
        assert isinstance(sentence(tree), str) and isinstance(topics(tree), set) and isinstance(leaves(tree), list)
        why_sentence(tree)
        why_sentence([["message", True, tree], ["tag", tree, {"since": tree}], ["now", True, {}]])


# --- words ----------------------------------------------------------------------------------------


class Called:
    def node(self, node: str) -> str:
        return {"n2": "Introduction"}.get(node, node)

    def content(self, content: int) -> str:
        return "Offer"

    def list(self, slug: str) -> str:
        return "Our leads"

    def segment(self, segment: int | str) -> str:
        return str(segment)


def test_a_condition_reads_as_a_sentence() -> None:
    opened = {"fact": "message", "node": "n2", "did": "opened", "since": "n2", "within": "P2D"}
    assert sentence(opened, Called()) == "Opened Introduction within 2 days of Introduction"
    assert (
        sentence({"all": [VIP, {"fact": "list", "is": "leads"}]}, Called())
        == "Has the tag vip and is on the list Our leads"
    )
    assert sentence({"any": [VIP, {"all": [{"fact": "phone_valid"}, {"fact": "consent", "subject": "sms"}]}]}) == (
        "Has the tag vip or (has a valid phone and has SMS consent)"
    )
    assert sentence({"none": [VIP]}) == "Not: has the tag vip"
    assert sentence({"fact": "purchase", "at_least": 2, "value_from": 10.0, "within": "P30D"}) == (
        "Bought (value is at least 10.0) at least 2 times within the last 30 days"
    )
    assert sentence({}) == "Everybody" and sentence({"fact": "nonsense"}) == "Not finished yet"


def test_the_why_says_what_was_seen(alice: Contact, charlie: Contact, frozen: Any) -> None:
    ConsentState.objects.create(contact=alice, subject="sms", state="in")
    ConsentProof.objects.create(contact=alice, subject="sms", state="in", source="form:sign-up")
    tree = {"all": [{"fact": "phone_valid"}, {"fact": "consent", "subject": "sms", "state": "in"}]}
    verdicts = decide(tree, Scope(rows=Contact.objects.all()))
    assert (
        why_sentence(verdicts[alice.pk].why) == "Valid phone: yes. SMS consent: in, given 22 Nov on the sign-up form."
    )
    assert why_sentence(verdicts[charlie.pk].why) == "Valid phone: no. SMS consent: unknown."
    # Only what decided is kept.
    either = decide({"any": [VIP, {"fact": "phone_valid"}]}, Scope(rows=Contact.objects.filter(pk=alice.pk)))
    assert why_sentence(either[alice.pk].why) == "Valid phone: yes."


# --- registering ----------------------------------------------------------------------------------


def fact_class(**parts: Any) -> type[Fact]:
    about = {
        "fact": "moon",
        "label": "Moon",
        "group": "time",
        "examples": ({"fact": "moon"},),
        "Settings": FactSettings,
    }
    return type("Moon", (Fact,), about | {"__doc__": "The moon is full.", "__module__": __name__} | parts)


@pytest.mark.parametrize(
    "parts",
    [
        {"fact": "tag", "examples": ({"fact": "tag", "is": "x"},)},
        {"fact": "Moon!"},
        {"group": "nowhere"},
        {"examples": ()},
        {"examples": ({"fact": "sun"},)},
        {"examples": ({"fact": "moon", "phase": 1},)},
        {"__doc__": None},
    ],
)
def test_start_up_refuses_what_cannot_work(parts: dict[str, Any]) -> None:
    with pytest.raises(BadFact):
        register(fact_class(**parts))
