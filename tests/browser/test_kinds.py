"""Waits, ways out and experiments as a marketer sets them on the canvas and reads them in the live view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.asking import Api
from tests.browser.conftest import Opens
from tests.browser.drawing import Drawing
from tests.browser.samples import document, node

pytestmark = pytest.mark.browser


def drawing() -> dict[str, Any]:
    arms = [{"port": "a", "name": "Short", "weight": 50}, {"port": "b", "name": "Long", "weight": 50}]
    booked = {"port": "b1", "name": "Booked", "when": {"all": [{"fact": "event", "name": "booked"}]}}
    return document(
        [
            node("n1", "trigger", 264, 0, on="manual"),
            node("n2", "experiment", 264, 104, arms=arms, metric="event", event="booked", window="P1D", least=2),
            node("n3", "wait_until", 128, 240, branches=[booked], timeout="P2D"),
            node("n4", "wait", 420, 240, mode="date", date="2030-01-01"),
            node("n5", "exit", 264, 400, outcome="completed", tags=[]),
        ],
        "n1>n2 n2.a>n3 n2.b>n4 n3.b1>n5 n4>n5",
    )


def test_a_wait_gets_a_way_out_for_who_is_too_late_and_a_branch_its_look_back(
    opened: Opens, api: Callable[[str], Api]
) -> None:
    workflow = api("marketer").new_workflow("Late", drawing())
    draws = Drawing(opened(f"/workflows/{workflow}/"), api("marketer"))
    expect(draws.steps).to_have_count(5)

    expect(draws.port("n4", "past")).to_have_count(0)
    draws.open("n4")
    draws.inspector.get_by_label("If that is past, or there is no date").select_option(
        label="They leave by a way of their own"
    )
    expect(draws.port("n4", "past")).to_have_count(1)
    assert draws.nodes()["n4"]["settings"]["past"] == "port"

    draws.close_settings()
    draws.open("n3")
    expect(draws.inspector.get_by_text("in the time below")).to_be_visible()
    draws.inspector.get_by_label("What counts").select_option(label="since they came in")
    assert draws.nodes()["n3"]["settings"]["branches"][0]["look_back"] == "run"


def test_the_live_view_tells_how_an_experiment_stands(opened: Opens, api: Callable[[str], Api]) -> None:
    marketer = api("marketer")
    workflow = marketer.new_workflow("Which one", drawing())
    marketer.publish(workflow)
    people = [one["id"] for one in marketer.get("/api/contacts/", page_size=20)["results"]]
    marketer.post(f"/api/workflows/{workflow}/enrol/", {"contacts": people})
    page = opened(f"/workflows/{workflow}/?view=live")
    step = page.locator('.canvas [data-step="n2"]')
    expect(step).to_be_visible()
    step.click(position={"x": 60, "y": 20})
    table = page.get_by_label("How the experiment stands")
    expect(table.get_by_role("row")).to_have_count(3)
    expect(table).to_contain_text("Open until each way has 2 people whose time is over.")
