"""The canvas as a marketer uses it: with the mouse and the keyboard, looking at what is drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.asking import Api

Point = tuple[float, float]


class Drawing:
    """One open editor. Steps are named by their ids, kinds by the name that the palette shows."""

    def __init__(self, page: Page, api: Api) -> None:
        self.page = page
        self.api = api
        self.id = int(re.search(r"/workflows/(\d+)/", page.url).group(1))  # type: ignore[union-attr]
        expect(page.locator(".save-badge, .live-legend, .outline").first).to_be_visible()
        expect(page.locator("[data-canvas] .react-flow__viewport, .outline").first).to_be_attached()

    # What is there

    def step(self, node: str) -> Locator:
        return self.page.locator(f'.canvas [data-step="{node}"]')

    def port(self, node: str, port: str = "next") -> Locator:
        return self.step(node).locator(f'[data-port="{port}"]')

    @property
    def steps(self) -> Locator:
        return self.page.locator(".canvas [data-step]")

    @property
    def inspector(self) -> Locator:
        return self.page.locator("aside.inspector")

    @property
    def picker(self) -> Locator:
        return self.page.get_by_role("dialog", name="Choose a step")

    def toast(self, words: str | re.Pattern[str]) -> Locator:
        return self.page.locator(".toasts").get_by_text(words)

    def edge(self, source: str, port: str = "next") -> str:
        """Id of the edge that leaves there."""
        return next(edge["id"] for edge in self.stored()["edges"] if (edge["source"], edge["port"]) == (source, port))

    def targets(self) -> dict[tuple[str, str], str]:
        """(node, port) -> node, as stored."""
        return {(edge["source"], edge["port"]): edge["target"] for edge in self.stored()["edges"]}

    def nodes(self) -> dict[str, dict[str, Any]]:
        return {node["id"]: node for node in self.stored()["nodes"]}

    def stored(self) -> dict[str, Any]:
        return json.loads(self.bytes())

    def bytes(self) -> bytes:
        """The draft on the server, once nothing waits to be saved."""
        self.saved()
        return self.api.draft(self.id)

    def saved(self) -> None:
        expect(self.page.locator(".save-badge")).to_contain_text(re.compile(r"^\s*Saved"))

    def box(self, what: Locator) -> FloatRect:
        found = what.bounding_box()
        assert found, f"{what} is not on the screen"
        return found

    # What hands do

    def drag(self, start: Point, end: Point, *, over: Callable[[], None] | None = None) -> None:
        """Press, go there in a few moves as a hand does, look, let go."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(start[0] + 8, start[1] + 8)
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
        mouse.move(*end, steps=4)
        if over:
            over()
        mouse.up()

    def drag_kind(self, label: str, to: Point, *, over: Callable[[], None] | None = None) -> None:
        item = self.page.locator(".step-palette").get_by_role("button", name=label, exact=True)
        item.scroll_into_view_if_needed()
        self.drag(middle(self.box(item)), to, over=over)

    def drag_port(self, node: str, port: str, to: Point, *, over: Callable[[], None] | None = None) -> None:
        self.drag(middle(self.box(self.port(node, port))), to, over=over)

    def connect(self, node: str, port: str, target: str) -> None:
        box = self.box(self.step(target))
        self.drag_port(node, port, (box["x"] + box["width"] / 2, box["y"] + 14))

    def open(self, node: str) -> None:
        box = self.box(self.step(node))
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 30 * box["width"] / 240)
        expect(self.inspector).to_be_visible()

    def close_settings(self) -> None:
        self.inspector.get_by_role("button", name="Close settings").click()

    def fit(self) -> None:
        self.page.get_by_role("button", name="Fit to screen").click()

    def undo(self) -> None:
        self.page.get_by_role("button", name="Undo").click()

    def redo(self) -> None:
        self.page.get_by_role("button", name="Redo").click()

    def hover_edge(self, source: str, port: str = "next") -> Locator:
        """The mouse on the middle of an edge: answers its +."""
        edge = self.edge(source, port)
        path = self.page.locator(f'.react-flow__edge[data-id="{edge}"] .react-flow__edge-interaction')
        at = path.evaluate(
            """path => { const p = path.getPointAtLength(path.getTotalLength() / 2), m = path.getScreenCTM();
                         return [p.x * m.a + m.e, p.y * m.d + m.f]; }"""
        )
        self.page.mouse.move(at[0] + 1, at[1] + 1)
        plus = self.page.locator(f'.edge-plus[data-edge="{edge}"]')
        expect(plus).to_be_visible()
        return plus

    def edge_point(self, source: str, port: str = "next") -> Point:
        edge = self.edge(source, port)
        path = self.page.locator(f'.react-flow__edge[data-id="{edge}"] .react-flow__edge-interaction')
        at = path.evaluate(
            """path => { const p = path.getPointAtLength(path.getTotalLength() / 2), m = path.getScreenCTM();
                         return [p.x * m.a + m.e, p.y * m.d + m.f]; }"""
        )
        return (at[0], at[1])

    # What a step is told

    def choose(self, field: str, option: str) -> None:
        """One out of a list that opens from a button."""
        self.inspector.locator(f'[data-field="{field}"] [aria-haspopup="listbox"]').first.click()
        self.page.get_by_role("option", name=option).first.click()

    def add_condition(self, fact: str, within: str = "") -> None:
        place = self.inspector.locator(f'[data-field="{within}"]').first if within else self.inspector
        place.get_by_role("button", name="Add a condition").first.click()
        self.page.get_by_role("combobox", name="What to ask").fill(fact)
        self.page.get_by_role("option", name=fact, exact=True).click()

    def rename(self, label: str) -> None:
        name = self.inspector.get_by_label("Name of this step")
        name.fill(label)
        name.press("Enter")


def middle(box: FloatRect) -> Point:
    return (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def overlapping(boxes: dict[str, FloatRect]) -> list[tuple[str, str]]:
    """Pairs of boxes that cover each other."""
    names = sorted(boxes)
    return [
        (a, b)
        for at, a in enumerate(names)
        for b in names[at + 1 :]
        if boxes[a]["x"] < boxes[b]["x"] + boxes[b]["width"] - 1
        and boxes[b]["x"] < boxes[a]["x"] + boxes[a]["width"] - 1
        and boxes[a]["y"] < boxes[b]["y"] + boxes[b]["height"] - 1
        and boxes[b]["y"] < boxes[a]["y"] + boxes[a]["height"] - 1
    ]
