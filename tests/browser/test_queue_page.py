"""The queue's page inside the dashboard: what it shows, to whom, in both languages, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from monitor.records import Prediction
from tests.browser.conftest import SCREENSHOTS
from tests.browser.queues import (
    NAMES,
    REASON,
    QueueSite,
    Visit,
    awake,
    due,
    happened,
    press,
    settled,
    shown,
    title,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from playwright.sync_api import Route as Asked

Visits = Callable[..., Visit]
PAGE = "/queue"
GUESS = Prediction(
    {"negative": 0.51, "neutral": 0.3, "positive": 0.19},
    {"legal": 0.9, "company": 0.2},
    "fake",
    companies={"harbour": {"negative": 0.1, "neutral": 0.2, "positive": 0.7}},
)
HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(2)</script>\u202e $x^2$ :red[y] **b** [z](javascript:alert(3))"
)
TEXT = "The bank said that its quarter was better than the one before.\n\nIt named no figures."


@pytest.mark.timeout(600)
def test_five_keys_answer_five_articles_and_two_at_once_one(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(30)
    page = visit().open(PAGE, wait=False)
    page.get_by_text("Article 1", exact=True).first.wait_for()
    page.wait_for_timeout(2000)
    for _ in range(5):
        page.keyboard.press("2")
        page.wait_for_timeout(300)
    page.wait_for_timeout(700)
    assert page.get_by_test_id("stException").count() == 0
    page.keyboard.type("11", delay=30)
    page.wait_for_timeout(1500)
    assert queue_site.titled() == due(page)


def test_the_page_shows_the_article_the_answers_and_what_the_model_thinks(
    queue_site: QueueSite, visit: Visits
) -> None:
    queue_site.add("Harbour Bank rises", TEXT, companies=["harbour"], guess=GUESS)
    page = visit().open(PAGE)
    assert title(page) == "Harbour Bank rises"
    assert page.locator(".mq-article mark").all_inner_texts() == ["Harbour Bank"]
    assert page.locator(".mq-article .mq-text").inner_text() == TEXT
    opinion = page.locator(".mq-opinion").inner_text()
    for told in ("51%", "Topics: Legal and regulation", "▲ Harbour Bank", str(REASON)):
        assert told in opinion
    assert page.locator(".mq-guessed").all_inner_texts() == ["G\nLegal and regulation"]
    assert page.locator(".mq-figure").first.inner_text().split("\n") == ["Open", "1"]


def test_a_day_without_a_time_is_shown_as_the_day(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.add("Article 1", day=date(2026, 3, 2))
    assert visit().open().locator(".mq-article .mq-meta").inner_text().endswith("· 2026-03-02")


def test_why_is_told_without_stopping_the_keys(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.add("Harbour Bank 🚀 loses", TEXT, companies=["harbour"], guess=GUESS)
    queue_site.fill(1)
    page = visit().open(PAGE)
    asked: list[str] = []

    def explain(route: Asked) -> None:
        asked.append(route.request.url.rpartition("target=")[2])
        route.fulfill(json=explained("🚀 Harbour Bank loses", {"Bank": 0.4, "loses": -1.25}))

    page.route("**/explanation?*", explain)
    press(page, "y")
    told = page.locator(".mq-told")
    told.locator(".mq-text").wait_for()
    assert told.locator(".mq-for").all_inner_texts() == ["Bank"]
    assert told.locator(".mq-against").all_inner_texts() == ["loses"]
    assert "Negative 71%" in told.inner_text() and "against it loses −1.25" in told.inner_text()
    page.get_by_role("button", name="Harbour Bank", exact=True).click()
    told.locator(".mq-text").wait_for()
    assert asked == ["sentiment", "company%3AHarbour%20Bank"]
    press(page, "1")
    assert title(page) == "Article 1" and told.is_hidden()


def explained(text: str, scores: Mapping[str, float]) -> dict[str, Any]:
    """An explanation as the API gives it: the places of words in code points."""
    words = [
        {"start": text.index(word), "end": text.index(word) + len(word), "score": score}
        for word, score in scores.items()
    ]
    told = {"text": text, "target": "sentiment", "label": "negative", "probability": 0.71}
    return {**told, "attributions": words, "difference": sum(scores.values()), "error": 0.01, "steps": 8}


def test_what_sources_write_is_text(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.add(HOSTILE, f"{HOSTILE} 🚀 Harbour Bank", companies=["harbour"], url="javascript:alert(4)")
    queue_site.fill(1)
    page = visit().open(PAGE)
    expected = HOSTILE.replace("\u202e", "")
    assert title(page) == expected
    assert page.locator(".mq-article .mq-text").inner_text() == f"{expected} 🚀 Harbour Bank"
    assert page.locator(".mq-article .mq-text mark").all_inner_texts() == ["Harbour Bank"]
    assert page.locator(".mq img, .mq script, .mq a[href^=javascript]").count() == 0
    press(page, "1")
    settled(page)
    assert happened(page) == f"Negative: {expected}"


def test_names_of_companies_topics_and_users_are_text_too(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.add("Named", companies=["harbour"])
    topics = [{"name": "legal", "title": HOSTILE}]
    one = visit()
    hostile = '{"id": "harbour", "name": "<img src=x onerror=alert(1)>", "alias": "x"}'
    page = one.context.new_page()
    page.route(
        "**/api/tasks?*",
        lambda asked: asked.fulfill(
            body=re.sub(r'\{"id": ?"harbour"[^}]*\}', hostile, asked.fetch().text()),
            headers={"content-type": "application/json"},
        ),
    )
    page.close()
    page = one.open(topics=topics)
    assert (
        page.locator(".mq-chip")
        .filter(has_text="onerror")
        .inner_text()
        .endswith(HOSTILE.replace("\u202e", ""))
    )
    assert page.locator(".mq img").count() == 0


def test_a_viewer_is_told_why_not(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(1)
    page = visit("vi").open(PAGE, wait=False)
    page.get_by_text("To label takes an analyst; ask an administrator.").wait_for()
    assert page.locator(".mq").count() == 0 and queue_site.holders() == {}


def test_an_empty_queue_says_so_asks_nothing_and_looks_again(queue_site: QueueSite, visit: Visits) -> None:
    page = visit().open(PAGE, wait=False)
    page.get_by_text("The queue is empty.").wait_for()
    page.get_by_text(re.compile(r"looks again by itself at \d\d:\d\d:\d\d")).wait_for()
    assert page.get_by_role("link", name="Sources").last.get_attribute("href") == "/sources"
    assert page.locator(".mq-choice").is_hidden() and page.locator(".mq-question").is_hidden()
    press(page, "1")
    assert happened(page) == "There is no article to answer."
    queue_site.fill(1)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.locator(".mq-article[data-task]").wait_for()
    press(page, "1")
    settled(page)
    page.get_by_text("The queue is empty.").wait_for()
    page.keyboard.press("z")
    page.locator(".mq-article[data-task]").wait_for()


def test_what_others_have_on_their_screens_is_not_called_empty(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(2)
    visit("cy").open()
    page = visit("bo").open(wait=False)
    page.get_by_text("Nothing is left for you: 2 articles wait on other screens").wait_for()


def test_leaving_the_page_gives_the_tasks_back_and_coming_back_goes_on(
    queue_site: QueueSite, visit: Visits
) -> None:
    ids = queue_site.fill(3)
    page = visit().open(PAGE)
    assert queue_site.holders().keys() == set(ids)
    with page.expect_response("**/api/tasks/release"):
        page.get_by_role("link", name="Sources").first.click()
    assert queue_site.holders() == {}
    page.keyboard.press("1")
    page.get_by_role("link", name="Queue").click()
    page.locator(".mq-article[data-task]").wait_for()
    assert page.locator(".mq").count() == 1 and shown(page) == ids[0]
    press(page, "2")
    settled(page)
    assert queue_site.said() == [(ids[0], "neutral")], "no key is heard on another page, and one here"


def test_a_server_that_goes_away_leaves_no_dialog_over_the_article(
    queue_site: QueueSite, visit: Visits
) -> None:
    ids = queue_site.fill(8)
    page = visit().open(PAGE)
    page.wait_for_timeout(2000)
    queue_site.stop()
    press(page, "1")
    page.wait_for_timeout(8000)
    assert page.locator("[role=dialog]").count() == 0
    press(page, "2")
    assert title(page) == "Article 3"
    queue_site.start()
    awake(page)
    settled(page)
    assert queue_site.said() == [(ids[0], "negative"), (ids[1], "neutral")]
    page.wait_for_timeout(3000)  # Streamlit connects again and draws the page anew
    assert page.locator(".mq").count() == 1 and title(page) == "Article 3"


def test_a_chinese_page_has_no_english_sentence_in_it(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.add("海港银行业绩向好", "公司将于午间召开投资者电话会。", companies=["harbour"], guess=GUESS)
    one = visit(language="zh")
    one.context.add_cookies([{"name": "monitor_language", "value": "zh", "url": queue_site.url}])
    page = one.open(PAGE)
    text = page.locator(".mq").inner_text()
    assert REASON.said("zh") in text
    for english in re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]{2,})*", text):
        assert english in (NAMES["harbour"], "GMT", "Esc", "Enter"), english
    press(page, "1")
    assert happened(page) == "负面：海港银行业绩向好"
    page.get_by_text("队列已空。").wait_for()


def lightness(page: Page, selector: str, which: str) -> float:
    """How light a colour of the first such node is, from 0 (black) to 1."""
    return float(
        page.locator(selector).first.evaluate(
            """(node, which) => {
                const canvas = document.createElement("canvas").getContext("2d");
                for (const paint of [
                    getComputedStyle(node).getPropertyValue("--st-background-color"),
                    getComputedStyle(node)[which],
                ]) {
                    canvas.fillStyle = paint;
                    canvas.fillRect(0, 0, 1, 1);
                }
                const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
                return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
            }""",
            which,
        )
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_the_page_can_be_read_in_both_themes_and_on_small_screens(
    queue_site: QueueSite, visit: Visits, language: str, theme: str, width: int
) -> None:
    queue_site.add("Harbour Bank and Jade Pharma", TEXT, companies=["harbour", "jade"], guess=GUESS)
    queue_site.fill(3)
    one = visit(language=language, viewport={"width": width, "height": 1000 if width > 600 else 844})
    one.context.add_cookies([{"name": "monitor_language", "value": language, "url": queue_site.url}])
    page = one.open(PAGE) if theme == "light" else one.open(theme=theme)
    page.wait_for_timeout(1000)
    press(page, "w")
    page.keyboard.press("u")
    page.screenshot(path=SCREENSHOTS / f"queue-{language}-{theme}-{width}.png")
    text = lightness(page, ".mq-article .mq-text", "color")
    ground = lightness(page, ".mq-answer", "backgroundColor")
    assert abs(text - ground) > 0.6 and (ground < 0.5) == (theme == "dark")
    marked = lightness(page, ".mq-article mark", "color")
    assert abs(marked - lightness(page, ".mq-article mark", "backgroundColor")) > 0.4
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for button in page.locator(".mq-answer").all():
        assert button.evaluate("(node) => node.scrollWidth <= node.clientWidth")
        box = button.bounding_box()
        assert box is not None and box["y"] + box["height"] <= (1000 if width > 600 else 844)


def test_everything_has_a_name_and_can_be_reached(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.add("Harbour Bank", TEXT, companies=["harbour"], guess=GUESS)
    page = visit().open()
    page.wait_for_timeout(500)
    named = "one.getAttribute('aria-label') || one.textContent || one.closest('label')?.textContent"
    unnamed = page.locator(".mq button, .mq input, .mq a").evaluate_all(
        f"(nodes) => nodes.filter((one) => one.checkVisibility() && !({named}).trim()).length"
    )
    assert unnamed == 0
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    assert page.locator(".mq [role=status]").count() >= 2
