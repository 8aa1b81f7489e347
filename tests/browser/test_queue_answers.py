"""Answers reach the server once, under their own user, whatever happens on the way; there is a way back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from monitor.desk import Circumstances
from monitor.records import Prediction
from monitor.store import answers, tasks
from monitor.store.schema import claims
from tests.browser.conftest import FLAGS, WAIT_MS
from tests.browser.queues import (
    SEEN_MS,
    QueueSite,
    Visit,
    awake,
    cut_off,
    press,
    settled,
    shown,
    title,
    unsent,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright
    from playwright.sync_api import Route as Asked

Visits = Callable[..., Visit]
GUESS = Prediction({"negative": 0.5, "neutral": 0.3, "positive": 0.2}, {"legal": 0.9}, "fake")
POSTS = "**/api/tasks/**"


def says(page: Page, text: str) -> None:
    """Wait until the page says this somewhere."""
    page.locator(".mq").get_by_text(text).first.wait_for()


def answer_with(page: Page, status: int, body: str, times: int = 10**6, **headers: str) -> Callable[[], int]:
    """Let the next `times` answers of this page be answered so; what is returned counts them."""
    count = 0

    def refuse(route: Asked) -> None:
        nonlocal count
        if route.request.method != "POST" or count >= times:
            route.fallback()
            return
        count += 1
        route.fulfill(status=status, body=body, headers={"content-type": "application/json", **headers})

    page.route(POSTS, refuse)
    return lambda: count


# --- sent -------------------------------------------------------------------------------------------


def test_an_answer_brings_how_it_came_about(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.add("With a suggestion", guess=GUESS)
    queue_site.add("Without")
    page = visit().open()
    says(page, "What the model thinks")
    for _ in range(2):
        press(page, "1")
    settled(page)
    first, second = queue_site.labels()
    assert (first.suggested, second.suggested) == (True, False)
    for label in (first, second):
        assert label.user == "bo" and label.seconds is not None and 0.25 <= label.seconds < 60
        assert label.topics is None and label.companies == {}


def test_each_answer_has_a_key_of_its_own_and_names_its_user(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(3)
    page = visit().open()
    sent: list[dict[str, str]] = []
    page.on("request", lambda asked: asked.method == "POST" and sent.append(asked.all_headers()))
    for key in ("1", "s", "z"):
        press(page, key)
    settled(page)
    keys = [headers["idempotency-key"] for headers in sent]
    assert len(set(keys)) == 3 and {headers["as-user"] for headers in sent} == {"bo"}


def test_answers_are_kept_while_there_is_no_connection_and_sent_in_order(
    queue_site: QueueSite, visit: Visits
) -> None:
    ids = queue_site.fill(15)
    one = visit()
    page = one.open()
    page.wait_for_timeout(1000)  # more are fetched, now that it is known how many there are
    one.context.set_offline(True)
    for key in ("1", "2", "s"):
        press(page, key)
    says(page, "3 answers are not stored yet. There is no connection")
    assert unsent(page) == [
        "Negative Article 1 kept here",
        "Neutral Article 2 kept here",
        "Skip Article 3 kept here",
    ]
    assert queue_site.said() == [] and title(page) == "Article 4"
    one.context.set_offline(False)
    settled(page)
    assert queue_site.said() == [(ids[0], "negative"), (ids[1], "neutral")]
    assert queue_site.task(ids[2]).state == "skipped" and unsent(page) == []
    posts = [path for _, path in one.sent if "/release" not in path]
    assert posts == [
        f"/api/tasks/{task}/{what}" for task, what in zip(ids, ("label", "label", "skip"), strict=False)
    ]


def test_unsent_answers_survive_a_reload(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(12)
    page = visit().open()
    with cut_off(page):
        press(page, "1")
        press(page, "3")
        says(page, "2 answers are not stored yet. The server does not answer")
        page.reload()
        says(page, "2 answers are not stored yet.")
        assert [line.split(" kept")[0].split(" sent")[0] for line in unsent(page)] == [
            "Negative Article 1",
            "Positive Article 2",
        ]
    awake(page)
    settled(page)
    assert queue_site.said() == [(ids[0], "negative"), (ids[1], "positive")]
    page.locator(".mq-article[data-task]").wait_for()
    assert title(page) == "Article 3", "what was answered is not shown again"


def test_unsent_answers_survive_the_browser(
    queue_site: QueueSite, driver: Playwright, chromium: str, tmp_path: Path
) -> None:
    (task,) = queue_site.fill(1)
    for visited in range(2):
        context = driver.chromium.launch_persistent_context(
            str(tmp_path / "profile"), executable_path=chromium, headless=True, args=list(FLAGS)
        )
        context.set_default_timeout(WAIT_MS)
        context.add_cookies([queue_site.cookie("bo")])
        page = Visit(queue_site, context, "bo").open(wait=not visited)
        if not visited:
            page.route(POSTS, lambda asked: asked.abort("connectionrefused"))
            press(page, "2")
            says(page, "1 answer is not stored yet.")
        else:
            settled(page)
        context.close()
    assert queue_site.said() == [(task, "neutral")]


LATE = """
window.read = new Promise((done) => { window.release = done; });
const all = IDBObjectStore.prototype.getAll;
let first = true;
IDBObjectStore.prototype.getAll = function () {
  const real = all.apply(this);
  if (this.name !== "outbox" || !first) return real;
  first = false;
  const late = { get result() { return real.result; } };
  real.onsuccess = () => window.read.then(() => late.onsuccess());
  return late;
};
"""


def test_nothing_is_said_to_be_stored_before_it_is_known(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(3)
    one = visit()
    one.context.add_init_script(LATE)
    page = one.open(wait=False)
    page.locator(".mq-figures").wait_for()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_timeout(500)
    assert not page.locator(".mq-state").is_visible()
    page.evaluate("window.release()")
    says(page, "Every answer is stored.")


def test_a_lost_reply_is_asked_for_again_and_the_answer_stored_once(
    queue_site: QueueSite, visit: Visits
) -> None:
    ids = queue_site.fill(3)
    page = visit().open()
    lost: list[Any] = []

    def lose(route: Asked) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch())
            route.abort("connectionreset")
        else:
            route.fallback()

    page.route(POSTS, lose)
    press(page, "1")
    press(page, "2")
    settled(page)
    assert lost[0].status == 200
    assert queue_site.said() == [(ids[0], "negative"), (ids[1], "neutral")]


@pytest.mark.parametrize("status", [503, 429])
def test_a_busy_server_is_given_the_time_it_asks_for(
    queue_site: QueueSite, visit: Visits, status: int
) -> None:
    ids = queue_site.fill(3)
    page = visit().open()
    asked = answer_with(page, status, '{"detail": "wait"}', times=1, **{"Retry-After": "3"})
    press(page, "1")
    says(page, "The server is busy. Next try at")
    press(page, "2")
    awake(page)
    page.wait_for_timeout(500)
    assert asked() == 1 and queue_site.said() == [], "it is not asked before"
    settled(page)
    assert queue_site.said() == [(ids[0], "negative"), (ids[1], "neutral")]


def test_a_server_that_fails_at_one_answer_is_sent_the_others(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(3)
    page = visit().open()
    answer_with(page, 500, '{"detail": "broken"}', times=5)
    press(page, "1")
    press(page, "2")
    for _ in range(5):
        page.wait_for_timeout(200)
        page.evaluate("window.dispatchEvent(new Event('online'))")
    says(page, "The server refused your answer: broken")
    settled(page)
    assert queue_site.said() == [(ids[1], "neutral")]
    page.get_by_role("button", name="Send again").click()
    page.locator(".mq-failed article").wait_for(state="detached")
    settled(page)
    assert queue_site.said() == [(ids[1], "neutral"), (ids[0], "negative")]


@pytest.mark.parametrize("status", [403, 422])
def test_what_the_server_will_never_take_is_shown_until_it_is_dismissed(
    queue_site: QueueSite, visit: Visits, status: int
) -> None:
    ids = queue_site.fill(12)
    page = visit().open()
    answer_with(page, status, '{"detail": "not <b>this</b>"}', times=1)
    press(page, "1")
    press(page, "2")
    card = page.locator(".mq-failed article")
    card.wait_for()
    assert "The server refused your answer: not <b>this</b>" in card.inner_text()
    assert "Article 1" in card.inner_text() and "Your answer: Negative" in card.inner_text()
    settled(page)
    assert queue_site.said() == [(ids[1], "neutral")], "the next one is sent"
    page.reload()
    card.wait_for()
    card.get_by_role("button", name="Dismiss").click()
    card.wait_for(state="detached")


def test_a_restarted_server_finds_every_answer(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(6)
    page = visit().open()
    press(page, "1")
    settled(page)
    queue_site.stop()
    for key in ("2", "3"):
        press(page, key)
    says(page, "The server does not answer")
    queue_site.start()
    awake(page)
    settled(page)
    assert queue_site.said() == list(zip(ids, ("negative", "neutral", "positive"), strict=False))


# --- somebody else ----------------------------------------------------------------------------------


def test_a_task_that_somebody_else_answered_is_shown_with_what_became_of_it(
    queue_site: QueueSite, visit: Visits
) -> None:
    ids = queue_site.fill(4)
    page = visit().open()
    with queue_site.store.begin() as tx:
        tasks.release(tx, "bo", ids[:2])
        now = queue_site.task(ids[0]).created_at
        answers.answer(tx, ids[0], "cy", "positive", None, now)
        answers.skip(tx, ids[1], "cy", now)
    press(page, "1")
    cards = page.locator(".mq-failed article")
    cards.first.wait_for()
    assert title(page) == "Article 2", "the flow goes on"
    press(page, "1")
    press(page, "2")
    settled(page)
    cards.nth(1).wait_for()
    first, second = cards.all_inner_texts()
    assert "cy labelled it Positive before." in first and "What article 1 says." in first
    assert "cy skipped it before." in second and "Your answer: Negative" in second
    assert queue_site.said() == [(ids[0], "positive"), (ids[2], "neutral")]
    for _ in range(2):
        cards.first.get_by_role("button", name="Dismiss").click()
        page.wait_for_timeout(100)
    assert cards.count() == 0
    press(page, "z")
    assert title(page) == "Article 3", "there is nothing to take back of the others"


def test_a_task_on_somebody_elses_screen_says_so(queue_site: QueueSite, visit: Visits) -> None:
    (task,) = queue_site.fill(1)
    page = visit().open()
    with queue_site.store.begin() as tx:
        tasks.release(tx, "bo", [task])
        tasks.claim(tx, "cy", [task], queue_site.task(task).created_at)
    press(page, "2")
    says(page, "cy has it on the screen.")


def test_an_ended_session_asks_to_log_in_and_sends_then(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(12)
    page = visit().open("/queue")
    queue_site.end_sessions("bo")
    press(page, "1")
    link = page.get_by_role("link", name="Log in")
    link.wait_for()
    press(page, "2")
    says(page, "2 answers are not stored yet. Kept here, and sent once you log in.")
    assert link.get_attribute("href") == "/login?next=/queue"
    assert unsent(page) == ["Negative Article 1 kept here", "Neutral Article 2 kept here"]
    link.click()
    page.get_by_label("User name").fill("bo")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{queue_site.url}/queue")
    page.locator(".mq-article[data-task]").wait_for()
    settled(page)
    assert queue_site.said() == [(ids[0], "negative"), (ids[1], "neutral")]


def test_logging_in_in_another_tab_is_enough(queue_site: QueueSite, visit: Visits) -> None:
    (task, *_) = queue_site.fill(3)
    one = visit()
    page = one.open()
    queue_site.end_sessions("bo")
    press(page, "1")
    page.get_by_role("link", name="Log in").wait_for()
    one.log_in("bo")
    awake(page)
    settled(page)
    assert queue_site.said() == [(task, "negative")] and page.locator(".mq-banner").is_hidden()


def test_answers_are_never_sent_under_another_user(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(12)
    one = visit("bo")
    page = one.open()
    page.wait_for_timeout(SEEN_MS)
    one.log_in("cy")  # in another tab; this page has not noticed
    page.keyboard.press("1")
    says(page, "cy is logged in now, and this page is bo's.")
    assert page.locator(".mq-article").is_hidden(), "nothing is asked of bo that cannot be sent"
    assert queue_site.said() == [] and "cy" not in queue_site.holders().values()
    page.keyboard.press("z")
    page.keyboard.press("2")
    assert unsent(page) == ["Negative Article 1 kept here"], "and nobody else answers for bo"
    # cy's own page says that there is something of bo's, and leaves it alone
    hers = Visit(queue_site, one.context, "cy")
    theirs = hers.open()
    says(theirs, "1 answer of bo is kept in this browser")
    press(theirs, "3")
    settled(theirs)
    assert [(label.user, label.sentiment) for label in queue_site.labels()] == [("cy", "positive")]
    # bo is back
    one.log_in("bo")
    awake(page)
    settled(page)
    assert {(label.user, label.task_id) for label in queue_site.labels()} >= {("bo", ids[0])}
    page.locator(".mq-article[data-task]").wait_for()


def test_a_page_that_becomes_another_users_begins_anew(queue_site: QueueSite, visit: Visits) -> None:
    """Streamlit connects again after its server was away, and finds who is logged in then."""
    ids = queue_site.fill(30)
    one = visit("bo")
    page = one.open()
    one.context.set_offline(True)
    press(page, "1")
    says(page, "1 answer is not stored yet")
    one.log_in("cy")
    page.evaluate("void mount({parentElement: root, data: {...data, user: 'cy'}})")
    one.context.set_offline(False)
    page.locator(".mq[data-user=cy] .mq-article[data-task]").wait_for()
    assert page.locator(".mq").count() == 1 and queue_site.said() == []
    says(page, "1 answer of bo is kept in this browser")
    task = press(page, "3")
    settled(page)
    assert [(label.user, label.task_id) for label in queue_site.labels()] == [("cy", task)]
    assert task not in ids[:1]


def test_a_log_in_between_two_answers_sends_neither_under_the_other_name(
    queue_site: QueueSite, visit: Visits
) -> None:
    """The user is told with each answer, and judged with it: no moment lies between asking and sending."""
    ids = queue_site.fill(12)
    one = visit("bo")
    page = one.open()
    one.context.set_offline(True)
    for key in ("1", "2", "3"):
        press(page, key)
    sent = 0

    def swap(route: Asked) -> None:
        nonlocal sent
        sent += 1
        if sent == 2:
            one.log_in("cy")
            headers = {**route.request.all_headers(), "cookie": cookies(one)}
            route.continue_(headers=headers)
        else:
            route.continue_()

    page.route(POSTS, swap)
    one.context.set_offline(False)
    says(page, "cy is logged in now")
    assert [(label.user, label.task_id) for label in queue_site.labels()] == [("bo", ids[0])]
    page.unroute(POSTS)
    one.log_in("bo")
    awake(page)
    settled(page)
    assert [(label.user, label.task_id) for label in queue_site.labels()] == [
        ("bo", task) for task in ids[:3]
    ]


def cookies(one: Visit) -> str:
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in one.context.cookies())


# --- the way back -----------------------------------------------------------------------------------


def test_undo_goes_back_through_what_was_sent(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(5)
    page = visit().open()
    for key in ("1", "2", "s"):
        press(page, key)
    settled(page)
    for expected in (ids[2], ids[1], ids[0]):
        press(page, "z")
        assert shown(page) == expected
    settled(page)
    assert queue_site.said() == [] and [queue_site.task(task).state for task in ids[:3]] == ["open"] * 3
    press(page, "z")
    says(page, "There is nothing to undo.")
    for key in ("3", "3", "3"):
        press(page, key)
    settled(page)
    assert queue_site.said() == [(task, "positive") for task in ids[:3]] and shown(page) == ids[3]


def test_undo_takes_out_what_is_not_sent_yet(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(5)
    one = visit()
    page = one.open()
    press(page, "1")
    settled(page)
    one.context.set_offline(True)
    for key in ("2", "3"):
        press(page, key)
    says(page, "2 answers are not stored yet")
    for expected, n in ((ids[2], "1 answer is"), (ids[1], "Every answer is")):
        press(page, "z")
        assert shown(page) == expected
        says(page, n)
    press(page, "z")  # this one is the server's
    assert shown(page) == ids[0]
    says(page, "1 answer is not stored yet")
    press(page, "3")
    one.context.set_offline(False)
    settled(page)
    assert queue_site.said() == [(ids[0], "positive")]
    assert [path for _, path in one.sent if "label" in path] == [f"/api/tasks/{ids[0]}/label"] * 2


def test_undo_of_an_answer_that_may_have_arrived_takes_it_back_there(
    queue_site: QueueSite, visit: Visits
) -> None:
    ids = queue_site.fill(3)
    page = visit().open()
    held: list[Asked] = []
    page.route("**/label", lambda asked: held.append(asked))
    press(page, "1")
    page.wait_for_timeout(200)
    press(page, "z")
    assert shown(page) == ids[0]
    press(page, "2")
    page.unroute("**/label")
    held[0].continue_()
    settled(page)
    assert queue_site.said() == [(ids[0], "neutral")]


def test_an_undo_whose_reply_is_lost_goes_no_further_back(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(4)
    page = visit().open()
    for key in ("1", "2"):
        press(page, key)
    settled(page)
    lost: list[Any] = []

    def lose(route: Asked) -> None:
        if not lost:
            lost.append(route.fetch())
            route.abort("connectionreset")
        else:
            route.fallback()

    page.route("**/api/tasks/undo", lose)
    press(page, "z")
    settled(page)
    assert lost[0].status == 200 and queue_site.said() == [(ids[0], "negative")]


def test_undo_after_a_reload_goes_on_where_the_server_stands(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(14)
    page = visit().open()
    for key in ("1", "2"):
        press(page, key)
    settled(page)
    page.reload()
    page.locator(".mq-article[data-task]").wait_for()
    for expected in (ids[1], ids[0]):
        page.wait_for_timeout(SEEN_MS)
        page.keyboard.press("z")
        page.locator(f".mq-article[data-task='{expected}']").wait_for()
    assert queue_site.said() == []
    press(page, "z")
    says(page, "There is nothing to undo.")


def test_undo_after_a_reload_takes_out_what_is_not_sent(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(14)
    one = visit()
    page = one.open()
    press(page, "1")
    settled(page)
    one.context.set_offline(True)
    press(page, "2")
    says(page, "1 answer is not stored yet")
    page.evaluate("Object.defineProperty(navigator, 'onLine', {value: false})")
    page.add_init_script("Object.defineProperty(navigator, 'onLine', {value: false, configurable: true})")
    page.route("**/api/**", lambda asked: asked.abort("connectionrefused"))
    one.context.set_offline(False)
    page.reload()
    says(page, "1 answer is not stored yet")
    page.keyboard.press("z")
    page.locator(f".mq-article[data-task='{ids[1]}']").wait_for()
    page.unroute("**/api/**")
    page.evaluate("delete navigator.onLine; window.dispatchEvent(new Event('online'))")
    settled(page)
    assert queue_site.said() == [(ids[0], "negative")]


def test_a_server_on_a_machine_without_a_network_is_reached(queue_site: QueueSite, visit: Visits) -> None:
    """The browser says that there is no connection, as it does beside a server on 127.0.0.1."""
    ids = queue_site.fill(4)
    one = visit()
    one.context.add_init_script("Object.defineProperty(navigator, 'onLine', {value: false})")
    page = one.open()
    press(page, "1")
    settled(page)
    assert queue_site.said() == [(ids[0], "negative")]


def test_a_bouncing_undo_takes_back_one(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(5)
    page = visit().open(min_seen_ms=1000)
    for key in ("1", "2"):
        page.wait_for_timeout(1100)
        page.keyboard.press(key)
    settled(page)
    page.keyboard.type("zz", delay=30)
    settled(page)
    assert shown(page) == ids[1] and queue_site.said() == [(ids[0], "negative")]


# --- several tabs -----------------------------------------------------------------------------------


def test_two_tabs_show_articles_of_their_own_and_send_each_answer_once(
    queue_site: QueueSite, visit: Visits
) -> None:
    queue_site.fill(40)
    one = visit()
    pages = [one.open(), one.open()]
    says(pages[0], "Another tab has the queue open too; each shows articles of its own.")
    says(pages[1], "Another tab has the queue open too; each shows articles of its own.")
    answered = []
    for key in ("1", "2", "3"):
        for page in pages:
            page.bring_to_front()
            answered.append((press(page, key), {"1": "negative", "2": "neutral", "3": "positive"}[key]))
    for page in pages:
        settled(page)
    assert len({task for task, _ in answered}) == 6
    assert sorted(queue_site.said()) == sorted(answered)
    posts = [path for _, path in one.sent if path.endswith("/label")]
    assert len(posts) == len(set(posts)) == 6
    pages[0].close()
    pages[1].locator(".mq-banner").wait_for(state="hidden")


def test_unsent_answers_of_two_tabs_are_sent_once(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(30)
    one = visit()
    pages = [one.open(), one.open()]
    one.context.set_offline(True)
    answered = []
    for page in pages:
        for _ in range(2):
            answered.append(press(page, "2"))
    for page in pages:
        says(page, "4 answers are not stored yet")
    one.context.set_offline(False)
    for page in pages:
        settled(page)
    # One that goes out at the moment when the network comes back may be lost before the server has it.
    posts = [path for path in one.served if path.endswith("/label")]
    assert sorted(posts) == sorted(f"/api/tasks/{task}/label" for task in answered)


def test_undo_in_one_tab_leaves_the_other_tabs_article_alone(queue_site: QueueSite, visit: Visits) -> None:
    queue_site.fill(30)
    one = visit()
    first, second = one.open(), one.open()
    mine = press(first, "1")
    theirs = press(second, "2")
    settled(first)
    settled(second)
    press(first, "z")
    assert shown(first) == mine, "what this tab answered last, whatever another did since"
    settled(first)
    assert queue_site.said() == [(theirs, "neutral")]


def test_a_closed_tab_gives_its_tasks_back(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(4)
    page = visit("bo").open()
    assert queue_site.holders() == dict.fromkeys(ids[:3], "bo"), "some are left for others"
    page.close(run_before_unload=True)
    other = visit("cy").open()
    assert shown(other) == ids[0]


def test_who_reads_longer_than_the_lease_keeps_the_article(queue_site: QueueSite, visit: Visits) -> None:
    """Over half an hour without a sign of life, of which a claim lasts a quarter: what is on the screen is
    kept, what waits behind it is not."""
    ids = queue_site.fill(9)
    reader = visit("bo")
    reader.context.clock.install()
    page = reader.open()
    assert queue_site.holders() == dict.fromkeys(ids[:3], "bo")
    for _ in range(34):
        with queue_site.store.begin() as tx:
            tx.execute(update(claims).values(until=claims.c.until - 60))
        page.clock.fast_forward("01:00")
        page.wait_for_timeout(100)
    assert "/api/tasks/hold" in reader.served
    other = visit("cy").open()
    assert shown(page) == ids[0] and shown(other) == ids[1]
    press(page, "1")
    settled(page)
    assert queue_site.task(ids[0]).state == "done" and page.locator(".mq-failed article").count() == 0


def test_who_reads_what_became_somebody_elses_is_told(queue_site: QueueSite, visit: Visits) -> None:
    """The machine slept through the lease, say."""
    ids = queue_site.fill(9)
    reader = visit("bo")
    reader.context.clock.install()
    page = reader.open()
    other = visit("cy")
    for _ in range(20):
        page.clock.fast_forward("01:00")
        page.wait_for_timeout(100)
        if "/api/tasks/hold" in reader.served and not other.context.pages:
            with queue_site.store.begin() as tx:
                tx.execute(update(claims).values(until=0))
            assert shown(other.open()) == ids[0]
    says(page, "This one is somebody else's by now, or closed: Article 1")
    assert shown(page) == ids[0], "what one reads does not go away under one's eyes"


def test_without_web_locks_tabs_still_agree(queue_site: QueueSite, visit: Visits) -> None:
    """As on a plain address of another machine, which is no secure context."""
    queue_site.fill(40)
    one = visit()
    one.context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'locks', {value: undefined});"
        "Object.defineProperty(Crypto.prototype, 'randomUUID', {value: undefined});"
    )
    pages = [one.open(), one.open()]
    answered = []
    for key in ("1", "2"):
        for page in pages:
            answered.append(press(page, key))
    for page in pages:
        settled(page)
    assert len(set(answered)) == 4 and sorted(task for task, _ in queue_site.said()) == sorted(answered)
    posts = [path for _, path in one.sent if path.endswith("/label")]
    assert len(posts) == 4


def test_without_a_memory_the_page_says_so_and_works(queue_site: QueueSite, visit: Visits) -> None:
    ids = queue_site.fill(3)
    one = visit()
    one.context.add_init_script(
        "Object.defineProperty(window, 'indexedDB', {value: {open() { throw new Error('none'); }}});"
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('none'); }});"
    )
    page = one.open()
    says(page, "This browser keeps nothing")
    for key in ("1", "2"):
        press(page, key)
    settled(page)
    assert queue_site.said() == [(ids[0], "negative"), (ids[1], "neutral")]


# --- with and without the model's opinion -----------------------------------------------------------


def test_blind_tasks_come_without_a_suggestion(queue_site: QueueSite, visit: Visits) -> None:
    ids = [queue_site.add(f"Article {n}", guess=GUESS) for n in range(1, 15)]
    page = visit().open()
    opinion = page.locator(".mq-opinion")
    opinion.wait_for()
    bodies: list[Any] = []
    page.on(
        "response",
        lambda got: "/api/tasks?" in got.url and "blind=true" in got.url and bodies.append(got),
    )
    page.get_by_role("checkbox", name="Hide the model's opinion").check()
    assert opinion.is_hidden() and shown(page) == ids[0]
    page.wait_for_timeout(1000)
    (taken,) = bodies
    later = [view for view in taken.json() if view["task"]["id"] != ids[0]]
    assert later and all(view["prediction"] is None and not view["reason"]["en"] for view in later)
    for _ in range(2):
        press(page, "1")
        assert opinion.is_hidden()
    settled(page)
    first, second = queue_site.labels()
    assert first.suggested, "it was on the screen, and hiding it does not unsay it"
    assert not second.suggested
    page.reload()
    page.locator(".mq-article[data-task]").wait_for()
    assert page.get_by_role("checkbox").is_checked() and opinion.is_hidden()
    page.keyboard.press("h")
    press(page, "1")
    opinion.wait_for()


def test_a_task_drawn_blind_is_blind_whatever_was_chosen(queue_site: QueueSite, visit: Visits) -> None:
    from monitor.records import Lane

    queue_site.add("Drawn", guess=GUESS, lane=Lane.AUDIT)
    page = visit().open()
    press(page, "y")
    assert page.locator(".mq-opinion").is_hidden()
    press(page, "1")
    press(page, "Enter")
    settled(page)
    assert not queue_site.labels()[0].suggested


def test_an_answer_of_another_key_is_not_taken_twice(queue_site: QueueSite, visit: Visits) -> None:
    """Another browser of the same analyst was faster."""
    (task, *_) = queue_site.fill(2)
    page = visit().open()
    with queue_site.store.begin() as tx:
        now = queue_site.task(task).created_at
        answers.answer(tx, task, "bo", "positive", None, now, how=Circumstances(key="elsewhere"))
    press(page, "1")
    says(page, "You, elsewhere, labelled it Positive before.")
    assert queue_site.said() == [(task, "positive")]
