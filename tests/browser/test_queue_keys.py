"""One key is one answer to the article on the screen.

A machine may be slow, so what must come of a key is not what the test hopes, but what was painted when the
key went down, as the page's own clock has it (`due`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from benchmarks.keys import plan, strike
from monitor.records import Lane
from monitor.store.schema import answers
from tests.browser.queues import (
    NAMES,
    SEEN_MS,
    QueueSite,
    Visit,
    due,
    happened,
    press,
    settled,
    shown,
    title,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visits = Callable[..., Visit]
NEVER = 10_000  # ms that no article is seen in a test


def dispatch(page: Page, target: str = "document.body", kind: str = "keydown", **event: object) -> None:
    """Send a key event as an input method or a keyboard makes it."""
    page.evaluate(
        f"(event) => ({target}).dispatchEvent(new KeyboardEvent({kind!r}, "
        "{bubbles: true, composed: true, cancelable: true, ...event}))",
        event,
    )


def stroke(page: Page, target: str = "document.body", **event: object) -> None:
    """The same, down and up, once the article has been seen."""
    page.wait_for_timeout(SEEN_MS)
    dispatch(page, target, **event)
    dispatch(page, target, "keyup", **event)


# --- how often --------------------------------------------------------------------------------------


@pytest.mark.timeout(600)
def test_what_is_stored_is_what_was_struck_on_what_was_seen(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(220)
    page = visit().open()
    strike(page, plan(3, 200))
    settled(page)
    answers = due(page)
    assert queue_site.titled() == answers and len(answers) > 50


def test_two_presses_at_once_are_one_answer(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(3)
    page = visit().open()
    page.wait_for_timeout(SEEN_MS)
    page.keyboard.type("11", delay=30)
    settled(page)
    assert queue_site.titled() == due(page)


def test_a_held_key_is_one_answer(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(4)
    page = visit().open()
    page.wait_for_timeout(SEEN_MS)
    for _ in range(30):
        page.keyboard.down("3")  # the first one goes down, the others repeat
        page.wait_for_timeout(33)
    page.keyboard.up("3")
    press(page, "2")
    settled(page)
    assert queue_site.said() == [(ids[0], "positive"), (ids[1], "neutral")]


def test_a_key_that_was_not_let_go_is_no_new_press(queue_site: QueueSite, visit: Visits) -> None:
    """As a keyboard behind a remote desktop sends it: no `repeat`, but no release either."""
    ids = queue_site.fill(4)
    page = visit().open()
    for _ in range(4):
        page.wait_for_timeout(SEEN_MS)
        dispatch(page, key="2", code="Digit2")
    dispatch(page, kind="keyup", key="2", code="Digit2")
    stroke(page, key="2", code="Digit2")
    settled(page)
    assert queue_site.said() == [(task, "neutral") for task in ids[:2]]


def test_enter_held_on_a_button_presses_it_once(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(4)
    page = visit().open()
    page.get_by_role("button", name="Positive", exact=True).focus()
    page.wait_for_timeout(SEEN_MS)
    for _ in range(30):
        page.keyboard.down("Enter")
        page.wait_for_timeout(33)
    page.keyboard.up("Enter")
    settled(page)
    assert queue_site.said() == [(ids[0], "positive")]


# --- what was seen ----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["1", "s", "q", "u", "Enter"])
def test_an_article_that_was_not_seen_takes_no_key_and_the_page_says_so(
    queue_site: QueueSite, visit: Visits, key: str
) -> None:
    queue_site.add("First", companies=["harbour"])
    page = visit().open(min_seen_ms=NEVER)
    page.keyboard.press(key)
    assert happened(page) == (
        "Too early, and not taken: this article has been on the screen for less than 10 s."
    )
    assert title(page) == "First" and page.locator("[aria-pressed=true]").count() == 0
    page.get_by_role("button", name="Negative", exact=True).click()
    assert title(page) == "First" and queue_site.said() == []


def test_an_article_counts_as_seen_only_while_the_page_is(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(2)
    page = visit().open()
    page.wait_for_timeout(SEEN_MS)
    see = """(state) => {
        Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(see, "hidden")
    page.wait_for_timeout(SEEN_MS)
    page.keyboard.press("1")
    assert happened(page).startswith("Too early")
    # and coming back, it must be seen again; both in one turn, so that no frame is drawn between
    page.evaluate(
        f"""() => {{
            ({see})("visible");
            for (const kind of ["keydown", "keyup"]) {{
                const event = new KeyboardEvent(kind, {{key: "2", code: "Digit2", bubbles: true}});
                document.body.dispatchEvent(event);
            }}
        }}"""
    )
    assert happened(page).startswith("Too early") and title(page) == "Article 1"
    press(page, "3")
    settled(page)
    assert [label.sentiment for label in queue_site.labels()] == ["positive"]
    (label,) = queue_site.labels()
    assert label.seconds is not None and label.seconds >= SEEN_MS / 1000


def test_a_key_counts_from_when_it_went_down_not_from_when_it_was_heard(
    queue_site: QueueSite, visit: Visits
) -> None:
    """Two presses wait behind a busy page; the second one went down before the next article was there."""
    ids = queue_site.fill(3)
    page = visit().open()
    page.wait_for_timeout(SEEN_MS)
    page.evaluate(
        """() => {
            const press = (key, at) => {
                for (const kind of ["keydown", "keyup"]) {
                    const event = new KeyboardEvent(kind, {key, code: `Digit${key}`, bubbles: true});
                    Object.defineProperty(event, "timeStamp", {value: at});
                    document.body.dispatchEvent(event);
                }
            };
            const at = performance.now();
            press("1", at);
            return new Promise((done) => setTimeout(() => { press("2", at + 40); done(); }, 600));
        }"""
    )
    assert happened(page).startswith("Too early")
    settled(page)
    assert queue_site.said() == [(ids[0], "negative")]


def test_a_press_that_began_on_one_article_is_not_for_the_next(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(3)
    page = visit().open()
    page.wait_for_timeout(SEEN_MS)
    page.get_by_role("button", name="Positive", exact=True).hover()
    page.mouse.down()
    page.keyboard.press("1")
    page.wait_for_timeout(SEEN_MS)
    page.mouse.up()
    settled(page)
    assert queue_site.said() == [(ids[0], "negative")] and title(page) == "Article 2"


# --- which key --------------------------------------------------------------------------------------


TWO = [
    {"key": "2", "code": "Digit2"},
    {"key": "2", "code": "Numpad2"},
    {"key": "２", "code": "Digit2"},
    {"key": "Process", "code": "Digit2", "keyCode": 229},
    {"key": "Process", "code": "Digit2", "keyCode": 229, "isComposing": True},
    {"key": "Process", "code": "Numpad2", "keyCode": 229},
    {"key": "Unidentified", "code": "Digit2"},
    {"key": "é", "code": "Digit2"},
]
SKIPS = [
    {"key": "ы", "code": "KeyS"},  # a Cyrillic layout: where it lies
    {"key": "S", "code": "KeyS", "shiftKey": True},
    {"key": "ｓ", "code": "KeyS"},
    {"key": "s", "code": "KeyO"},  # another Latin layout: what is written on it
]
OTHERS = [
    {"key": "1", "code": "Digit1", "ctrlKey": True},
    {"key": "1", "code": "Digit1", "altKey": True},
    {"key": "1", "code": "Digit1", "metaKey": True},
    {"key": "!", "code": "Digit1", "shiftKey": True},
    {"key": "End", "code": "Numpad1"},
    {"key": "ArrowDown", "code": "Numpad2"},
    {"key": "F1", "code": "F1"},
    {"key": "4", "code": "Digit4"},  # a reason, while it is asked for one
]


def test_a_key_is_known_with_an_input_method_on(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(15)
    page = visit().open()
    for event in TWO:
        before = shown(page)
        stroke(page, **event)
        assert shown(page) != before, event
    for event in SKIPS:
        before = shown(page)
        stroke(page, **event)
        assert shown(page) != before and happened(page).startswith("Skip: "), event
    settled(page)
    assert queue_site.said() == [(task, "neutral") for task in ids[: len(TWO)]]


def test_other_keys_are_left_alone(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(2)
    page = visit().open()
    page.evaluate("document.addEventListener('keydown', (e) => window.left = !e.defaultPrevented)")
    for event in OTHERS:
        stroke(page, **event)
        assert title(page) == "Article 1" and happened(page) == "" and page.evaluate("window.left"), event
    stroke(page, key="1", code="Digit1")  # let go under the command key of a Mac, which is not told
    assert title(page) == "Article 2"


FIELDS = {
    "input": "<input>",
    "search": "<input type=search>",
    "textarea": "<textarea></textarea>",
    "select": "<select><option>1<option>2</select>",
    "editable": "<div contenteditable><b>text</b></div>",
    "textbox": "<div role=textbox tabindex=0></div>",
    "shadow": "<input>",
    "closed": "<input>",
}
PUT = """([kind, html]) => {
    const host = document.createElement(kind === "closed" ? "some-field" : "div");
    const inside = kind === "shadow" || kind === "closed";
    const root = inside ? host.attachShadow({mode: kind === "closed" ? "closed" : "open"}) : host;
    const parsed = new DOMParser().parseFromString(html, "text/html").body.firstChild;
    root.append(document.importNode(parsed, true));
    document.body.prepend(host);
    root.firstChild.focus();
    window.field = root.firstChild.querySelector("b") ?? root.firstChild;
}"""


def test_no_key_is_taken_while_a_field_is_typed_in(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(2)
    page = visit().open()
    for kind, html in FIELDS.items():
        page.evaluate(PUT, [kind, html])
        for event in ({"key": "1", "code": "Digit1"}, {"key": "Process", "code": "Digit1", "keyCode": 229}):
            stroke(page, "window.field", **event)
        if kind not in ("textbox", "select"):
            page.keyboard.type("12sz")
        assert title(page) == "Article 1" and happened(page) == "", kind
    page.evaluate("document.activeElement.blur()")
    stroke(page, key="1", code="Digit1")
    assert title(page) == "Article 2"


def test_a_focused_checkbox_does_not_stop_the_keys(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(2)
    page = visit().open()
    page.get_by_role("checkbox").focus()
    press(page, "2")
    assert title(page) == "Article 2"


def test_a_dialog_over_the_article_takes_the_keys(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(2)
    page = visit().open()
    page.evaluate(
        """() => {
            const dialog = document.createElement("dialog");
            document.body.append(dialog);
            dialog.showModal();
        }"""
    )
    press(page, "2")
    assert title(page) == "Article 1"
    page.evaluate("document.querySelector('dialog').close()")
    press(page, "2")
    assert title(page) == "Article 2"


# --- topics and companies ---------------------------------------------------------------------------


def test_topics_and_companies_are_judged_by_keyboard(queue_site: QueueSite, visit: Visits) -> None:
    task = queue_site.add("Two companies", companies=["harbour", "jade"])
    queue_site.add("Another", companies=["lumen"])
    page = visit().open()
    press(page, "w")  # earnings
    page.keyboard.press("Shift+Q")  # macro, the first of the second dozen
    page.keyboard.press("Shift+Q")
    page.keyboard.press("Shift+W")
    page.keyboard.press("u")  # the first company: negative
    page.keyboard.press("l")  # the second: positive
    assert page.locator(".mq-judged").inner_text() == "2 chosen"
    names = page.locator(".mq-chips [aria-pressed=true]").all_inner_texts()
    assert [name.split("\n")[-1] for name in names] == ["Earnings", "Central banks"]
    page.keyboard.press("2")
    assert title(page) == "Another" and page.locator(".mq-marks [aria-pressed=true]").count() == 0
    press(page, "2")
    settled(page)
    first, second = queue_site.labels()
    assert first.task_id == task and first.sentiment == "neutral"
    assert first.topics is not None and set(first.topics) == {"earnings", "central_bank"}
    assert first.companies == {"harbour": "negative", "jade": "positive"}
    assert second.topics is None and second.companies == {}, "what is not marked is not judged"


def test_more_than_three_companies_have_keys_in_turns(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.add("Five companies", companies=list(NAMES))
    page = visit().open()
    press(page, ",")  # the third one: neutral
    page.keyboard.press("n")
    page.keyboard.press("j")  # the fifth: negative
    page.keyboard.press("m")  # there is no sixth
    page.keyboard.press("3")
    settled(page)
    ids = list(NAMES)
    (label,) = queue_site.labels()
    assert label.companies == {ids[2]: "neutral", ids[4]: "negative"}


def test_marks_are_cleared_and_unmarked(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.add("One company", companies=["harbour"])
    page = visit().open()
    for key in ("q", "u"):
        press(page, key)
    page.keyboard.press("Escape")
    assert page.locator(".mq-marks [aria-pressed=true]").count() == 0
    assert page.locator(".mq-judged").inner_text() == "not judged"
    page.keyboard.press("i")
    page.keyboard.press("i")
    page.keyboard.press("e")
    page.keyboard.press("e")
    page.keyboard.press("1")
    settled(page)
    (label,) = queue_site.labels()
    assert label.companies == {} and label.topics == (), "no topic is a judgement, too"


def test_enter_sends_what_is_marked(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(2)
    page = visit().open()
    press(page, "Enter")
    assert happened(page) == "Press 1, 2 or 3 to say the sentiment."
    press(page, "3")
    page.keyboard.press("z")
    page.locator(".mq-answer[aria-pressed=true]").wait_for()
    press(page, "q")
    page.keyboard.press("Enter")
    settled(page)
    (label,) = queue_site.labels()
    assert (label.sentiment, label.topics) == ("positive", ("company",))


def test_what_measures_the_model_is_kept_back_until_it_says_everything(
    queue_site: QueueSite, visit: Visits
) -> None:
    queue_site.add("Drawn", companies=["harbour", "jade"], lane=Lane.AUDIT)
    page = visit().open()
    assert "measures the model" in page.locator(".mq-question").inner_text()
    assert page.locator(".mq-topics").evaluate("node => node.open")
    press(page, "1")
    assert happened(page).startswith("Still to say: Harbour Bank, Jade Pharma, Topics.")
    assert title(page) == "Drawn" and queue_site.labels() == []
    page.keyboard.press("i")  # the first company: neutral
    page.keyboard.press("l")  # the second: positive
    press(page, "1")
    assert happened(page).startswith("Still to say: Topics.")
    press(page, "Enter")  # none of them
    settled(page)
    (label,) = queue_site.labels()
    assert (label.sentiment, label.topics, label.lane) == ("negative", (), Lane.AUDIT)
    assert label.companies == {"harbour": "neutral", "jade": "positive"}
    assert not label.suggested


def test_closed_topics_take_no_keys(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(15)
    one = visit()
    page = one.open()
    press(page, "t")
    page.keyboard.press("q")
    assert happened(page) == "Topics are closed; T opens them."
    assert page.locator(".mq-judged").inner_text() == "not judged"
    again = one.open()
    assert not again.locator(".mq-topics").evaluate("node => node.open"), "it is remembered"


# --- mouse and touch --------------------------------------------------------------------------------


def test_a_mouse_answers_marks_skips_and_undoes(queue_site: QueueSite, visit: Visits) -> None:
    ids = [queue_site.add("One company", companies=["harbour"]), *queue_site.fill(3)]
    page = visit().open()
    page.wait_for_timeout(SEEN_MS)
    page.get_by_role("button", name=f"{NAMES['harbour']}: Negative").click()
    page.get_by_role("button", name="Dividends").click()
    page.get_by_role("button", name="Positive", exact=True).click()
    page.wait_for_timeout(SEEN_MS)
    page.get_by_role("button", name="Skip", exact=True).click()
    page.wait_for_timeout(SEEN_MS)
    page.get_by_role("button", name="Undo").click()
    assert shown(page) == ids[1]
    settled(page)
    (label,) = queue_site.labels()
    assert (label.sentiment, label.topics, label.companies) == (
        "positive",
        ("dividend",),
        {"harbour": "negative"},
    )
    assert queue_site.task(ids[1]).state == "open"


def test_a_skip_says_why_by_keyboard_all_the_way(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(8)
    page = visit().open()
    press(page, "p")
    reasons = page.locator(".mq-reasons")
    assert reasons.is_visible() and happened(page) == "Why do you skip it?"
    press(page, "Escape")
    assert reasons.is_hidden() and happened(page) == "It is not skipped." and shown(page) == ids[0]
    _skip(page, "4")
    assert shown(page) == ids[1] and reasons.is_hidden()
    assert happened(page) == "Skip (It is no financial news): Article 1"
    press(page, "2")  # an answer again, and no reason
    _skip(page, "2")
    _skip(page, "6")
    assert page.evaluate("document.activeElement.className") == "mq-field"
    page.keyboard.press("Enter")  # nothing is written yet
    page.keyboard.type("12 sz: a table")
    assert shown(page) == ids[3]
    page.keyboard.press("Enter")
    assert shown(page) == ids[4] and page.evaluate("document.activeElement.className") != "mq-field"
    press(page, "p")
    page.get_by_role("button", name="I do not read its language").click()
    press(page, "s")
    settled(page)
    assert queue_site.said() == [(ids[1], "neutral")]
    with queue_site.store.read() as tx:
        told = {row.task_id: row.note for row in tx.execute(select(answers)) if row.outcome == "skip"}
    assert told == {
        ids[0]: "It is no financial news",
        ids[2]: "It cannot be read: cut off or garbled",
        ids[3]: "12 sz: a table",
        ids[4]: "I do not read its language",
        ids[5]: "",
    }


def _skip(page: Page, reason: str) -> None:
    press(page, "p")
    press(page, reason)


def test_a_press_on_a_sentiment_is_an_answer_while_it_is_asked_why(
    queue_site: QueueSite, visit: Visits
) -> None:
    ids = queue_site.fill(2)
    page = visit().open()
    press(page, "p")
    page.locator(".mq-answer.mq-positive").click()
    settled(page)
    assert queue_site.said() == [(ids[0], "positive")] and page.locator(".mq-reasons").is_hidden()


def test_a_double_click_is_one_answer(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(3)
    page = visit().open(min_seen_ms=1000)
    page.wait_for_timeout(1100)
    page.get_by_role("button", name="Neutral", exact=True).dblclick()
    assert happened(page).startswith("Too early")
    settled(page)
    assert queue_site.titled() == [("Article 1", "neutral")]


def test_a_finger_answers_on_a_small_screen(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(2)
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).open()
    page.wait_for_timeout(SEEN_MS)
    button = page.get_by_role("button", name="Negative", exact=True)
    box = button.bounding_box()
    assert box is not None and box["y"] + box["height"] <= 844, "it needs no scrolling"
    button.tap()
    settled(page)
    assert queue_site.said() == [(ids[0], "negative")]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
