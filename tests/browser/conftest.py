"""A real Chromium against real processes: one server a module, on its own copy of a small demo's data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.asking import PASSWORD, Api, session_of
from tests.browser.watching import Watch
from tests.crash.post_office import PostOffice
from tests.house.running import Running
from tests.house.source import ROOT

# Python and Chromium share two cores with web, cluster and pulse.
expect.set_options(timeout=20_000)
PEOPLE = 40
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

Opens = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Debian's Chromium, or the one that CHROMIUM names."""
    for path in (os.environ.get("CHROMIUM"), "/usr/bin/chromium", shutil.which("chromium")):
        if path and Path(path).exists():
            return path
    pytest.skip("no Chromium here (apt install chromium, or set CHROMIUM)")


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium: str, pytestconfig: pytest.Config) -> dict[str, Any]:
    return {
        "executable_path": chromium,
        "headless": not pytestconfig.getoption("--headed"),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    }


# The plug-in's own fixtures live as long as the session, and with them a running event loop in which other
# tests of the same process could not use the database. Ours end with the module.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright: Playwright, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    browser = playwright.chromium.launch(**browser_type_launch_args)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": DESK, "locale": "en-GB", "timezone_id": "Europe/Warsaw", "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two weeks of forty demo people, made once by the commands that users have.

    While writing tests, BROWSER_KIT names a folder that keeps it from run to run.
    """
    kept = os.environ.get("BROWSER_KIT")
    data = Path(kept) if kept else tmp_path_factory.mktemp("kit")
    data.mkdir(exist_ok=True)
    if (data / "made").exists():
        return data
    environment = os.environ | {
        "DATA_DIR": str(data),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "BASE_URL": "http://127.0.0.1:1",
        **_DEMO,
    }
    for command in ("migrate --no-input --verbosity 0", f"demo --people {PEOPLE}"):
        done = subprocess.run(
            [sys.executable, "manage.py", *command.split()], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
    (data / "made").touch()
    return data


_DEMO = {"DEMO": "1", "DEMO_PASSWORD": PASSWORD, "DEBUG": "0", "EMAIL_URL": "", "SMS_URL": ""}


@pytest.fixture(scope="module")
def post_office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        yield office


@pytest.fixture(scope="module")
def trellis(
    kit: Path, post_office: PostOffice, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Running]:
    """`manage.py run` with a real mail server behind it, or what the module's EMAIL_URL says."""
    data = tmp_path_factory.mktemp("trellis") / "data"
    shutil.copytree(kit, data)
    mail = getattr(request.module, "EMAIL_URL", f"smtp://127.0.0.1:{post_office.port}")
    with Running(data, **(_DEMO | {"EMAIL_URL": mail})) as running:
        yield running


@pytest.fixture(scope="module")
def base(trellis: Running) -> str:
    return trellis.environment["BASE_URL"]


@pytest.fixture(scope="module")
def api(base: str) -> Callable[[str], Api]:
    clients: dict[str, Api] = {}

    def of(role: str) -> Api:
        if role not in clients:
            clients[role] = Api(base, role)
        return clients[role]

    return of


@pytest.fixture(scope="module")
def sessions(base: str) -> Callable[[str], list[dict[str, str]]]:
    known: dict[str, list[dict[str, str]]] = {}

    def of(role: str) -> list[dict[str, str]]:
        if role not in known:
            known[role] = [
                {"name": name, "value": value, "url": base} for name, value in session_of(base, role).items()
            ]
        return known[role]

    return of


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Nothing in the whole suite may complain: no console error, no broken policy, no answer of 500."""
    watch = Watch()
    watch.expect(r"net::ERR_\w+ \(http://127\.0\.0\.1:1/o/")  # letters of the kit ask for pixels where nobody is
    yield watch
    assert watch.verdict() == []


@pytest.fixture
def opened(
    watch: Watch, base: str, sessions: Callable[[str], Any], new_context: Callable[..., BrowserContext]
) -> Opens:
    """`opened("/library/", role="marketer")`: a page in a browser of its own, logged in; role None is nobody."""

    def open_page(path: str, role: str | None = "marketer", **how: Any) -> Page:
        context = new_context(base_url=base, **how)
        watch.over(context)
        if role:
            context.add_cookies(sessions(role))
        page = context.new_page()
        page.goto(path)
        return page

    return open_page
