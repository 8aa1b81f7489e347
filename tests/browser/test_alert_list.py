"""The keys of the list of alerts, in a real browser and without a server: this answers for the API.

A key is about the alert that is marked, by its id: pressed twice, held, or pressed while the list changes, it
never acts on another one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import pytest

from monitor.alerts import deadlines
from monitor.desk import Row
from monitor.records import Role, Scope, Window
from monitor.settings import AlertSettings
from monitor_dashboard.components import alerts as component
from monitor_dashboard.frame import Frame
from monitor_dashboard.messages import speaker
from tests.alarms import NO_WAIT, alarm

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from playwright.sync_api import Route as Asked

HOME = "http://list.test"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
PAGE = """<!doctype html><meta charset="utf-8"><div class="st-key-filter-text"><input id="search"></div>
<div id="root"></div><script type="module">
import mount from "/components/alerts/main.js";
window.told = [];
const root = document.getElementById("root");
const setTriggerValue = (name, value) => told.push([name, value]);
window.show = (data) => mount({parentElement: root, data, setTriggerValue});
</script>"""


def rows(*ids: str, **fields: Any) -> list[Row]:
    made = [
        deadlines.dated(alarm(id, NOW, scope=Scope("company", id), **fields), AlertSettings(), NO_WAIT)
        for id in ids
    ]
    window = Window(Scope("all"), NOW - timedelta(hours=1), NOW, 9, 9, 8.5)
    return [Row(one, f"about {one.id}", [window]) for one in made]


def data(some: list[Row], role: Role = Role.ANALYST) -> Any:
    desk = SimpleNamespace(
        user=SimpleNamespace(name="bo", role=role), companies=lambda: [], topics=lambda: []
    )
    frame = Frame(cast(Any, desk), "en", speaker("en"), ZoneInfo("UTC"))
    return component.handed(frame, some, ["ann", "bo"], NOW)


class Listed:
    """The list on a page, and what it asked of the API; `answer` is how that answers."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[Any] = []
        self.answer: Callable[[Any], Any] = lambda asked: [done(id) for id in asked["alerts"]]
        page.route("**/*", self._serve)
        page.goto(HOME)
        page.wait_for_function("() => Boolean(window.show)")

    def show(self, some: list[Row], role: Role = Role.ANALYST) -> None:
        self.page.evaluate("(data) => { show(data); }", data(some, role))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def marked(self) -> str:
        found = self.page.locator(".ma-marked")
        return (found.get_attribute("data-alert") or "") if found.count() else ""

    def happened(self, part: str) -> None:
        self.page.locator(".ma-happened", has_text=part).wait_for()

    def sent(self) -> list[tuple[str, list[str]]]:
        return [(one["action"], one["alerts"]) for one in self.asked]

    def _serve(self, route: Asked) -> None:
        path = route.request.url.removeprefix(HOME)
        if path.startswith("/components/") and path.endswith(".js"):
            text = (component.FOLDER.parent / path.removeprefix("/components/")).read_text(encoding="utf-8")
            route.fulfill(body=text, content_type="text/javascript")
        elif path == "/api/alerts":
            self.asked.append(json.loads(route.request.post_data or ""))
            assert route.request.headers["as-user"] == "bo"
            route.fulfill(body=json.dumps(self.answer(self.asked[-1])), content_type="application/json")
        else:
            route.fulfill(body=PAGE if path == "/" else "", content_type="text/html")


def done(id: str, **fields: Any) -> Any:
    alert = {"state": "acknowledged", "severity": "warning", "owner": "bo", "acknowledge_by": None}
    alert |= {"resolve_by": None, "acknowledged_at": "2026-03-02T10:00:00Z", **fields}
    return {"alert_id": id, "alert": alert, "problem": ""}


@pytest.fixture(scope="module")
def shared(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def listed(shared: Page) -> Iterator[Listed]:
    found = Listed(shared)
    found.show(rows("a", "b", "c"))
    yield found
    shared.unroute_all()


def test_a_key_is_about_the_alert_that_is_marked_and_about_nothing_before_one_is(listed: Listed) -> None:
    listed.press("a", "e", "x", "r")
    listed.happened("Mark an alert first")
    assert listed.sent() == [] and not listed.page.locator("dialog").count()
    listed.press("j", "ArrowDown", "a")
    listed.happened("1 done.")
    listed.press("e")
    listed.happened("1 done.")
    assert (listed.sent(), listed.marked()) == ([("acknowledge", ["b"]), ("assign", ["b"])], "b")
    assert listed.asked[1]["to"] == "bo"
    assert "bo" in listed.page.locator("[data-alert=b] .ma-work").inner_text()
    listed.press("k", "k", "Enter")
    assert listed.page.evaluate("told") == [["open", "a"]]
    listed.press("/")
    assert listed.page.evaluate("document.activeElement.id") == "search"
    listed.press("a", "r", "j")
    assert len(listed.sent()) == 2 and listed.page.input_value("#search") == "arj", (
        "keys that are typed are text"
    )


def test_a_key_pressed_twice_acts_on_no_other_alert(listed: Listed) -> None:
    """A closed alert stays where it is, so what is pressed again is about the same."""
    listed.answer = lambda asked: [done(id, state="resolved") for id in asked["alerts"]]
    listed.press("j", "r", "r", "r")
    assert listed.page.locator("dialog li").all_inner_texts() == ["a about a"] and listed.sent() == []
    listed.press("Enter", "Enter", "r", "j", "k")
    listed.happened("1 done.")
    assert listed.sent() == [("resolve", ["a"])]
    listed.page.keyboard.press("Escape")
    assert listed.page.locator(".ma-row").count() == 3 and listed.page.locator(".ma-over").count() == 1


def test_a_key_while_the_list_changes_acts_on_what_was_marked_or_on_nothing(listed: Listed) -> None:
    listed.press("j", "j")
    listed.show(rows("x", "b"))
    listed.press("a")
    listed.happened("1 done.")
    assert listed.sent() == [("acknowledge", ["b"])]
    listed.show(rows("x", "y"))
    assert listed.marked() == "", "nothing takes the place of what is gone"
    listed.press("a", "r")
    listed.happened("Mark an alert first")
    assert len(listed.sent()) == 1


def test_a_held_key_acts_once(listed: Listed) -> None:
    listed.press("j")
    for _ in range(4):
        listed.page.keyboard.down("a")
    listed.page.keyboard.up("a")
    listed.happened("1 done.")
    assert listed.sent() == [("acknowledge", ["a"])]


def test_several_are_asked_about_by_name_and_each_is_answered(listed: Listed) -> None:
    problem = {"alert_id": "c", "alert": None, "problem": "alert c was resolved by ann"}
    listed.answer = lambda asked: [done("a"), problem]
    listed.press("j", "x", "j", "j", "x", "a")
    assert listed.page.locator("dialog li").all_inner_texts() == ["a about a", "c about c"]
    listed.press("Escape")
    assert listed.sent() == []
    listed.press("a", "Enter")
    listed.happened("1 done. 1 not: see there why.")
    assert listed.sent() == [("acknowledge", ["a", "c"])]
    assert listed.page.locator("[data-alert=c] .ma-problem").inner_text() == "alert c was resolved by ann"
    assert listed.page.locator(".ma-number").inner_text() == "1 selected", "the other one"
    listed.page.get_by_label("Assign to").select_option("ann")
    listed.happened("done.")
    assert listed.asked[-1] == {"alerts": ["c"], "action": "assign", "to": "ann"}


def test_a_viewer_opens_alerts_and_changes_none(listed: Listed) -> None:
    listed.show(rows("a", "b"), Role.VIEWER)
    listed.press("j", "a", "e", "r", "x", "s", "o")
    assert listed.sent() == [] and listed.page.evaluate("told.at(-1)") == ["open", "a"]
    assert not listed.page.locator(".ma-tools, .ma-box").count()


def test_a_server_that_is_away_is_told(listed: Listed) -> None:
    listed.page.unroute_all()
    listed.page.route("**/api/**", lambda route: route.abort())
    listed.press("j", "a")
    listed.happened("does not answer")
    assert not listed.page.locator(".ma-busy").count()
