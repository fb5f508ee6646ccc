"""Steps that lead elsewhere: the dashed link of Go to, other workflows by name, the goal in settings and numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.asking import Api
from tests.browser.conftest import PHONE, Opens
from tests.browser.look import keep
from tests.browser.samples import document, node

pytestmark = pytest.mark.browser


def drawn(other: int) -> dict[str, Any]:
    bought = {"all": [{"fact": "purchase", "since": "run"}]}
    whole = document(
        [
            node("n1", "trigger", 264, 0, on="manual"),
            node("n2", "wait", 264, 104, mode="duration", duration="P1D"),
            node("n3", "condition", 264, 208, when=bought),
            node("n4", "go_to", 400, 336, target="n2", max_loops=3),
            node("n5", "goal", 128, 336, "Bought something", when=bought, pull=True),
            node("n6", "enter_workflow", 128, 440, workflow=other, mode="call", timeout="P30D"),
            node("n7", "leave_workflow", 128, 552, workflow=other),
        ],
        "n1>n2 n2>n3 n3.yes>n5 n3.no>n4 n5>n6 n6>n7",
    )
    whole["settings"] |= {
        "goal": {"event": "purchase", "on": "jump", "node": "n5"},
        "exit_when": {"fact": "tag", "is": "lost"},
    }
    return whole


@pytest.fixture
def workflow(api: Callable[[str], Api]) -> int:
    asking = api("marketer")
    other = asking.new_workflow(
        "Win back",
        document(
            [node("w1", "trigger", 0, 0, on="from_workflow"), node("w2", "wait", 0, 104, duration="P9D")], "w1>w2"
        ),
    )
    asking.publish(other)
    return asking.new_workflow("Round and round", drawn(other))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_go_to_is_a_dashed_link_and_other_workflows_have_names(opened: Opens, workflow: int, theme: str) -> None:
    page = opened(f"/workflows/{workflow}/", color_scheme=theme)
    expect(page.locator(".edge-jump")).to_have_count(1)
    dashes = page.locator(".edge-jump-line").evaluate("line => getComputedStyle(line).strokeDasharray")
    assert dashes != "none"
    expect(page.locator('[data-step="n4"]')).to_contain_text("Back to Wait, 3 times at most")
    expect(page.locator('[data-step="n6"]')).to_contain_text("Goes through Win back, up to 30 days")
    page.screenshot(path=keep(f"flow-{theme}"))
    page.locator('[data-step="n6"]').click()
    expect(page.get_by_role("complementary", name="Settings")).to_contain_text("Win back")
    page.screenshot(path=keep(f"flow-enter-{theme}"))
    page.locator('[data-step="n4"]').click()
    page.screenshot(path=keep(f"flow-go-to-{theme}"))


def test_the_goal_stands_in_the_settings_and_its_numbers_in_the_live_view(
    opened: Opens, api: Callable[[str], Api], workflow: int
) -> None:
    asking = api("marketer")
    page = opened(f"/workflows/{workflow}/")
    page.get_by_role("button", name="Workflow menu").click()
    page.get_by_role("menuitem", name="Workflow settings").click()
    settings = page.get_by_role("complementary", name="Settings")
    expect(settings).to_contain_text("Leaves as soon as")
    expect(settings).to_contain_text("They go to a step")
    page.screenshot(path=keep("flow-settings"))
    asking.publish(workflow)
    contact = api("admin").post("/api/contacts/", {"email": "round@example.com", "first_name": "Ada"})["id"]
    asking.post(f"/api/workflows/{workflow}/enrol/", {"contacts": [contact]})
    api("admin").post("/api/events/", {"contact": {"email": "round@example.com"}, "name": "purchase", "properties": {}})
    live = opened(f"/workflows/{workflow}/?view=live")
    expect(live.locator(".live-goal")).to_contain_text("1 reached the goal (100 %)")
    live.screenshot(path=keep("flow-live"))
    visits = asking.path(contact, workflow)["visits"]  # type: ignore[index]
    assert [one["node"] for one in visits][-2:] == ["n5", "n6"]
    assert any("Reached the workflow's goal." in one["why"] for one in visits)


def test_on_a_phone_all_of_it_is_in_the_outline(opened: Opens, workflow: int) -> None:
    page = opened(f"/workflows/{workflow}/", has_touch=True)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.reload()
    expect(page.get_by_text("Back to Wait, 3 times at most")).to_be_visible()
    page.screenshot(path=keep("flow-phone"))


def test_two_versions_are_compared_on_the_canvas_and_an_old_one_comes_back(
    opened: Opens, api: Callable[[str], Api], workflow: int
) -> None:
    asking = api("marketer")
    asking.publish(workflow)
    draft = json.loads(asking.draft(workflow))
    first = json.dumps(draft)
    draft["nodes"] = [one for one in draft["nodes"] if one["id"] != "n7"] + [node("n8", "tag", 128, 656, add=["back"])]
    draft["edges"] = [one for one in draft["edges"] if one["target"] != "n7"]
    draft["edges"].append({"id": "e9", "source": "n6", "port": "next", "target": "n8"})
    next(one for one in draft["nodes"] if one["id"] == "n2")["settings"]["duration"] = "P2D"
    revision = asking.get(f"/api/workflows/{workflow}/")["revision"]
    asking.put(f"/api/workflows/{workflow}/draft/", draft, **{"If-Match": f'"{revision}"'})
    asking.publish(workflow)

    page = opened(f"/workflows/{workflow}/")
    page.get_by_role("button", name="Workflow menu").click()
    page.get_by_role("menuitem", name="Versions…").click()
    page.get_by_role("button", name="Compare with 1").click()
    panel = page.get_by_role("region", name="Version 2 compared with version 1")
    expect(panel).to_contain_text("How long: 2 days, it was 1 day")
    for step, word in (("n2", "Changed"), ("n7", "Removed"), ("n8", "Added")):
        expect(page.locator(f'[data-step="{step}"]')).to_contain_text(word)
    page.screenshot(path=keep("flow-compare"))
    panel.get_by_role("button", name="End the comparison").click()
    expect(page.locator('[data-step="n7"]')).to_have_count(0)

    page.get_by_role("button", name="Workflow menu").click()
    page.get_by_role("menuitem", name="Versions…").click()
    page.screenshot(path=keep("flow-versions"))
    page.get_by_role("button", name="Into the draft").last.click()
    expect(page.locator('[data-step="n7"]')).to_be_visible()
    assert json.loads(asking.draft(workflow)) == json.loads(first)
