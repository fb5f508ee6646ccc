"""A document read as values, however wrong it is."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.graph import parse
from tests.builder.drawings import document, leave, node, simple, trigger

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
PART = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["n1", "n2", "", 7, None]),
        "kind": st.sampled_from(["trigger", "wait", "exit", "teleport", 3, None]),
        **dict.fromkeys(
            ("label", "note", "position", "enabled", "settings", "on_error", "settings_version", "when"), JUNK
        ),
        **{key: st.sampled_from(["n1", "n2", "n9", "next", None, 4]) for key in ("source", "port", "target")},
    },
)


def messages(found: Any) -> list[str]:
    return [problem.message for problem in found.problems]


def test_a_sound_drawing_has_its_ways_and_no_problems() -> None:
    graph = parse(simple())
    assert not graph.problems
    assert graph.out("n1", "next") == "n2"
    assert graph.out("n3", "next") is None
    assert graph.incoming("n3") == [("n2", "next")]
    assert graph.order == ["n1", "n2", "n3"]
    assert graph.downstream("n2") == {"n2", "n3"}
    assert graph.upstream("n2") == {"n1", "n2"}


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        JUNK,
        st.fixed_dictionaries(
            {},
            optional={
                "format": JUNK,
                "nodes": st.lists(PART | JUNK, max_size=6) | JUNK,
                "edges": st.lists(PART | JUNK, max_size=6) | JUNK,
                "notes": JUNK,
                "settings": JUNK,
            },
        ),
    )
)
def test_no_json_makes_it_fail(whole: Any) -> None:
    graph = parse(whole)
    assert graph.count_paths() >= 0
    for name in graph.nodes:
        graph.is_always_before(name, name)


def test_wrong_types_become_problems_and_the_rest_is_read() -> None:
    whole = simple()
    whole["nodes"][1] |= {"label": 7, "enabled": "yes", "position": [1], "settings": "P3D"}
    graph = parse(whole)
    assert {problem.field for problem in graph.problems} == {"label", "enabled", "position", "settings"}
    assert all(problem.node == "n2" for problem in graph.problems)
    assert graph.out("n2", "next") == "n3"


def test_the_second_node_of_one_id_and_the_second_edge_of_one_port_are_named() -> None:
    whole = document([trigger(), leave("n2"), leave("n2"), leave("n3")], "n1 next n2", "n1 next n3")
    graph = parse(whole)
    assert graph.out("n1", "next") == "n2"
    assert "Several steps have the id “n2”. Copy the step anew to give it its own." in messages(graph)
    assert "Two connections leave by “next”. Each way out leads to one step only." in messages(graph)


def test_an_edge_into_nowhere_is_named_at_the_step_it_leaves() -> None:
    (problem,) = parse(document([trigger()], "n1 next n9")).problems
    assert (problem.node, problem.field) == ("n1", "edges.e1")
    assert "“n9”, which does not exist" in problem.message


def test_limits_are_said_in_numbers() -> None:
    graph = parse(document([leave(f"n{number}") for number in range(1_001)]))
    assert messages(graph) == ["A workflow may have at most 1,000 nodes; this one has 1,001."]
    assert len(graph.nodes) == 1_000


def test_every_cycle_is_found_once_in_walking_order() -> None:
    ring = [node(name, "wait", duration="P1D") for name in "abcdef"]
    graph = parse(
        document(
            [trigger(), *ring], "n1 next a", "a next b", "b next c", "c next a", "d next e", "e next d", "f next f"
        )
    )
    found = [set(cycle) for cycle in graph.cycles]
    assert sorted(map(sorted, found)) == [["a", "b", "c"], ["d", "e"], ["f"]]
    for cycle in graph.cycles:
        for here, there in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert graph.out(here, "next") == there


def test_paths_are_counted_without_walking_them() -> None:
    nodes, edges = [trigger()], ["n1 next c0"]
    for number in range(300):  # a diamond behind a diamond: 2^300 ways
        nodes.append(node(f"c{number}", "condition"))
        edges += [f"c{number} yes c{number + 1}", f"c{number} no c{number + 1}"]
    graph = parse(document([*nodes, leave("c300")], *edges))
    assert graph.count_paths() == 2**300


def test_what_lies_before_a_step_on_some_way_and_on_every_way() -> None:
    graph = parse(
        document(
            [trigger(), node("c", "condition"), node("m", "email"), node("j", "wait"), leave("x")],
            "n1 next c", "c yes m", "c no j", "m next j", "j next x",
        )
    )  # fmt: skip
    assert graph.is_before("m", "x") and not graph.is_always_before("m", "x")
    assert graph.is_always_before("j", "x") and graph.is_always_before("c", "m")
    assert not graph.is_before("x", "m")


def test_settings_of_an_older_release_are_upgraded_on_reading() -> None:
    old = {**node("n2", "exit", result="no_response"), "settings_version": 1}
    graph = parse(document([trigger(), old], "n1 next n2"))
    assert graph.nodes["n2"].settings["outcome"] == "no_response"
    assert old["settings"] == {"result": "no_response"}


@pytest.mark.parametrize(("number", "word"), [(2, "newer Trellis"), (0, "whole number"), ("1", "whole number")])
def test_a_format_that_cannot_be_read_is_said(number: Any, word: str) -> None:
    (problem,) = parse({**simple(), "format": number}).problems
    assert word in problem.message
