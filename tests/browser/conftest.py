"""A running server over a furnished newsroom, and a real Chromium that is logged in to it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor.store import Store, open_store

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCREENSHOTS = Path(__file__).parent / "screenshots"
WAIT_MS = 120_000  # a busy machine is no failure
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


@pytest.fixture
def page(chromium: str, site: Site, tmp_path: Path) -> Iterator[Page]:
    """A page of a new browser with a profile of its own."""
    from playwright import sync_api as playwright

    SCREENSHOTS.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with playwright.sync_playwright() as driver:
            context = driver.chromium.launch_persistent_context(
                str(tmp_path / "profile"),
                executable_path=chromium,
                headless=True,
                args=list(FLAGS),
                viewport={"width": 1440, "height": 1000},
                locale="en-GB",
                timezone_id="Asia/Shanghai",
            )
            context.set_default_timeout(WAIT_MS)
            page = context.new_page()
            page.set_default_navigation_timeout(WAIT_MS)
            local = (site.url, site.url.replace("http", "ws"), "data:", "blob:")
            page.on("request", lambda r: r.url.startswith(local) or site.foreign.append(r.url))
            page.on("pageerror", lambda error: site.errors.append(str(error)))
            page.on("dialog", lambda dialog: site.errors.append(f"dialog: {dialog.message}"))
            yield page
            context.close()
