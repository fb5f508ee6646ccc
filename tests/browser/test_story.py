"""The whole product in one sitting: a workflow is drawn, people go through it, and everybody sees why."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.asking import PASSWORD, Api, promised
from tests.browser.conftest import Opens
from tests.browser.drawing import Drawing
from tests.browser.watching import Watch
from tests.crash.post_office import PostOffice
from tests.house.running import until

pytestmark = pytest.mark.browser

ALICE = ["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"]
BOB = ["n1", "n2", "n3", "n9", "n10", "n11", "n12", "n13", "n14"]
CHARLIE = ["n1", "n2", "n3", "n9", "n15", "n16", "n18", "n19"]


def log_in(page: Page, role: str) -> None:
    page.get_by_label("E-mail or user name").fill(role)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def only_workflow(api: Api, workflow: int) -> None:
    """New contacts come into this one alone: a second welcome would only blur what is looked at."""
    for other in api.get("/api/workflows/", status="live")["results"]:
        if other["id"] != workflow:
            api.post(f"/api/workflows/{other['id']}/pause/")


def letter_for(office: PostOffice, address: str) -> EmailMessage:
    """The newest letter that the mail server has for this address."""
    found: list[EmailMessage] = []

    def came() -> bool:
        found[:] = [letter for letter in office.letters if address in str(letter["To"])]
        return bool(found)

    until(came, 30, f"no letter for {address}")
    return found[-1]


def html_of(letter: EmailMessage) -> str:
    part = letter.get_body(("html",))
    assert part is not None, "the letter has no HTML part"
    return str(part.get_content())


def pixel_of(html: str) -> str:
    found = re.search(r'<img[^>]+src="([^"]+/o/[^"]+\.gif)"', html)
    assert found, html[-600:]
    return found.group(1)


def link_of(html: str) -> str:
    found = re.search(r'<a[^>]+href="([^"]+/c/[^"]+)"', html)
    assert found, html[-600:]
    return found.group(1)


def as_reader(url: str) -> httpx.Response:
    """As a person's mail program fetches it: through nobody's proxy, and following no redirect."""
    agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"
    return httpx.get(url, headers={"User-Agent": agent}, timeout=30, follow_redirects=False)


def new_contact(page: Page, consents: list[str], values: dict[str, str]) -> int:
    """Through the dialog of the contacts page; answers the number of the contact."""
    page.goto("/contacts/")
    page.get_by_role("button", name="New contact").click()
    dialog = page.get_by_role("dialog", name="A new contact")
    for label, value in values.items():
        dialog.get_by_role("textbox", name=label, exact=True).fill(value)
    for label in consents:
        dialog.get_by_role("checkbox", name=label, exact=True).check()
    dialog.get_by_label("How you know").fill("By phone")
    dialog.get_by_role("button", name="Add the contact").click()
    page.wait_for_url(re.compile(r"/contacts/\d+/$"))
    return int(page.url.rstrip("/").rsplit("/", 1)[1])


def nodes_of(run: dict[str, Any] | None) -> list[str]:
    assert run, "they never came in"
    return [visit["node"] for visit in run["visits"]]


def publish(drawing: Drawing) -> None:
    page = drawing.page
    page.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog", name=re.compile("^Publish version"))
    dialog.get_by_role("button", name=re.compile("^Publish version")).click()
    expect(drawing.toast(re.compile(r"Version 1 is live"))).to_be_visible()


def test_lead_nurturing_from_the_library_to_the_history(
    opened: Opens, api: Callable[[str], Api], post_office: PostOffice, watch: Watch
) -> None:
    # Opening a run takes the place of a refresh under way: htmx tells the console of what it gave up.
    watch.expect(r"htmx:(afterRequest|sendAbort)")
    # The marketer takes the template, and publishes it.
    page = opened("/", role=None)
    log_in(page, "marketer")
    page.get_by_role("link", name="Library").first.click()
    card = page.locator("article.book", has_text="Lead nurturing")
    card.get_by_role("button", name="Use").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Our story in three letters")
    dialog.get_by_role("button", name="Create the draft").click()
    page.wait_for_url(re.compile(r"/workflows/\d+/"))
    drawing = Drawing(page, api("marketer"))
    expect(drawing.steps).to_have_count(19)
    only_workflow(api("marketer"), drawing.id)
    publish(drawing)
    page.get_by_role("tab", name="Live").click()
    expect(page.locator(".live-fresh")).to_contain_text("Live")

    # The admin lets three people in who agreed.
    desk = opened("/contacts/", role="admin")
    alice = new_contact(
        desk,
        ["E-mail", "Newsletter"],
        {"First name": "Alice", "Last name": "Lind", "E-mail": "alice@customers.example.com"},
    )
    people = {
        "bob": {
            "first_name": "Bob",
            "phone": "+48601222333",
            "consents": {"email": "in", "newsletter": "in", "sms": "in"},
        },
        "charlie": {"first_name": "Charlie", "consents": {"email": "in", "newsletter": "in"}},
    }
    numbers = {
        name: int(api("admin").post("/api/contacts/", {"email": f"{name}@customers.example.com", **body})["id"])
        for name, body in people.items()
    }

    # All three letters come to the real mail server, and all three people wait on the live canvas.
    letters = {name: letter_for(post_office, f"{name}@customers") for name in ("alice", "bob", "charlie")}
    assert letters["alice"]["Subject"] == "Good coffee starts here"
    assert "Hello Alice" in html_of(letters["alice"])
    assert letters["alice"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    expect(drawing.step("n3").locator(".pill-people")).to_be_visible()

    # She opens it: on the canvas she moves on, without a reload.
    expect(drawing.step("n4").locator(".pill-people")).to_have_count(0)
    opening = as_reader(pixel_of(html_of(letters["alice"])))
    assert (opening.status_code, opening.headers["Content-Type"]) == (200, "image/gif")
    expect(drawing.step("n4").locator(".pill-people")).to_have_text("1", timeout=promised(2) * 1_000)
    click = as_reader(link_of(html_of(letters["alice"])))
    assert click.status_code in (301, 302, 303, 307)
    assert click.headers["Location"] == "https://shop.example.com/story"

    # The days pass.
    api("marketer").let_pass("P8D")
    paths = {name: api("marketer").path(number, drawing.id) for name, number in {"alice": alice, **numbers}.items()}
    assert {name: nodes_of(run) for name, run in paths.items()} == {"alice": ALICE, "bob": BOB, "charlie": CHARLIE}
    outcomes = {name: run["outcome"] for name, run in paths.items() if run}
    assert outcomes == {"alice": "completed", "bob": "no_response", "charlie": "to_ads"}
    subjects = [str(one["Subject"]) for one in post_office.letters if "charlie@" in str(one["To"])]
    assert subjects == ["Good coffee starts here", "Did our first letter get lost?"]

    # The admin reads her path on her page, with the whys.
    desk.goto(f"/contacts/{alice}/")
    run = desk.locator("details.run").first
    expect(run).to_contain_text("Our story in three letters")
    expect(run.locator(".run-facts")).to_contain_text("8 of 19")
    expect(run.locator(".steps > .step")).to_have_count(len(ALICE))
    expect(run.locator(".step", has_text="Opened Introduction?")).to_contain_text(
        re.compile(r"Opened Introduction.*(yes|opened)", re.I | re.S)
    )
    desk.goto(f"/contacts/{numbers['charlie']}/")
    run = desk.locator("details.run").first
    expect(run.locator(".steps > .step")).to_have_count(len(CHARLIE))
    expect(run.locator(".step", has_text="Can we text them?")).to_contain_text("No")
    expect(run.locator(".step", has_text="Show them ads")).to_contain_text("audience “Not reached by mail”")

    # And on the canvas, with the path drawn in.
    desk.get_by_role("link", name="See it on the canvas").first.click()
    expect(desk.locator(".canvas .step.on-path")).to_have_count(len(CHARLIE))
    expect(desk.get_by_role("complementary", name="Path")).to_contain_text("Charlie")

    # Staff reads the history.
    hall = opened("/", role=None)
    log_in(hall, "staff")
    hall.goto(f"/history/?workflow={drawing.id}&q=bob@customers.example.com")
    hall.locator(".run-link", has_text="Bob").first.click()
    panel = hall.locator("aside.run-panel")
    expect(panel.locator(".steps > .step")).to_have_count(len(BOB))
    expect(panel).to_contain_text("Follow-up")
    expect(panel.get_by_role("link", name="On the canvas")).to_be_visible()


def test_its_beginning_drawn_from_scratch_with_the_mouse(
    opened: Opens, api: Callable[[str], Api], post_office: PostOffice
) -> None:
    page = opened("/workflows/")
    page.get_by_role("button", name="New workflow").click()
    dialog = page.get_by_role("dialog", name="A new workflow")
    dialog.get_by_label("Name").fill("Drawn by hand")
    dialog.get_by_role("button", name="Create and open").click()
    page.wait_for_url(re.compile(r"/workflows/\d+/"))
    drawing = Drawing(page, api("marketer"))
    only_workflow(api("marketer"), drawing.id)

    # Seven kinds from the palette.
    places = {
        "Trigger": (620, 110), "E-mail": (620, 215), "Wait until": (620, 320), "Condition": (820, 440), "SMS": (680, 570)
    }  # fmt: skip
    for kind, place in places.items():
        drawing.drag_kind(kind, place)
        drawing.close_settings()
    for place in ((420, 440), (680, 680), (960, 570)):
        drawing.drag_kind("Exit", place)
        drawing.close_settings()
    expect(drawing.steps).to_have_count(8)
    trigger, email, wait, condition, sms, opened_it, texted, silent = (one["id"] for one in drawing.stored()["nodes"])

    # What the letter is, and what is waited for and asked.
    drawing.open(email)
    drawing.choose("content", "Introduction")
    drawing.open(wait)
    drawing.inspector.get_by_role("button", name=re.compile("^Remove: ")).click()
    drawing.add_condition("Message", within="branches.0")
    expect(drawing.inspector.locator(".cond-sentence").first).to_contain_text("opened")
    drawing.inspector.get_by_role("button", name=re.compile("^Name of way out 1")).click()
    page.get_by_role("textbox", name="Name of this way out").fill("Opened")
    page.keyboard.press("Enter")
    drawing.open(condition)
    drawing.add_condition("Valid phone")
    drawing.open(sms)
    drawing.inspector.get_by_label("Text", exact=True).fill("Something interesting waits in your inbox.")
    drawing.close_settings()

    # The ways.
    for source, port, target in (
        (trigger, "next", email),
        (email, "next", wait),
        (wait, "b1", opened_it),
        (wait, "timeout", condition),
        (condition, "yes", sms),
        (condition, "no", silent),
        (sms, "next", texted),
    ):
        drawing.connect(source, port, target)
    expect(page.locator(".react-flow__edge")).to_have_count(7)
    page.get_by_role("button", name="Tidy up").click()
    drawing.saved()
    expect(page.locator("[data-problems]")).to_have_count(0)
    publish(drawing)

    # Somebody with a phone comes in, opens nothing, and gets the text two days later.
    contact = int(
        api("admin").post(
            "/api/contacts/",
            {
                "email": "dora@customers.example.com",
                "first_name": "Dora",
                "phone": "+48601222444",
                "consents": {"email": "in", "newsletter": "in", "sms": "in"},
            },
        )["id"]
    )
    assert letter_for(post_office, "dora@customers")["Subject"] == "Good coffee starts here"
    until(lambda: nodes_of(api("marketer").path(contact, drawing.id))[-1] == wait, promised(5), "she waits")
    api("marketer").let_pass("P2DT1M")
    run = api("marketer").path(contact, drawing.id)
    assert nodes_of(run) == [trigger, email, wait, condition, sms, texted]
    assert run and run["outcome"] == "completed"
    caught = api("marketer").get("/api/messages/", contact=contact)["results"]
    assert sorted(one["channel"] for one in caught) == ["email", "sms"]
