"""The canvas with others: saving, two people at once, keyboards and readers, and people passing through."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import look
from tests.browser.asking import Api, promised
from tests.browser.conftest import Opens
from tests.browser.drawing import Drawing
from tests.browser.samples import choice, document, node
from tests.browser.watching import Watch

pytestmark = pytest.mark.browser

Apis = Callable[[str], Api]


def seen_by(role: str, opened: Opens, api: Apis, workflow: int, **how: object) -> Drawing:
    return Drawing(opened(f"/workflows/{workflow}/", role=role, **how), api("marketer"))


def test_15_what_was_typed_is_there_when_the_tab_is_opened_again(opened: Opens, api: Apis) -> None:
    workflow = api("marketer").new_workflow("Fifteen", choice())
    drawing = seen_by("marketer", opened, api, workflow)
    drawing.open("n5")
    drawing.inspector.get_by_label("Name of this step").fill("Typed a second ago")
    drawing.page.wait_for_timeout(1_000)  # the promise itself: a second later the tab is closed
    drawing.page.close()

    again = seen_by("marketer", opened, api, workflow)
    expect(again.step("n5")).to_contain_text("Typed a second ago")
    assert again.nodes()["n5"]["label"] == "Typed a second ago"


def test_15_offline_says_so_and_saves_on_return(opened: Opens, api: Apis, watch: Watch) -> None:
    watch.expect(r"ERR_INTERNET_DISCONNECTED|WebSocket")
    workflow = api("marketer").new_workflow("Offline", choice())
    drawing = seen_by("marketer", opened, api, workflow)
    context = drawing.page.context

    context.set_offline(True)
    drawing.open("n5")
    drawing.rename("Written on a train")
    expect(drawing.page.locator(".save-badge")).to_contain_text("Not saved: offline")
    assert json.loads(api("marketer").draft(workflow))["nodes"][4]["label"] == "Not reached"

    context.set_offline(False)
    assert drawing.nodes()["n5"]["label"] == "Written on a train"


def test_16_two_people_change_different_steps_and_both_survive(opened: Opens, api: Apis, watch: Watch) -> None:
    watch.expect(r"ERR_INTERNET_DISCONNECTED|WebSocket|status of 409")
    workflow = api("marketer").new_workflow("Sixteen", choice())
    maja = seen_by("marketer", opened, api, workflow)
    adam = seen_by("admin", opened, api, workflow)

    adam.page.context.set_offline(True)  # so that Adam knows nothing of what Maja saves meanwhile
    adam.open("n4")
    adam.rename("Adam was here")
    maja.open("n5")
    maja.rename("Maja was here")
    maja.saved()
    adam.page.context.set_offline(False)

    adam.saved()
    labels = {name: one["label"] for name, one in adam.nodes().items()}
    assert (labels["n4"], labels["n5"]) == ("Adam was here", "Maja was here")
    expect(adam.step("n5")).to_contain_text("Maja was here")
    expect(maja.step("n4")).to_contain_text("Adam was here")


def test_16_two_people_change_the_same_field_and_choose(opened: Opens, api: Apis, watch: Watch) -> None:
    watch.expect(r"ERR_INTERNET_DISCONNECTED|WebSocket|status of 409")
    workflow = api("marketer").new_workflow("Sixteen again", choice())
    maja = seen_by("marketer", opened, api, workflow)
    adam = seen_by("admin", opened, api, workflow)

    adam.page.context.set_offline(True)
    adam.open("n5")
    adam.rename("What Adam says")
    maja.open("n5")
    maja.rename("What Maja says")
    maja.saved()
    adam.page.context.set_offline(False)

    review = adam.page.get_by_role("dialog", name="You both changed this")
    expect(review).to_contain_text("What Adam says")
    expect(review).to_contain_text("What Maja says")
    adam.page.screenshot(path=look.keep("conflict-desk-light"))
    assert json.loads(api("marketer").draft(workflow))["nodes"][4]["label"] == "What Maja says"
    review.get_by_role("button", name="Mine everywhere").click()
    review.get_by_role("button", name="Save this").click()
    assert adam.nodes()["n5"]["label"] == "What Adam says"


def test_11_the_keyboard_alone_draws_moves_and_deletes(opened: Opens, api: Apis) -> None:
    workflow = api("marketer").new_workflow("By keyboard")
    drawing = seen_by("marketer", opened, api, workflow)
    page = drawing.page

    _tab_to(page, "button", "Add a trigger")
    page.keyboard.press("Enter")
    expect(drawing.steps).to_have_count(1)
    for word in ("e-mail", "wait", "condition"):
        _tab_to_step(page)
        page.keyboard.press("End")  # does nothing on a step, and must not
        last = drawing.steps.last.get_attribute("data-step")
        assert last
        _walk_to(page, last)
        page.keyboard.press("+")
        expect(drawing.picker).to_be_visible()
        page.keyboard.type(word)
        page.keyboard.press("Enter")
        expect(drawing.picker).to_have_count(0)
    expect(drawing.steps).to_have_count(4)
    kinds = [one["kind"] for one in drawing.stored()["nodes"]]
    assert kinds == ["trigger", "email", "wait", "condition"]

    # Open: the settings have the keyboard.
    _tab_to_step(page)
    page.keyboard.press("Enter")
    expect(drawing.inspector.locator(":focus")).to_have_count(1)

    # Move by eight.
    _tab_to_step(page)
    focused = page.evaluate("() => document.activeElement.dataset.step")
    before = drawing.nodes()[focused]["position"]
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+ArrowRight")
    assert drawing.nodes()[focused]["position"] == {"x": before["x"] + 16, "y": before["y"]}

    # Delete heals, and the keyboard stays in the drawing.
    wait = next(name for name, one in drawing.nodes().items() if one["kind"] == "wait")
    _walk_to(page, wait, "ArrowUp")
    page.keyboard.press("Delete")
    expect(drawing.steps).to_have_count(3)
    expect(page.locator("[data-step]:focus")).to_have_count(1)
    outline = page.evaluate(
        "() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth, s.boxShadow]; }"
    )
    assert (outline[0] != "none" and outline[1] != "0px") or outline[2] != "none", "the focus is not visible"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_12_axe_finds_nothing_serious_on_the_canvas(opened: Opens, api: Apis, scheme: str) -> None:
    workflow = api("marketer").from_library("lead-nurturing")
    drawing = seen_by("marketer", opened, api, workflow, color_scheme=scheme)
    page = drawing.page
    expect(drawing.steps).to_have_count(19)
    wrong = _axe(page, "canvas")
    for number in ("n3", "n2", "n9"):
        drawing.open(number)
        wrong += _axe(page, f"settings of {number}")
    page.screenshot(path=look.keep(f"settings-desk-{scheme}"))
    drawing.port("n9", "yes").click()
    expect(drawing.picker).to_be_visible()
    wrong += _axe(page, "picker")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Outline").click()
    expect(page.get_by_role("treeitem").first).to_be_visible()
    wrong += _axe(page, "outline")
    page.screenshot(path=look.keep(f"outline-desk-{scheme}"))
    page.get_by_role("tab", name="Design").click()
    page.get_by_role("button", name="Publish…").click()
    expect(page.get_by_role("dialog", name=re.compile("Publish version"))).to_contain_text("Nobody is inside yet")
    wrong += _axe(page, "publish")
    page.screenshot(path=look.keep(f"publish-desk-{scheme}"))
    assert wrong == []


def test_20_live_counts_equal_the_record_as_people_pass(opened: Opens, api: Apis) -> None:
    people = [one["id"] for one in api("marketer").get("/api/contacts/", page_size=30)["results"]]
    workflow = api("marketer").new_workflow(
        "Passing",
        document(
            [
                node("n1", "trigger", 264, 0, on="manual"),
                node("n2", "condition", 264, 104, when={"all": [{"fact": "phone_valid"}]}),
                node("n3", "exit", 128, 232, "Reached", outcome="completed", tags=[]),
                node("n4", "wait", 400, 232, mode="duration", duration="P5D"),
                node("n5", "exit", 400, 336, "Later", outcome="no_response", tags=[]),
            ],
            "n1>n2 n2.yes>n3 n2.no>n4 n4>n5",
        ),
    )
    api("marketer").publish(workflow)
    page = opened(f"/workflows/{workflow}/?view=live")
    expect(page.locator(".live-fresh")).to_contain_text("Live")
    with_phone = sum(bool(api("marketer").get(f"/api/contacts/{one}/")["phone"]) for one in people)

    api("marketer").post(f"/api/workflows/{workflow}/enrol/", {"contacts": people, "key": "passing"})

    expect(page.locator('.canvas [data-step="n3"] .pill-ended')).to_have_text(
        str(with_phone), timeout=promised(5) * 1_000
    )
    expect(page.locator('.canvas [data-step="n4"] .pill-people')).to_have_text(str(len(people) - with_phone))
    counts = api("staff").get(f"/api/workflows/{workflow}/counts/")["nodes"]
    assert counts["n3"]["entered"] == with_phone
    assert counts["n4"]["waiting"] == len(people) - with_phone
    shown = sorted(page.locator(".edge-count").all_inner_texts())
    assert shown == sorted([str(len(people)), str(with_phone), str(len(people) - with_phone)])

    # A click on a count lists the people.
    page.locator('.canvas [data-step="n4"]').click()
    panel = page.get_by_role("complementary", name="People")
    expect(panel.locator("li")).to_have_count(len(people) - with_phone)


def _tab_to(page: Page, role: str, name: str) -> None:
    wanted = page.get_by_role(role, name=name)  # type: ignore[arg-type]
    for _ in range(80):
        if wanted.evaluate("it => it === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {name}")


def _tab_to_step(page: Page) -> None:
    for _ in range(120):
        if page.evaluate("() => !!document.activeElement?.dataset?.step"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never reaches a step")


def _walk_to(page: Page, step: str, key: str = "ArrowDown") -> None:
    """Along the drawing with the arrows, from the step that has the focus."""
    way = []
    for _ in range(20):
        at = page.evaluate("() => document.activeElement.dataset.step")
        if at == step:
            return
        way.append(at)
        page.keyboard.press(key)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    raise AssertionError(f"arrows never reach {step}: {way}")


def _axe(page: Page, where: str) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{where}: {one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]} ({len(one['nodes'])} places)"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
