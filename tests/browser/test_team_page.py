"""The team page in a browser: a dispute is decided, an answer taken back, and every part is drawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from monitor.records import Decision, Lane, Route
from monitor.store import answers, articles, comments, guidelines, tasks
from monitor.store.answers import Circumstances
from monitor.store.guidelines import LabelExample
from tests.browser.conftest import Site
from tests.browser.test_browser import expect, settle, shoot

if TYPE_CHECKING:
    from playwright.sync_api import Page

GUIDE = """## How texts are labelled
- Judge what the text says has happened, not what the market will make of it.
- 否认（“未被立案调查”）本身不是负面。
"""
EXAMPLES = [
    LabelExample("neutral", "公司否认，称并未被立案调查", "a denial states no misconduct"),
    LabelExample("negative", "Northwind recalls 40,000 cars over brakes", "costs and danger"),
]


def furnish(site: Site) -> int:
    """Guidelines, a comment, forty audits of three analysts, of which some differ; an article's id."""
    now = datetime.now(UTC)
    with site.store.begin() as tx:
        guidelines.add(tx, "ada", GUIDE, EXAMPLES, now)
        views = [view for view in articles.page(tx, limit=200) if view.article.text_id]
        seen: set[int] = set()
        for view in views:
            article = view.article
            if article.text_id in seen or len(seen) >= 40:
                continue
            seen.add(article.text_id)
            asked = Decision(Route.AUDIT, "drawn at random")
            task = tasks.ask(tx, article.id, Lane.DUEL, asked, 0.5, now, wanted=3)
            assert task is not None
            for number, user in enumerate(("bo", "cy", "vi")):
                sentiment = "neutral" if (len(seen) + number) % 9 == 0 else view.sentiment or "neutral"
                how = Circumstances(note="公告措辞中性" if sentiment == "neutral" else "", guideline=1)
                at = now - timedelta(minutes=60 - len(seen))
                answers.answer(tx, task.id, user, sentiment, ["legal"], at, how=how)
        first = views[0].article
        comments.add(tx, first.id, "bo", "Is this the same recall as last week's?", now)
        comments.add(tx, first.id, "cy", "不是，上周那次是另一款车型。", now)
    return first.id


@pytest.mark.timeout(900)
def test_the_team_at_work(page: Page, site: Site) -> None:
    article = furnish(site)
    page.goto(f"{site.url}/login")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{site.url}/team")
    expect(page, "How texts are labelled")
    shoot(page, "team-guidelines")
    page.get_by_role("tab", name="Disputes").click()
    shoot(page, "team-disputes")
    card = page.locator("form, [data-testid=stForm]").filter(has_text="It really is").first
    card.get_by_text("Negative").first.click()
    card.get_by_role("button", name="Decide").click()
    expect(page, "Decided: Negative")
    page.get_by_role("tab", name="My answers").click()
    shoot(page, "team-history")
    page.get_by_role("tab", name="Agreement").click()
    shoot(page, "team-agreement")
    page.screenshot(path=str(_picture("team-agreement-whole")), full_page=True)
    page.goto(f"{site.url}/articles?id={article}")
    expect(page, "不是，上周那次是另一款车型。")
    shoot(page, "team-article")
    page.goto(f"{site.url}/language/zh?next=/team")
    settle(page)
    shoot(page, "team-zh")
    assert not site.errors and not site.foreign


def _picture(name: str) -> object:
    from tests.browser.conftest import SCREENSHOTS

    return SCREENSHOTS / f"{name}.png"
