"""All problems at once, each at its step and field, in words a marketer can act on."""

import time
from typing import Any

import pytest

from builder import names
from builder.graph import parse
from builder.names import ContentName
from builder.validation import problems
from contacts.models import List
from tests.builder.drawings import VIP, document, leave, node, simple, trigger

pytestmark = pytest.mark.django_db


def found(whole: Any) -> list[tuple[str, str, str, str]]:
    return [(one.node, one.field, one.severity, one.message) for one in problems(parse(whole))]


def said(whole: Any, name: str) -> list[str]:
    return [one.message for one in problems(parse(whole)) if one.node == name]


def test_a_sound_workflow_has_none() -> None:
    assert found(simple()) == []


def test_everything_wrong_is_said_at_once() -> None:
    whole = document(
        [trigger(), node("n2", "wait"), node("n3", "email", subject="x" * 51, content=1), node("n4", "teleport")],
        "n1 next n2", "n2 next n3", "n3 next n4",
        reentry="sometimes",
    )  # fmt: skip
    assert found(whole) == [
        ("", "settings.reentry", "error", "“Coming in again” should be 'once', 'after_exit', 'each_key' or 'restart'."),
        ("n2", "duration", "error", "“Duration” is missing."),
        ("n3", "subject", "error", "“Own subject” may have at most 50 characters."),
        (
            "n4",
            "kind",
            "error",
            "Steps of the kind “teleport” are not known here. Nothing in it is lost, but it cannot run.",
        ),
    ]


def test_without_a_trigger_nobody_comes_in() -> None:
    assert found(document([leave("n1")])) == [("", "nodes", "error", "Nobody can come in yet: add a Trigger.")]


def test_a_cycle_names_its_steps() -> None:
    whole = document(
        [trigger(), node("a", "wait", "Pause", duration="P1D"), node("b", "wait", "Rest", duration="P1D")],
        "n1 next a", "a next b", "b next a",
    )  # fmt: skip
    (message,) = [one for one in said(whole, "a") + said(whole, "b") if "circle" in one]
    assert "“Pause” → “Rest” → “Pause”" in message or "“Rest” → “Pause” → “Rest”" in message
    assert "Only “Go to” makes loops" in message


def test_go_to_makes_a_loop_without_a_problem() -> None:
    whole = document(
        [trigger(), node("n2", "wait", duration="P1D"), node("n3", "go_to", target="n2"), leave("n4")],
        "n1 next n2", "n2 next n3", "n3 done n4",
    )  # fmt: skip
    assert found(whole) == []


def test_what_only_go_to_leads_to_is_reached() -> None:
    whole = document(
        [trigger(), node("n2", "go_to", target="n3"), leave("n3"), leave("n4")], "n1 next n2", "n2 done n4"
    )
    assert found(whole) == []


def test_a_step_that_nobody_reaches_is_a_warning() -> None:
    whole = simple()
    whole["nodes"].append(leave("n9"))
    assert found(whole) == [
        ("n9", "", "warning", "Nobody gets here: no way leads from a trigger to this step."),
    ]


def test_a_port_that_does_not_exist_is_named_with_those_that_do() -> None:
    whole = document(
        [trigger(), node("n2", "condition", when=VIP), leave("n3")], "n1 next n2", "n2 maybe n3", "n2 yes n3"
    )
    assert said(whole, "n2") == [
        "A connection leaves by “maybe”, which this step does not have. Its ways out: “Yes”, “No”.",
        "“No” leads nowhere: whoever goes that way leaves the workflow.",
    ]


def test_nothing_leads_back_to_a_trigger() -> None:
    whole = document([trigger(), node("n2", "wait", duration="P1D"), trigger("n3")], "n1 next n2", "n2 next n3")
    assert "A trigger is where people come in. Nothing can lead back to it." in said(whole, "n3")


def test_only_what_has_one_way_on_can_be_switched_off() -> None:
    whole = document(
        [
            trigger(),
            {**node("n2", "condition", when=VIP), "enabled": False},
            {**node("n3", "wait", duration="P1D"), "enabled": False},
            leave("n4"),
        ],
        "n1 next n2", "n2 yes n3", "n2 no n4", "n3 next n4",
    )  # fmt: skip
    assert found(whole) == [
        ("n2", "enabled", "error", "This step cannot be switched off: there is no one way on for people to take."),
    ]


def test_a_condition_s_problem_stands_at_its_place_in_the_step() -> None:
    ways = [{"port": "b1", "name": "Vip", "when": {"all": [{"fact": "tag", "is": "vip"}, {"fact": "horoscope"}]}}]
    whole = document([trigger(), node("n2", "wait_until", branches=ways, timeout="P2D")], "n1 next n2")
    ((_, field, severity, message),) = [one for one in found(whole) if one[1].startswith("branches")]
    assert field == "branches.0.when.all.1.fact"
    assert severity == "error" and "horoscope" in message


def test_a_limit_lies_between_a_minute_and_a_year() -> None:
    ways = [{"port": "b1", "name": "Vip", "when": VIP}]
    for timeout in ("PT30S", "P2Y"):
        whole = document([trigger(), node("n2", "wait_until", branches=ways, timeout=timeout)], "n1 next n2")
        assert "The limit lies between 1 minute and 1 year." in said(whole, "n2")


@pytest.mark.parametrize(
    ("same_as", "message"),
    [
        ("n9", "The step “n9” does not exist any more. Choose another."),
        ("n2", "“Pause” sends nothing. Choose a step that sends a message."),
        ("n3", "A step cannot repeat itself. Choose an earlier one."),
        ("n4", "“Later” does not come before this step. Choose an earlier one."),
        ("n5", "“Text” is not of the same sort: it sends by SMS."),
    ],
)
def test_a_resend_repeats_an_earlier_message_of_its_own_sort(same_as: str, message: str) -> None:
    whole = document(
        [
            trigger(),
            node("n5", "sms", "Text", text="Hello"),
            node("n2", "wait", "Pause", duration="P1D"),
            node("n3", "email", same_as=same_as),
            node("n4", "email", "Later", content=1),
        ],
        "n1 next n5", "n5 next n2", "n2 next n3", "n3 next n4",
    )  # fmt: skip
    assert said(whole, "n3") == [message]


def branching(when: dict[str, Any]) -> dict[str, Any]:
    """n1 -> c -yes-> mail -> j, c -no-> j; j asks `when`."""
    return document(
        [
            trigger(),
            node("c", "condition", when=VIP),
            node("mail", "email", "Introduction", content=1),
            node("j", "condition", "Joined", when=when),
            node("late", "email", "Late", content=1),
            leave("x"),
        ],
        "n1 next c", "c yes mail", "c no j", "mail next j", "j yes late", "j no x", "late next x",
    )  # fmt: skip


def test_who_asks_since_a_step_that_some_came_around_is_warned() -> None:
    whole = branching({"all": [{"fact": "tag", "is": "vip", "since": "mail"}]})
    assert [one[2:] for one in found(whole) if one[0] == "j" and one[2] == "warning"] == [
        ("warning", "Some people get here without “Introduction”. For them this is never true."),
    ]


def test_who_asks_since_a_step_that_comes_later_is_warned() -> None:
    whole = branching({"all": [{"fact": "tag", "is": "vip", "since": "late"}]})
    assert "“Late” does not come before this step, so this is true for nobody." in said(whole, "j")


def test_who_asks_since_a_step_that_is_gone_is_refused() -> None:
    whole = branching({"all": [{"fact": "tag", "is": "vip", "since": "n77"}]})
    (one,) = [one for one in found(whole) if "n77" in one[3]]
    assert one[:3] == ("j", "when.all.0.since", "error")


def test_lists_and_contents_that_do_not_exist_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    List.objects.create(name="News", slug="news")
    monkeypatch.setattr(names, "_contents", lambda ids: {key: ContentName("Intro") for key in ids if key == 1})
    whole = document(
        [
            trigger(),
            node("n2", "list", add=["news", "olds"]),
            node("n3", "email", content=1),
            node("n4", "email", content=2),
        ],
        "n1 next n2", "n2 next n3", "n3 next n4",
    )  # fmt: skip
    assert found(whole) == [
        ("n2", "add.1", "error", "The list “olds” does not exist. Choose another, or add it."),
        ("n4", "content", "error", "This content does not exist any more. Choose another."),
    ]


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"reentry": "each_key"}, "key", "Say for each of what people come in again, such as event.order_id."),
        ({"reentry": "each_key", "key": "order"}, "key", "A key is a property of the event"),
        ({"cooldown": "P3D"}, "cooldown", "A cooldown only makes sense"),
        ({"cooldown": "soon", "reentry": "after_exit"}, "cooldown", "“soon” is not a duration"),
        ({"max_entries": 0}, "max_entries", "“At most, per contact” should be at least 1."),
        ({"holdout": 120}, "holdout", "should be at most 90"),
        ({"audience": {"all": [{"fact": "horoscope"}]}}, "audience.all.0.fact", "horoscope"),
        ({"exit_when": [1]}, "exit_when", "“Leaves as soon as” should be an object."),
        ({"goal": {"on": "jump", "event": "purchase"}}, "goal", "to which step people jump"),
        ({"goal": {}}, "goal", "either a condition or an event"),
        (
            {"goal": {"event": "purchase", "on": "jump", "node": "n9"}},
            "goal.node",
            "The step “n9” does not exist any more.",
        ),
        ({"quiet_hours": {"from": "21:00", "to": "21:00"}}, "quiet_hours", "begin and end at different times"),
        ({"quiet_hours": {"from": "25:00", "to": "08:00"}}, "quiet_hours.from", "A time of day is written as 22:00."),
        ({"starts_at": "2026-11-22"}, "starts_at", "needs a time zone"),
        ({"starts_at": "2026-11-22T09:00:00Z", "ends_at": "2026-11-21T09:00:00Z"}, "ends_at", "ends before it starts"),
        ({"test_only": ["a" * 400]}, "test_only.0", "at most 320 characters"),
        ({"notify": "maja"}, "notify", "should be a list"),
        ({"priority": "high"}, "priority", "should be a whole number"),
    ],
)
def test_settings_of_the_workflow_are_checked(given: dict[str, Any], field: str, message: str) -> None:
    ((name, place, severity, words),) = found({**simple(), "settings": given})
    assert (name, place, severity) == ("", f"settings.{field}", "error")
    assert message in words


def test_good_settings_of_the_workflow_pass() -> None:
    settings = {
        "objective": "Sell coffee", "objectives": ["Loyalty"], "tactic": "Nurturing", "reentry": "after_exit",
        "cooldown": "P30D", "max_entries": 3, "audience": VIP, "exit_when": VIP, "holdout": 5, "frequency_cap": False,
        "goal": {"event": "purchase", "window": "P14D", "on": "jump", "node": "n3"}, "priority": 3,
        "quiet_hours": {"from": "21:00", "to": "08:00", "zone": "workspace"}, "starts_at": "2026-11-22T09:00:00Z",
        "ends_at": "2027-11-22T09:00:00+01:00", "test_only": ["a@example.com"],
        "owner": 1, "notify": [1, "x@example.com"],
        "of_a_newer_release": True,
    }  # fmt: skip
    assert found({**simple(), "settings": settings}) == []


def thousand(shape: str) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = [trigger("m0")]
    edges: list[str] = []
    for number in range(1, 1000):
        earlier = f"m{max(0, number - 3)}"
        when = {"all": [{"fact": "tag", "is": "vip", "since": earlier}, {"any": [{"fact": "phone_valid"}]}]}
        nodes.append(node(f"m{number}", "condition", when=when))
        if shape == "chain":
            edges += [f"m{number - 1} {'next' if number == 1 else 'yes'} m{number}"]
            edges += [f"m{number} no m{number + 3}"] if number + 3 < 1000 else []
        else:  # everything behind the first stands on a ring
            edges += [f"m{number - 1} {'next' if number == 1 else 'yes'} m{number}"]
            edges += [f"m{number} no m{1 + number // 2}"]
    return document(nodes, *edges)


@pytest.mark.parametrize("shape", ["chain", "rings"])
def test_a_thousand_steps_take_less_than_a_second_and_four_queries(
    shape: str, django_assert_max_num_queries: Any
) -> None:
    whole = thousand(shape)
    problems(parse(simple()))  # what is computed once per process
    with django_assert_max_num_queries(4):
        began = time.process_time()
        problems(parse(whole))
        took = time.process_time() - began
    assert took <= 1, f"{took:.2f} s"


def test_a_thousand_conditions_on_own_fields_look_them_up_once(django_assert_max_num_queries: Any) -> None:
    from contacts.models import Field, Segment

    Field.objects.create(key="city", label="City", type="text")
    for name in ("Good", "Bad"):
        Segment.objects.create(name=name, condition={"fact": "phone_valid"})
    leaves: list[dict[str, Any]] = [
        {"fact": "field", "field": "city", "op": "is", "value": "Warsaw"},
        {"fact": "field", "field": "gone", "op": "is", "value": "Warsaw"},
        {"fact": "segment", "is": "Good"},
    ]
    whole = document(
        [trigger("m0"), *(node(f"m{n}", "condition", when={"all": leaves}) for n in range(1, 1000))],
        "m0 next m1", *(f"m{n} yes m{n + 1}" for n in range(1, 999)),
    )  # fmt: skip
    problems(parse(simple()))
    with django_assert_max_num_queries(6):
        began = time.process_time()
        found_here = [one for one in problems(parse(whole)) if one.severity == "error"]
        took = time.process_time() - began
    assert len(found_here) == 999 and {one.message for one in found_here} == {"There is no contact field “gone”."}
    assert took <= 1, f"{took:.2f} s"


def test_a_condition_of_absurd_depth_is_a_problem_not_a_crash() -> None:
    deep: dict[str, Any] = {"fact": "tag", "is": "vip"}
    for _ in range(90):
        deep = {"all": [deep]}
    whole = document([trigger(), node("n2", "condition", when=deep)], "n1 next n2")
    assert any("20 deep" in message for message in said(whole, "n2"))


def test_a_character_that_no_database_keeps_is_named_where_it_stands() -> None:
    drawing = simple()
    drawing["nodes"][0]["settings"] = {
        **drawing["nodes"][0]["settings"],
        "a": {"b": ["x", "y\0"]},
        "c": "\\u0000 typed",
    }
    ((name, place, severity, words),) = found({**drawing, "settings": {"objective": "\0"}})[1:]
    assert (name, place, severity) == (drawing["nodes"][0]["id"], "a.b.1", "error")
    assert words == "This text holds a character that cannot be kept."
    assert found({**simple(), "settings": {"objective": "\0"}})[0][1] == "settings.objective"
