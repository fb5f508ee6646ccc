"""Every page, on a desk and on a phone, light and dark: quiet, whole, reachable, and like its picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from engine.demo import shop
from tests.browser import look
from tests.browser.asking import Api
from tests.browser.conftest import DESK, PHONE, Opens
from tests.browser.watching import Watch

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Seen:
    """`ready` is what shows that the page has come; `picture` the picture that it is drawn after, with the least likeness."""

    name: str
    path: str
    ready: str = "main#main h1, main#main, .topbar h1"
    role: str | None = "marketer"
    picture: str = ""
    least: float = 0.0
    phone: str = ""
    phone_least: float = 0.0
    dark: str = ""
    dark_least: float = 0.0


# The demo's first workflow is the one in the pictures; a person who went through it is looked up.
PAGES = [
    Seen("login", "/login/", ".login-form", role=None, picture="login", least=0.9),
    Seen("overview", "/", ".page h2", picture="overview", least=0.55),
    Seen("workflows", "/workflows/", ".workflows .wf", picture="workflows", least=0.55),
    Seen("library", "/library/", ".book", picture="library", least=0.4),
    Seen(
        "editor", "/workflows/1/", "[data-step], .outline [role=treeitem]",
        picture="editor-light", least=0.65, phone="editor-390", phone_least=0.35, dark="editor-dark", dark_least=0.65,
    ),
    Seen("live", "/workflows/1/?view=live&run={run}", ".live-panel, .outline", picture="editor-live", least=0.6),
    Seen("contacts", "/contacts/", ".people .person"),
    Seen("contact", "/contacts/{contact}/", ".run", picture="contact", least=0.5, phone="contact-390", phone_least=0.35),
    Seen("history", "/history/?since=any&run={run}", ".run-panel", role="admin", picture="history", least=0.48),
    Seen("contents", "/content/"),
    Seen("content", "/content/1/"),
    Seen("caught", "/caught/", ".caught-row"),
    Seen("segments", "/segments/"),
    Seen("segment", "/segments/new/"),
    Seen("import", "/contacts/import/", role="admin"),
    Seen("settings", "/settings/", role="admin"),
    Seen("lost", "/nothing-is-here/", "body h1"),
]  # fmt: skip


@pytest.fixture(scope="module")
def places(api: Callable[[str], Api]) -> dict[str, Any]:
    """Bob, as in the pictures, and his way through the first workflow."""
    bob = api("admin").get("/api/contacts/", external_id="demo-bob")["results"][0]["id"]
    run = api("admin").path(bob, 1)
    assert run, "the demo let Bob not in"
    return {"run": run["id"], "contact": bob}


@pytest.mark.parametrize("seen", PAGES, ids=lambda seen: seen.name)
def test_page_on_desk_and_phone_light_and_dark(
    seen: Seen, opened: Opens, places: dict[str, Any], watch: Watch, record_property: Callable[[str, object], None]
) -> None:
    if seen.name == "lost":
        watch.expect(r"status of 404.*nothing-is-here")
    page = opened(seen.path.format(**places), role=seen.role, color_scheme="light")
    wrong: list[str] = []
    for size, where in (("desk", DESK), ("phone", PHONE)):
        if size == "phone":
            page.set_viewport_size(where)  # type: ignore[arg-type]
            page.emulate_media(color_scheme="light")
            page.goto(seen.path.format(**places))
        expect(page.locator(seen.ready).first).to_be_attached()
        page.wait_for_load_state("load")
        page.evaluate("() => document.fonts.ready.then(() => true)")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            shot = look.keep(f"{seen.name}-{size}-{scheme}")
            page.screenshot(path=shot)
            if (size, scheme) != ("phone", "dark"):  # the same page as the light one in colours that the desk has shown
                wrong += [f"{size} {scheme}: {one}" for one in _axe(page)]
            picture, least = {
                ("desk", "light"): (seen.picture, seen.least),
                ("phone", "light"): (seen.phone, seen.phone_least),
                ("desk", "dark"): (seen.dark, seen.dark_least),
            }.get((size, scheme), ("", 0.0))
            if picture and (look.PICTURES / f"{picture}.png").exists():
                alike = look.likeness(shot, look.PICTURES / f"{picture}.png")
                record_property(f"likeness {picture}", round(alike, 3))
                print(f"likeness to {picture}: {alike:.3f} (at least {least})")
                if alike < least:
                    wrong.append(f"{shot.name} is less like its picture than it was: {alike:.3f} < {least}")
        over = page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth")
        if over > 0:
            wrong.append(f"{size}: {over} px wider than the screen")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.goto(seen.path.format(**places))
    expect(page.locator(seen.ready).first).to_be_attached()
    wrong += _focus(page)
    assert wrong == []


def test_the_demo_has_no_broken_segment(opened: Opens) -> None:
    page = opened("/segments/")
    for name in shop.SEGMENTS:  # by name: other tests of this module add rows of their own
        expect(page.get_by_role("row").filter(has_text=name).locator("td.num")).to_have_text(re.compile(r"\d"))
    expect(page.get_by_text("broken")).to_have_count(0)


def test_a_segment_is_put_together_in_words(opened: Opens) -> None:
    page = opened("/segments/new/")
    page.get_by_label("Name").fill("Opens and buys")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_role("option", name="Purchase").click()
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_role("option", name="Message", exact=True).click()
    expect(page.locator("#segment-preview")).to_contain_text("Bought and opened any message")
    assert _axe(page) == []
    page.screenshot(path=look.keep("segment-in-words-desk-light"))
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/segments/\d+/"))
    expect(page.locator("#segment-condition")).to_contain_text("bought something")
    page.get_by_role("button", name="Remove: Purchase").click()
    expect(page.locator("#segment-preview .seen-words")).to_have_text("Opened any message")


def test_api_docs_describe_the_interface(opened: Opens) -> None:
    page = opened("/api/docs/")
    expect(page.get_by_text("/api/contacts/{id}/path/").first).to_be_visible()
    page.screenshot(path=look.keep("api-docs-desk-light"))


def test_admin_opens_for_admins(opened: Opens) -> None:
    page = opened("/admin/contacts/contact/", role="admin")
    expect(page.locator("#result_list tbody tr").first).to_be_visible()
    page.screenshot(path=look.keep("admin-desk-light"))


def test_a_new_contact_can_say_yes_at_once(opened: Opens) -> None:
    page = opened("/contacts/", role="admin")
    page.get_by_role("button", name="New contact").click()
    dialog = page.get_by_role("dialog", name="A new contact")
    expect(dialog.get_by_role("group", name="They said yes to").get_by_role("checkbox")).to_have_count(3)
    assert _axe(page) == []
    page.screenshot(path=look.keep("new-contact-desk-light"))
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.screenshot(path=look.keep("new-contact-phone-light"))
    expect(dialog.get_by_role("button", name="Add the contact")).to_be_in_viewport()


def test_everybody_sees_what_is_theirs(opened: Opens, watch: Watch, api: Callable[[str], Api]) -> None:
    watch.expect(r"status of 403")
    stranger = opened("/contacts/", role=None)
    expect(stranger).to_have_url(re.compile(r"/login/\?next=/contacts/$"))

    staff = opened("/contacts/", role="staff")
    expect(staff.locator("body")).not_to_contain_text("@example.com")
    assert staff.goto("/contacts/import/").status == 403  # type: ignore[union-attr]
    assert staff.goto("/content/1/").status == 403  # type: ignore[union-attr]
    staff.goto("/workflows/1/")
    expect(staff.locator("[data-step], .canvas-empty").first).to_be_visible()
    expect(staff.get_by_role("tab", name="Design")).to_have_count(0)
    expect(staff.get_by_role("button", name="Publish…")).to_have_count(0)
    assert staff.evaluate("() => fetch('/api/workflows/1/draft/').then(answer => answer.status)") == 403

    marketer = opened("/contacts/", role="marketer")
    expect(marketer.get_by_role("button", name="New contact")).to_have_count(0)
    assert marketer.goto("/contacts/import/").status == 403  # type: ignore[union-attr]


def test_hostile_names_are_shown_as_text(opened: Opens, api: Callable[[str], Api]) -> None:
    script, image = "<script>window.ran=1</script>", '"><img src=x onerror="window.ran=1">'
    admin, marketer = api("admin"), api("marketer")
    person = admin.post(
        "/api/contacts/",
        {
            "email": "dana@customers.example.com",
            "first_name": script,
            "last_name": image,
            "tags": [image[:60]],
            "consents": {"email": "in"},
        },
    )["id"]
    drawn = {
        "format": 1,
        "nodes": [
            {"id": "n1", "kind": "trigger", "label": script, "note": image, "position": {"x": 0, "y": 0},
             "enabled": True, "settings": {"on": "manual"}},
            {"id": "n2", "kind": "wait", "label": image, "note": "", "position": {"x": 0, "y": 104},
             "enabled": True, "settings": {"mode": "duration", "duration": "P1D"}},
            {"id": "n3", "kind": "exit", "label": script, "note": "", "position": {"x": 0, "y": 208},
             "enabled": True, "settings": {"outcome": "completed", "tags": []}},
        ],
        "edges": [
            {"id": "e1", "source": "n1", "port": "next", "target": "n2"},
            {"id": "e2", "source": "n2", "port": "next", "target": "n3"},
        ],
        "notes": [], "settings": {},
    }  # fmt: skip
    workflow = marketer.new_workflow(script + image, drawn)
    marketer.publish(workflow)
    marketer.post(f"/api/workflows/{workflow}/enrol/", {"contacts": [person], "key": "hostile"})
    marketer.post("/api/segments/", {"name": image, "condition": {"all": [{"fact": "tag", "is": image[:60]}]}})
    marketer.post("/api/contents/", {"name": script, "channel": "sms", "text": image})

    page = opened("/", role="admin")
    for path in (
        "/", "/contacts/?q=dana", f"/contacts/{person}/", f"/contacts/{person}/?tab=activity", "/workflows/",
        f"/workflows/{workflow}/", f"/workflows/{workflow}/?view=live", f"/workflows/{workflow}/?view=outline",
        f"/history/?workflow={workflow}", "/segments/", "/content/", "/settings/",
    ):  # fmt: skip
        page.goto(path)
        page.wait_for_load_state("load")
        if path.startswith(f"/workflows/{workflow}/"):
            expect(page.locator("[data-step], .outline [role=treeitem]").first).to_be_visible()
        assert page.evaluate("() => window.ran") is None, path
        assert page.locator('img[src="x"]').count() == 0, path
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type(script)
    expect(page.locator("#search-results")).to_contain_text(script)
    assert page.evaluate("() => window.ran") is None
    page.goto(f"/contacts/{person}/")
    expect(page.locator(".who-card h2")).to_have_text(f"{script} {image}")


def _axe(page: Page) -> list[str]:
    """Serious and critical findings of axe-core, one line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"axe {one['id']}: {one['help']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])} places)"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def _focus(page: Page) -> list[str]:
    """What the first presses of Tab reach without showing it."""
    hidden = []
    for _ in range(8):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => {
              const at = document.activeElement;
              if (!at || at === document.body) return null;
              const shows = el => { const s = getComputedStyle(el);
                return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none'; };
              const r = at.getBoundingClientRect();
              const seen = r.width > 0 && r.bottom > 0 && r.top < innerHeight;
              return (shows(at) || shows(at.parentElement)) && seen ? '' : at.outerHTML.slice(0, 120);
            }"""
        )
        if told:
            hidden.append(f"focus is not visible on {told}")
    return hidden
