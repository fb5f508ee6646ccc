"""What a demanding marketer tries on the canvas, by the numbers of the canvas's own list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.asking import Api
from tests.browser.conftest import Opens
from tests.browser.drawing import Drawing, middle, overlapping
from tests.browser.samples import choice, document, node

pytestmark = pytest.mark.browser

Draws = Callable[..., Drawing]


@pytest.fixture
def draws(opened: Opens, api: Callable[[str], Api]) -> Iterator[Draws]:
    """`draws("Name", document)`: a new workflow on the screen of its marketer."""

    def draw(name: str, drawn: dict[str, Any] | None = None) -> Drawing:
        workflow = api("marketer").new_workflow(name, drawn)
        drawing = Drawing(opened(f"/workflows/{workflow}/"), api("marketer"))
        expect(drawing.steps).to_have_count(len((drawn or {"nodes": []})["nodes"]))
        return drawing

    yield draw


def test_1_step_dropped_on_empty_canvas_opens_and_one_undo_takes_it_away(draws: Draws) -> None:
    drawing = draws("One")
    drawing.drag_kind("E-mail", (700, 420))

    expect(drawing.steps).to_have_count(1)
    box = drawing.box(drawing.steps.first)
    assert box["x"] < 700 < box["x"] + box["width"] and box["y"] < 420 < box["y"] + box["height"]
    expect(drawing.inspector).to_contain_text("E-mail")
    assert [one["kind"] for one in drawing.stored()["nodes"]] == ["email"]

    drawing.undo()
    expect(drawing.steps).to_have_count(0)
    assert drawing.stored()["nodes"] == []


def test_2_drop_on_an_edge_splices_and_the_port_stays_upstream(draws: Draws) -> None:
    drawing = draws("Two", choice())
    old = drawing.edge("n3", "no")
    at = drawing.edge_point("n3", "no")

    drawing.drag_kind("SMS", at, over=lambda: expect(drawing.page.locator(".is-drop")).to_have_count(1))

    expect(drawing.steps).to_have_count(6)
    fresh = next(name for name, one in drawing.nodes().items() if one["kind"] == "sms")
    ways = drawing.targets()
    assert ways[("n3", "no")] == fresh
    assert ways[(fresh, "next")] == "n5"
    assert drawing.edge("n3", "no") == old, "the upstream half is the edge that was there"


def test_3_plus_on_the_no_edge_inserts_and_moves_only_what_lies_below(draws: Draws) -> None:
    drawing = draws("Three", choice())
    before = drawing.nodes()

    drawing.hover_edge("n3", "no").click()
    expect(drawing.picker).to_be_visible()
    drawing.page.keyboard.type("sms")
    drawing.page.keyboard.press("Enter")

    expect(drawing.steps).to_have_count(6)
    after = drawing.nodes()
    fresh = next(name for name in after if name not in before)
    assert (after[fresh]["kind"], drawing.targets()[("n3", "no")], drawing.targets()[(fresh, "next")]) == (
        "sms",
        fresh,
        "n5",
    )
    moved = {name for name in before if before[name]["position"] != after[name]["position"]}
    assert moved == {"n5"}
    boxes = {name: drawing.box(drawing.step(name)) for name in after}
    assert overlapping(boxes) == []


def test_4_connections_are_drawn_or_refused_with_a_reason(draws: Draws) -> None:
    drawn = choice()
    drawn["edges"] = [edge for edge in drawn["edges"] if edge["port"] != "yes"]
    drawing = draws("Four", drawn)

    drawing.connect("n3", "yes", "n2")
    expect(drawing.toast(re.compile("circle|loop|back to", re.I))).to_be_visible()
    drawing.connect("n3", "yes", "n4")
    expect(drawing.page.locator(".react-flow__edge")).to_have_count(4)
    expect(drawing.port("n3", "yes")).to_contain_text("Yes")
    assert drawing.targets()[("n3", "yes")] == "n4"

    drawing.connect("n3", "yes", "n5")
    expect(drawing.toast(re.compile("leads somewhere already"))).to_be_visible()
    drawing.connect("n2", "next", "n2")
    expect(drawing.toast(re.compile("itself"))).to_be_visible()
    assert len(drawing.stored()["edges"]) == 4


def test_5_a_connection_to_nowhere_offers_steps_and_escape_leaves_nothing(draws: Draws) -> None:
    drawing = draws("Five", document([node("n1", "trigger", 264, 0, on="manual")], ""))
    before = drawing.bytes()
    box = drawing.box(drawing.step("n1"))
    nowhere = (box["x"] + 100, box["y"] + 260)

    drawing.drag_port("n1", "next", nowhere)
    expect(drawing.picker).to_be_visible()
    drawing.page.keyboard.press("Escape")
    expect(drawing.picker).to_have_count(0)
    expect(drawing.steps).to_have_count(1)
    assert drawing.bytes() == before

    drawing.drag_port("n1", "next", nowhere)
    drawing.picker.get_by_role("combobox").fill("e-mail")
    drawing.picker.get_by_role("option", name="E-mail").click()
    expect(drawing.steps).to_have_count(2)
    fresh = drawing.targets()[("n1", "next")]
    assert drawing.nodes()[fresh]["kind"] == "email"
    placed = drawing.box(drawing.step(fresh))
    assert abs(placed["x"] + placed["width"] / 2 - nowhere[0]) < 20 and abs(placed["y"] - nowhere[1]) < 20


def test_6_deleting_heals_the_path_and_one_undo_restores_everything(draws: Draws) -> None:
    drawing = draws("Six", choice())
    before = drawing.bytes()

    drawing.open("n2")
    drawing.page.keyboard.press("Delete")
    expect(drawing.steps).to_have_count(4)
    assert drawing.targets()[("n1", "next")] == "n3"
    drawing.undo()
    expect(drawing.steps).to_have_count(5)
    assert drawing.bytes() == before

    drawing.open("n3")
    drawing.page.keyboard.press("Delete")
    ask = drawing.page.get_by_role("dialog")
    expect(ask).to_contain_text("leads two or more ways")
    ask.get_by_text("No", exact=True).click()
    ask.get_by_role("button", name="Delete the step").click()
    expect(drawing.steps).to_have_count(4)
    assert drawing.targets() == {("n1", "next"): "n2", ("n2", "next"): "n5"}
    drawing.undo()
    expect(drawing.steps).to_have_count(5)
    assert drawing.bytes() == before


def test_7_twenty_edits_undone_and_done_again_are_the_same_bytes(draws: Draws) -> None:
    drawing = draws("Seven", choice())
    page = drawing.page
    before = drawing.bytes()

    def insert(source: str, port: str, word: str) -> None:
        drawing.hover_edge(source, port).click()
        expect(drawing.picker).to_be_visible()
        page.keyboard.type(word)
        page.keyboard.press("Enter")
        expect(drawing.picker).to_have_count(0)

    def settle() -> None:
        page.mouse.click(640, 830)  # empty canvas: the next edit is one of its own

    def nudge(key: str) -> None:
        drawing.open("n4")
        drawing.step("n4").focus()
        page.keyboard.press(f"Alt+{key}")
        settle()

    def named(number: str, label: str) -> None:
        drawing.open(number)
        drawing.rename(label)
        settle()

    def dragged(number: str, by: tuple[int, int]) -> None:
        box = drawing.box(drawing.step(number))
        start = (box["x"] + 100, box["y"] + 20)
        drawing.drag(start, (start[0] + by[0], start[1] + by[1]))
        settle()

    insert("n3", "no", "tag")  # 1
    insert("n3", "yes", "wait")  # 2
    named("n5", "Never reached")  # 3
    dragged("n1", (160, 0))  # 4
    dragged("n5", (0, 40))  # 5
    named("n1", "By hand")  # 6
    nudge("ArrowLeft")  # 7
    page.get_by_role("button", name="Tidy up").click()  # 8
    drawing.drag_kind("Exit", (1000, 160))  # 9
    settle()
    drawing.drag_kind("Event", (1000, 300))  # 10
    settle()
    page.get_by_role("button", name="Add a note").click()  # 11
    settle()
    drawing.open("n2")
    page.get_by_role("toolbar", name="Step actions").get_by_role("button", name="Switch off").click()  # 12
    page.get_by_role("toolbar", name="Step actions").get_by_role("button", name="Duplicate").click()  # 13
    settle()
    drawing.open("n2")
    page.keyboard.press("Delete")  # 14
    settle()
    named("n4", "Reached at last")  # 15
    drawing.open("n4")
    drawing.inspector.get_by_role("tab", name="Notes").click()
    drawing.inspector.get_by_role("textbox").last.fill("Ask Ola")  # 16
    settle()
    drawing.open("n4")
    page.keyboard.press("Control+d")  # 17
    settle()
    page.get_by_role("button", name="Tidy up").click()  # 18
    named("n3", "Phone?")  # 19
    dragged("n4", (-60, 30))  # 20
    after = drawing.bytes()
    assert after != before

    for _ in range(20):
        drawing.undo()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    assert drawing.bytes() == before
    for _ in range(20):
        drawing.redo()
    expect(page.get_by_role("button", name="Redo")).to_be_disabled()
    assert drawing.bytes() == after


def test_7_undo_in_a_text_field_undoes_text_only(draws: Draws) -> None:
    drawing = draws("Seven and a half", choice())
    drawing.open("n5")
    name = drawing.inspector.get_by_label("Name of this step")
    name.click()
    name.press("End")
    drawing.page.keyboard.type(" at all")
    drawing.page.keyboard.press("Control+z")
    expect(drawing.steps).to_have_count(5)
    expect(name).not_to_have_value("Not reached at all")


def test_10_tidy_up_leaves_no_overlap_and_changes_nothing_twice(draws: Draws) -> None:
    drawn = _many(60)
    drawing = draws("Ten", drawn)
    before = drawing.bytes()
    tidy = drawing.page.get_by_role("button", name="Tidy up")

    tidy.click()
    once = drawing.bytes()
    assert once != before
    nodes = drawing.nodes()
    places = {name: one["position"] for name, one in nodes.items()}
    boxes = {name: {**at, "width": 240, "height": 88} for name, at in places.items()}
    assert overlapping(boxes) == []  # type: ignore[arg-type]
    ways = drawing.targets()
    for (source, port), target in ways.items():
        if port == "yes":
            assert places[target]["x"] <= places[ways[(source, "no")]]["x"], f"{source}: Yes stands right of No"

    tidy.click()
    assert drawing.bytes() == once
    drawing.undo()
    assert drawing.bytes() == before


def test_14_problems_are_badges_and_a_list_and_the_same_list_refuses_to_publish(draws: Draws) -> None:
    drawing = draws(
        "Fourteen",
        document(
            [
                node("n1", "trigger", 264, 0, on="manual"),
                node("n2", "email", 264, 104, content=None, purpose="marketing"),
                node("n3", "condition", 264, 208, when={"all": [{"fact": "phone_valid"}]}),
                node("n5", "exit", 400, 336, outcome="no_response", tags=[]),
            ],
            "n1>n2 n2>n3 n3.no>n5",
        ),
    )
    page = drawing.page
    expect(drawing.step("n2").locator(".pill-problem, .pill-warning")).to_be_visible()
    expect(drawing.step("n3").locator(".pill-problem, .pill-warning")).to_be_visible()

    page.locator("[data-problems]").click()
    listed = page.get_by_role("dialog", name="Problems").locator(".problem-row.is-error")
    expect(listed.first).to_be_visible()
    messages = listed.locator("span > span").all_inner_texts()
    listed.first.click()
    expect(drawing.inspector).to_be_visible()
    expect(drawing.inspector.locator(":focus")).to_have_count(1)

    page.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog", name="Not ready to be published")
    expect(dialog.locator(".pub-problems li")).to_have_count(len(messages))
    assert dialog.locator(".pub-problems li span > span").all_inner_texts() == messages
    page.keyboard.press("Escape")

    before = drawing.bytes()
    page.reload()
    expect(drawing.steps).to_have_count(4)
    assert drawing.bytes() == before
    expect(page.locator("[data-problems]")).to_be_visible()


def test_middle_of_a_step_is_where_it_is_dragged(draws: Draws) -> None:
    """A drag is one step of undo, and the drawing stays where the hand left it."""
    drawing = draws("Dragged", choice())
    start = middle(drawing.box(drawing.step("n5")))
    drawing.drag((start[0], start[1] - 10), (start[0] + 120, start[1] + 70))
    there = middle(drawing.box(drawing.step("n5")))
    assert abs(there[0] - start[0] - 120) < 10 and abs(there[1] - start[1] - 80) < 10
    drawing.undo()
    assert middle(drawing.box(drawing.step("n5"))) == pytest.approx(start, abs=1)


def _many(count: int) -> dict[str, Any]:
    """A tree of conditions over exits, all in one heap."""
    nodes = [node("n1", "trigger", 0, 0, on="manual")]
    ways = ["n1>n2"]
    inner = (count - 2) // 2
    for number in range(2, count):
        kind = "condition" if number < inner + 2 else "exit"
        settings = (
            {"when": {"all": [{"fact": "phone_valid"}]}} if kind == "condition" else {"outcome": "end", "tags": []}
        )
        nodes.append(node(f"n{number}", kind, number % 5 * 40, number * 16, **settings))
        if kind == "condition":
            for port, child in (("yes", 2 * number - 1), ("no", 2 * number)):
                if child < count:
                    ways.append(f"n{number}.{port}>n{child}")
    # The last condition may be short of a child: both its ways end somewhere.
    ends = {way.split(">")[0] for way in ways}
    for number in range(2, inner + 2):
        for port in ("yes", "no"):
            if f"n{number}.{port}" not in ends:
                ways.append(f"n{number}.{port}>n{count}")
    nodes.append(node(f"n{count}", "exit", 300, 0, outcome="end", tags=[]))
    return document(nodes, " ".join(ways))
