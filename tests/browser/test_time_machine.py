"""The time machine, as number 22 of the canvas's list asks for it: a way on the canvas, choices at waits, messages, scenarios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.asking import Api
from tests.browser.conftest import PHONE, Opens
from tests.browser.look import keep
from tests.browser.samples import choice

pytestmark = pytest.mark.browser

Apis = Callable[[str], Api]


def serious(page: Page, where: str) -> list[str]:
    found = Axe().run(page)
    return [
        f"{where}: {one['id']} {[node['target'] for node in one['nodes'][:3]]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def machine(page: Page) -> Any:
    return page.get_by_role("complementary", name="Time machine")


def let_time_pass(page: Page) -> None:
    page.get_by_role("button", name="Test").filter(visible=True).first.click()
    expect(machine(page)).to_be_visible()
    machine(page).get_by_role("button", name="Let time pass").click()


def messages_of(api: Api, workflow: int) -> int:
    """The demo goes on meanwhile: only what this workflow sends counts."""
    return sum(one["workflow"] == workflow for one in api.get("/api/messages/", page_size=200)["results"])


def test_22_somebody_goes_through_the_draft_and_nothing_is_kept_or_sent(opened: Opens, api: Apis) -> None:
    marketer = api("marketer")
    workflow = marketer.from_library("lead-nurturing")
    page = opened(f"/workflows/{workflow}/")
    let_time_pass(page)

    panel = machine(page)
    expect(panel.get_by_text("Ended as “no response” after 4 days")).to_be_visible()
    steps = panel.get_by_role("list", name="The way of Alice").get_by_role("listitem")
    expect(panel.get_by_text("Step 9 of 9")).to_be_visible()
    expect(page.locator(".step.on-path")).to_have_count(9)
    expect(page.locator('[data-step="n3"] .step-number')).to_have_text("3")
    page.screenshot(path=keep("time-machine"))

    # They open the first mail three hours on: another way, lit at once.
    panel.get_by_role("group", name="What happens at Opened Introduction?").get_by_role(
        "button", name="They open “Introduction”"
    ).click()
    expect(panel.get_by_text("Ended as “completed” after 6 days and 3 hours")).to_be_visible()
    expect(page.locator('[data-step="n4"] .step-number')).to_have_text("4")
    expect(page.locator('[data-step="n10"].on-path')).to_have_count(0)
    expect(panel.get_by_text("They open “Introduction”").first).to_be_visible()

    # Back and forth, step by step.
    expect(panel.get_by_text("Step 4 of 8")).to_be_visible()
    panel.get_by_role("button", name="Step back").click()
    expect(page.locator(".step.on-path")).to_have_count(3)
    panel.get_by_role("button", name="Step forward").click()
    expect(page.locator(".step.on-path")).to_have_count(4)

    # The message as its reader would see it, in a frame where nothing runs.
    panel.get_by_role("button", name="Alice, your coffee").or_(steps.nth(1).locator(".trial-mail button")).first.click()
    frame = steps.nth(1).locator("iframe")
    assert frame.get_attribute("sandbox") == "allow-popups allow-popups-to-escape-sandbox"
    expect(steps.nth(1).frame_locator("iframe").locator("body")).to_contain_text("Alice")
    page.screenshot(path=keep("time-machine-mail"))

    # Nothing: time is up takes the choice back.
    panel.get_by_role("group", name="What happens at Opened Introduction?").get_by_role(
        "button", name="Nothing: time is up"
    ).click()
    expect(panel.get_by_text("Ended as “no response” after 4 days")).to_be_visible()

    panel.get_by_role("button", name="Close the time machine").click()
    expect(page.locator(".step.on-path")).to_have_count(0)
    assert messages_of(marketer, workflow) == 0
    assert marketer.get("/api/runs/", workflow=workflow)["count"] == 0


def test_22_a_way_is_kept_as_a_scenario_and_asked_about_at_the_publish(opened: Opens, api: Apis) -> None:
    marketer = api("marketer")
    workflow = marketer.new_workflow("Kept ways", choice())
    page = opened(f"/workflows/{workflow}/")
    let_time_pass(page)
    panel = machine(page)
    expect(panel.get_by_text("Ended as “completed” after 1 day")).to_be_visible()

    panel.get_by_role("button", name="Keep as scenario").click()
    panel.get_by_label("Name of the scenario").fill("Has a phone")
    panel.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("“Has a phone” is kept.")).to_be_visible()
    panel.get_by_role("button", name="Scenarios").click()
    panel.get_by_role("button", name="Try it").click()
    expect(panel.get_by_text("The one scenario passes.")).to_be_visible()
    page.screenshot(path=keep("time-machine-scenarios"))
    panel.get_by_role("button", name="Close the time machine").click()

    # The outcome changes: the publish says so and wants to be told that it is meant.
    document = choice()
    document["nodes"][3]["settings"]["outcome"] = "converted"
    revision = marketer.get(f"/api/workflows/{workflow}/")["revision"]
    marketer.put(f"/api/workflows/{workflow}/draft/", document, **{"If-Match": f'"{revision}"'})
    page.reload()
    page.get_by_role("button", name="Publish…").filter(visible=True).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The one scenario ends differently.")).to_be_visible()
    expect(dialog.get_by_text("They leave as “Converted” instead of as “Completed”.")).to_be_visible()
    publish = dialog.get_by_role("button", name="Publish version 1")
    expect(publish).to_be_disabled()
    page.screenshot(path=keep("time-machine-publish"))
    dialog.get_by_label("That is what I want: publish all the same").check()
    publish.click()
    expect(page.get_by_text("Version 1 is live.")).to_be_visible()
    (kept,) = marketer.get(f"/api/workflows/{workflow}/scenarios/")["results"]
    assert kept["last"]["passed"] is False


def test_22_an_incomplete_draft_says_where_it_stops(opened: Opens, api: Apis) -> None:
    drawn = choice()
    drawn["nodes"][1] = {**drawn["nodes"][1], "kind": "email", "settings": {}}
    page = opened(f"/workflows/{api('marketer').new_workflow('Half', drawn)}/")
    let_time_pass(page)
    expect(machine(page).get_by_text("It stops at “E-mail”: No e-mail is chosen.").first).to_be_visible()
    expect(page.locator(".step.on-path")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_22_it_is_for_everybody(opened: Opens, api: Apis, scheme: str, size: str) -> None:
    """Keyboard alone, light and dark, wide and narrow; axe finds nothing serious; nothing runs over the edge."""
    workflow = api("marketer").from_library("lead-nurturing")
    page = opened(f"/workflows/{workflow}/", color_scheme=scheme)
    if size == "phone":
        page.set_viewport_size(PHONE)
        page.reload()
    page.get_by_role("button", name="Test").filter(visible=True).first.press("Enter")
    panel = machine(page)
    expect(panel).to_be_focused()
    wrong = serious(page, "form")
    page.screenshot(path=keep(f"time-machine-form-{size}-{scheme}"))
    button = panel.get_by_role("button", name="Let time pass")
    for _ in range(40):
        if button.evaluate("(it) => it === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(panel.get_by_text("Ended as “no response” after 4 days")).to_be_visible()
    wrong += serious(page, "way")
    page.screenshot(path=keep(f"time-machine-way-{size}-{scheme}"))
    panel.get_by_role("button", name="Scenarios").click()
    expect(panel.get_by_text("No scenarios yet")).to_be_visible()
    wrong += serious(page, "scenarios")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert panel.evaluate("(it) => it.scrollWidth <= it.clientWidth")
    assert not wrong, "\n".join(wrong)


def test_why_did_somebody_not_get_this_is_asked_on_the_contact_s_page(opened: Opens, api: Apis) -> None:
    marketer = api("marketer")
    workflow = marketer.new_workflow("Never entered", choice())
    marketer.publish(workflow)
    contact = marketer.get("/api/contacts/", page_size=1)["results"][0]
    page = opened(f"/contacts/{contact['id']}/")
    page.get_by_role("button", name="Why did they not get this?").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Workflow").select_option(label="Never entered")
    expect(dialog.get_by_text("That has not happened to")).to_be_visible()
    assert serious(page, "why") == []
    page.screenshot(path=keep("why-not"))


def test_staff_asks_the_same_in_the_history(opened: Opens, api: Apis) -> None:
    contact = api("marketer").get("/api/contacts/", page_size=1)["results"][0]
    page = opened("/history/", role="staff")
    page.get_by_role("button", name="Why did somebody not enter?").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_placeholder("Name, e-mail or phone").fill(contact["email"])
    dialog.get_by_role("radio").first.check()
    dialog.get_by_label("Workflow").select_option(index=1)
    expect(dialog.locator(".why-first")).to_be_visible()
    page.screenshot(path=keep("why-not-history"))
    assert serious(page, "why in the history") == []
