"""A walk through the dashboard in a real Chromium: log in, label by keyboard, acknowledge, see every page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor.records import AlertState
from monitor.store import alerts, articles, audit, labels, stories, tasks
from monitor.testing import make_article

if TYPE_CHECKING:
    from conftest import Site
    from playwright.sync_api import Page

HOSTILE = "<img src=x onerror=alert(1)> $x^2$ :red[y] **bold** [z](javascript:alert(3))"
SCREENSHOTS = Path(__file__).parent / "screenshots"
HEADINGS = {
    "": "Overview",
    "alerts": "Alerts",
    "queue": "Queue",
    "articles": "Articles",
    "companies": "Companies",
    "stories": "Stories",
    "rules": "Rules",
    "sources": "Sources",
    "models": "Models",
    "audit": "Audit",
    "account": "Account",
    "team": "Team",
}


def expect(page: Page, text: str | re.Pattern[str]) -> None:
    page.get_by_text(text).first.wait_for()


def settle(page: Page) -> None:
    """Wait until the script has run and everything it drew is on the screen."""
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid=stApp]');
            return app && app.dataset.testScriptState === 'notRunning'
                && !document.querySelector('[data-testid=stSkeleton]')
                && !document.querySelector('[data-stale=true]');
        }"""
    )
    page.wait_for_timeout(1500)


def shoot(page: Page, name: str) -> None:
    settle(page)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def log_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/queue")
    assert page.url.startswith(f"{site.url}/login?next=/queue")
    shot = SCREENSHOTS / "login.png"
    page.screenshot(path=shot)
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{site.url}/queue")


def plant(site: Site) -> None:
    """Store an article whose title, text and address try to break out."""
    now = datetime.now(UTC)
    with site.store.begin() as tx:
        hostile = make_article(
            HOSTILE, text=f"{HOSTILE} text", url="javascript:alert(2)", first_seen_at=now, published_at=now
        )
        articles.insert(tx, replace(hostile, story_id=stories.create(tx, now)))


@pytest.mark.timeout(900)
def test_a_working_day(page: Page, site: Site) -> None:
    plant(site)
    log_in(page, site)

    # Three articles, three keys, in the order the queue gives them.
    page.get_by_role("heading", name="Queue").wait_for()
    article = page.locator(".mq-article[data-task]")
    article.wait_for()
    settle(page)
    shoot(page, "queue")
    for key in "123":
        task = article.get_attribute("data-task")
        page.wait_for_timeout(400)
        page.keyboard.press(key)
        assert article.get_attribute("data-task") != task
    page.locator(".mq-state:not(.mq-waits)").wait_for()
    with site.store.read() as tx:
        given = labels.current(tx)
        assert [one.label.sentiment for one in given] == ["negative", "neutral", "positive"]
        assert {one.label.user for one in given} == {"ada"}
        assert tasks.stats(tx)["done"] == 3

    # One skipped, and the skip taken back.
    page.wait_for_timeout(400)
    page.keyboard.press("s")
    expect(page, "Skip: ")
    page.keyboard.press("z")
    expect(page, "Taken back: ")
    page.locator(".mq-state:not(.mq-waits)").wait_for()
    with site.store.read() as tx:
        assert tasks.stats(tx)["skipped"] == 0 and tasks.stats(tx)["done"] == 3

    # An alert, from the list to its evidence to being taken care of.
    page.get_by_role("link", name="Alerts").click()
    shoot(page, "alerts")
    page.locator(".ma-link").first.click()
    expect(page, "Negative weight of all voices")
    shoot(page, "alert")
    page.get_by_placeholder("What happened, what was done").fill("calling the company")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page, "calling the company")
    with site.store.read() as tx:
        (alert,) = alerts.page(tx)
        assert alert.state is AlertState.ACKNOWLEDGED and alert.acknowledged_by == "ada"
        assert alerts.events(tx, alert.id)[-1].note == "calling the company"
        assert audit.page(tx, 1)[0].action == "alert.acknowledge"

    # Every page, in English, then the overview in Chinese.
    for path, heading in HEADINGS.items():
        page.goto(f"{site.url}/{path}")
        page.get_by_role("heading", name=heading, exact=True).wait_for()
        assert page.get_by_test_id("stException").count() == 0
        if path not in ("queue", "alerts"):
            shoot(page, heading.lower())
    page.goto(f"{site.url}/articles")
    page.get_by_placeholder("Words in English or Chinese").fill("制动")
    page.keyboard.press("Enter")
    settle(page)
    titles = page.locator(".m-story > a").all_inner_texts()
    assert titles and all("制动" in title for title in titles)
    page.get_by_placeholder("Words in English or Chinese").fill("onerror")
    page.keyboard.press("Enter")
    expect(page, HOSTILE)
    settle(page)
    assert page.locator(".m-story img").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    page.get_by_role("link", name="details").click()
    page.locator(".m-text").wait_for()
    assert page.locator(".m-text").inner_text() == f"{HOSTILE} text"
    article = page.url
    page.get_by_role("link", name="中文").click()
    page.get_by_role("button", name="全部文章").wait_for()
    assert page.url == article and page.locator(".m-text").inner_text() == f"{HOSTILE} text"
    page.goto(site.url)
    page.get_by_role("heading", name="总览").wait_for()
    shoot(page, "overview-zh")

    # Out again, and nothing is left open.
    page.get_by_role("link", name="退出").click()
    page.get_by_role("heading", name="登录").wait_for()
    page.goto(f"{site.url}/models")
    assert "/login" in page.url
    assert site.foreign == [], "the dashboard asks nobody else for anything"
    assert site.errors == []


@pytest.mark.timeout(900)
def test_a_deep_link_survives_log_in_and_a_change_of_language(page: Page, site: Site) -> None:
    with site.store.read() as tx:
        (alert,) = alerts.page(tx)
    link = f"{site.url}/alerts?id={alert.id}"
    page.goto(link)
    assert page.url.startswith(f"{site.url}/login?next=/alerts%3Fid%3D")
    page.get_by_role("link", name="中文").click()
    page.get_by_role("heading", name="登录").wait_for()
    page.get_by_label("用户名").fill("ada")
    page.get_by_label("密码").fill("correct horse")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(link)
    expect(page, "全部声音的负面权重")
    settle(page)
    page.get_by_role("link", name="English").click()
    page.wait_for_url(link)
    expect(page, "Negative weight of all voices")

    # An address that is nothing says so, and leads home.
    answer = page.goto(f"{site.url}/nothing/at?all=1")
    assert answer is not None and answer.status == 404
    page.get_by_role("heading", name="This page does not exist").wait_for()
    page.screenshot(path=SCREENSHOTS / "unknown.png")
    page.get_by_role("link", name="To the start page").click()
    page.get_by_role("heading", name="Overview", exact=True).wait_for()

    # A session that ends while a page is open: its link leads back there.
    page.goto(link)
    expect(page, "Negative weight of all voices")
    settle(page)
    page.context.clear_cookies()
    page.goto(link)
    assert page.url.startswith(f"{site.url}/login?next=/alerts%3Fid%3D")
    assert site.errors == []
