"""A running server over a furnished newsroom, and a real Chromium that is logged in to it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.store import Store, open_store
from tests.browser.queues import QueueSite, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

SCREENSHOTS = Path(__file__).parent / "screenshots"
WAIT_MS = 120_000  # a busy machine is no failure
# A browser writes down as errors what a test makes happen (a server that is away, a session that is over),
# and that Streamlit looks for its own server under the page's address first.
EXPECTED = re.compile("Failed to load resource|Client Error in reaching|server is not responding")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Site:
    """The server's address, its store, and what the browser asked for and complained of."""

    url: str
    store: Store
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("browser")
    command = [sys.executable, str(Path(__file__).with_name("serve.py")), str(folder)]
    with (
        open(folder / "log", "w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            url = next((line.strip() for line in lines if line.startswith("http")), "")
            assert url, (folder / "log").read_text()
            store = open_store(f"sqlite:///{folder / 'data' / 'monitor.db'}")
            yield Site(url, store)
            store.close()
        finally:
            process.kill()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; without one the tests are skipped, and say so."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium on this machine: install Debian's package `chromium`")
    return path


@pytest.fixture(scope="module")
def driver(chromium: str) -> Iterator[Playwright]:
    """What speaks to browsers. It has an event loop of its own running, beside which a test cannot run
    another (asyncio.run), so it ends with its module."""
    from playwright import sync_api as playwright

    SCREENSHOTS.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with playwright.sync_playwright() as driver:
            yield driver


@pytest.fixture(scope="module")
def browser(driver: Playwright, chromium: str) -> Iterator[Browser]:
    browser = driver.chromium.launch(executable_path=chromium, headless=True, args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page of a profile of its own."""
    with profile(browser) as context:
        page = context.new_page()
        local = (site.url, site.url.replace("http", "ws"), "data:", "blob:")
        page.on("request", lambda r: r.url.startswith(local) or site.foreign.append(r.url))
        page.on("pageerror", lambda error: site.errors.append(str(error)))
        page.on("dialog", lambda dialog: site.errors.append(f"dialog: {dialog.message}"))
        yield page


@contextmanager
def profile(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A browser profile that nobody used before."""
    usual = {"viewport": {"width": 1440, "height": 1000}, "locale": "en-GB", "timezone_id": "Asia/Shanghai"}
    context = browser.new_context(**{**usual, **options})
    context.set_default_timeout(WAIT_MS)
    context.set_default_navigation_timeout(WAIT_MS)
    yield context
    context.close()


@pytest.fixture(scope="session")
def queue_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueueSite]:
    server = QueueSite(tmp_path_factory.mktemp("queue"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def queue_site(queue_server: QueueSite) -> QueueSite:
    """A server whose queue is empty."""
    queue_server.clear()
    return queue_server


@pytest.fixture
def visit(browser: Browser, queue_site: QueueSite) -> Iterator[Callable[..., Visit]]:
    """A profile logged in as a user: visit("bo"). At the end no page may have complained."""
    with ExitStack() as stack:
        visits = []

        def make(user: str = "bo", language: str = "en", **options: Any) -> Visit:
            context = stack.enter_context(profile(browser, **options))
            context.add_cookies([queue_site.cookie(user)])
            visits.append(Visit(queue_site, context, user, language))
            return visits[-1]

        yield make
        complaints = [told for one in visits for told in one.complaints if not EXPECTED.search(told)]
    assert complaints == []
