"""A server whose queue a test fills, and the queue's page in a real browser: in Streamlit, or by itself.

The page by itself (BARE) is the component on an otherwise empty page of the same server, under the guard's
own policy: it loads in a moment, and whatever it does, it does to the real API.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import delete, update

from benchmarks.keys import PROBE, judged
from monitor.desk import auth
from monitor.messages import Message
from monitor.records import Decision, Label, Lane, Mention, Prediction, Route, Task, TaskState
from monitor.store import Store, articles, labels, open_store, predictions, schema, stories, tasks, users
from monitor.taxonomy import TOPICS
from monitor.testing import make_article, newsroom
from monitor_dashboard.components import queue as component
from monitor_dashboard.frame import Frame
from monitor_dashboard.messages import speaker

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page
    from playwright.sync_api import Route as Asked

SERVE = Path(__file__).with_name("serve.py")
BARE = "/bare"
MIN_SEEN_MS = 250
SEEN_MS = 350  # an article has been on the screen long enough then
REASON = Message("routing.asked", confidence="51%", sentiment=Message("sentiment.negative"), threshold="75%")
NAMES = {company.id: company.aliases[0] for company in newsroom.COMPANIES}
_THEMES = {  # as Streamlit hands its own to components
    "light": {
        "primary-color": "#0f6e69", "background-color": "#ffffff", "secondary-background-color": "#f3f6f8",
        "text-color": "#16202e", "border-color": "#dfe5ec", "link-color": "#0f6e69", "red-color": "#c2453b",
        "green-color": "#2f8a63", "yellow-background-color": "#fffce7",
        "yellow-color": "#faca2b",
    },
    "dark": {
        "primary-color": "#6fe0cf", "background-color": "#0e1117", "secondary-background-color": "#262730",
        "text-color": "#fafafa", "border-color": "rgba(250, 250, 250, 0.2)", "link-color": "#3d9df3",
        "red-color": "#ff2b2b", "green-color": "#21c354",
        "yellow-background-color": "rgba(255, 255, 18, 0.2)", "yellow-color": "#ffe312",
    },
}  # fmt: skip
_COMPLAIN = "(event) => console.error('policy', event.violatedDirective, event.blockedURI)"
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Queue</title>
<style>:root{--st-font:sans-serif;--st-base-radius:.6rem;%(theme)s}
body{background:var(--st-background-color)}</style><style>%(style)s</style><div id="root"></div>
<script type="module">
import mount from "/components/queue/main.js";
window.data = %(data)s;
window.root = document.getElementById("root");
window.unmount = mount({parentElement: root, data});
window.mount = mount;
</script></html>"""


@dataclass
class QueueSite:
    """A server with an empty queue, the users of `serve`, and its store."""

    folder: Path
    url: str = ""
    store: Store = field(init=False)
    process: subprocess.Popen[str] | None = None
    filled: int = 0

    def start(self) -> None:
        """Serve, on the port served before where there was one."""
        port = self.url.rpartition(":")[2] or "0"
        with (self.folder / "log").open("a") as log:
            command = [sys.executable, str(SERVE), str(self.folder), "--bare", "--port", port]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        lines = iter(self.process.stdout.readline, "")
        self.url = next((line.strip() for line in lines if line.startswith("http")), "")
        assert self.url, (self.folder / "log").read_text()
        self.store = open_store(f"sqlite:///{self.folder / 'data' / 'monitor.db'}")

    def stop(self) -> None:
        if self.process is not None:
            self.store.close()
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    def clear(self) -> None:
        """Nobody has answered, and nothing is open."""
        with self.store.begin() as tx:
            for table in (schema.answers, schema.claims):
                tx.execute(delete(table))
            tx.execute(update(schema.tasks).values(state=TaskState.SKIPPED.value))

    def add(
        self,
        title: str,
        text: str = "",
        *,
        companies: Sequence[str] = (),
        guess: Prediction | None = None,
        lane: Lane = Lane.REVIEW,
        url: str = "https://news.example/a",
        wanted: int = 1,
        story: int = 0,
        day: date | None = None,
    ) -> int:
        """Open a task about an article that names these companies; those added first come first."""
        self.filled += 1
        now = datetime.now(UTC)
        # Each is a text of its own, whatever was asked before.
        content = " ".join([title, text, *(NAMES[one] for one in companies), f"({self.filled})"])
        mentions = [Mention(one, NAMES[one], content.index(NAMES[one]), 0) for one in companies]
        article = make_article(
            content, title=title, text=text, url=url, language="en", published_at=now, first_seen_at=now,
            published_day=day,
            source=newsroom.FEEDS[-2],
            identity_key=hashlib.sha256(f"{self.filled} {content}".encode()).hexdigest(),
            mentions=tuple(replace(one, end=one.start + len(one.alias)) for one in mentions),
        )  # fmt: skip
        with self.store.begin() as tx:
            story = story or stories.create(tx, now)
            stored = articles.insert(tx, replace(article, story_id=story))
            decision = Decision(Route(lane.value), REASON)
            if guess is not None:
                predictions.put(tx, stored.id, guess, decision, guess.chosen_topics(), now)
            task = tasks.open_task(tx, stored.id, decision, 1 - self.filled / 1e6, now, wanted=wanted)
        assert task is not None
        return task.id

    def fill(self, n: int) -> list[int]:
        """Open `n` tasks: "Article 1", "Article 2", ..."""
        return [self.add(f"Article {number}", f"What article {number} says.") for number in range(1, n + 1)]

    def labels(self) -> list[Label]:
        """The standing labels, in the order they were given."""
        with self.store.read() as tx:
            return [found.label for found in labels.current(tx)]

    def titled(self) -> list[tuple[str, str]]:
        """Their articles' titles and sentiments."""
        with self.store.read() as tx:
            return [(found.article.title, found.label.sentiment) for found in labels.current(tx)]

    def said(self) -> list[tuple[int, str]]:
        """Their tasks and sentiments."""
        return [(label.task_id, label.sentiment) for label in self.labels()]

    def task(self, task_id: int) -> Task:
        with self.store.read() as tx:
            return tasks.get(tx, task_id)

    def holders(self) -> dict[int, str]:
        """Who has which open task."""
        with self.store.read() as tx:
            return {row.task_id: row.user for row in tx.execute(schema.claims.select())}

    def session(self, user: str) -> str:
        """A new session of this user: its cookie's value."""
        return auth.log_in(self.store, user, "correct horse", datetime.now(UTC))[0]

    def end_sessions(self, user: str) -> None:
        with self.store.begin() as tx:
            found = users.get(tx, user)
            assert found is not None
            tx.execute(delete(schema.tokens).where(schema.tokens.c.user_id == found[0].id))

    def cookie(self, user: str) -> Any:
        return {"name": auth.SESSION_COOKIE, "value": self.session(user), "url": self.url}


@dataclass
class Visit:
    """One browser profile, logged in as `user`, and what its pages complained of."""

    site: QueueSite
    context: BrowserContext
    user: str
    language: str = "en"
    complaints: list[str] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)  # method and path of what changes something
    served: list[str] = field(default_factory=list)  # paths of those that the server answered

    def open(self, path: str = BARE, *, wait: bool = True, **data: Any) -> Page:
        """The queue's page; `data` replaces what it is handed."""
        page = self.context.new_page()
        self.listen(page)
        if path == BARE:
            html = bare(self.user, self.language, **data)
            policy = self.context.request.get(f"{self.site.url}/healthz").headers["content-security-policy"]
            headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": policy}
            page.route(self.site.url + BARE, lambda asked: asked.fulfill(body=html, headers=headers))
        page.goto(self.site.url + path)
        if wait:
            page.locator(".mq-article[data-task]").wait_for()
        return page

    def listen(self, page: Page) -> None:
        page.on("console", lambda told: told.type == "error" and self.complaints.append(told.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda request: (
                request.method == "POST"
                and self.sent.append((request.method, request.url.removeprefix(self.site.url)))
            ),
        )
        page.on(
            "response",
            lambda response: (
                response.request.method == "POST"
                and self.served.append(response.url.removeprefix(self.site.url))
            ),
        )
        page.add_init_script(f"document.addEventListener('securitypolicyviolation', {_COMPLAIN})")
        page.add_init_script(PROBE)

    def log_in(self, user: str) -> None:
        """Another session takes the cookie's place; the pages stay as they are."""
        self.context.add_cookies([self.site.cookie(user)])


def bare(user: str, language: str, theme: str = "light", **data: Any) -> str:
    """The page of the component by itself."""
    colours = ";".join(f"--st-{name}:{value}" for name, value in _THEMES[theme].items())
    style = (component.FOLDER / "style.css").read_text(encoding="utf-8")
    handed = {**handed_to(user, language), **data}
    return _PAGE % {"theme": colours, "style": style, "data": json.dumps(handed).replace("<", "\\u003c")}


def handed_to(user: str, language: str) -> Mapping[str, Any]:
    """What the dashboard would hand the component."""
    desk = SimpleNamespace(
        user=SimpleNamespace(name=user), min_seen_ms=lambda: MIN_SEEN_MS, topics=lambda: list(TOPICS)
    )
    return component.handed(cast(Frame, Frame(desk, language, speaker(language), ZoneInfo("Asia/Shanghai"))))  # type: ignore[arg-type]


def title(page: Page) -> str:
    """The article on the screen."""
    return page.locator(".mq-article .mq-title").inner_text()


def shown(page: Page) -> int:
    """Its task."""
    return int(page.locator(".mq-article").get_attribute("data-task") or 0)


def happened(page: Page) -> str:
    """What the page said last."""
    return page.locator(".mq-happened").inner_text()


def press(page: Page, key: str) -> int:
    """Press a key once the article has been seen; returns the task it was pressed on."""
    page.wait_for_timeout(SEEN_MS)
    task = shown(page)
    page.keyboard.press(key)
    return task


def due(page: Page) -> list[tuple[str, str]]:
    """The answers that must come of the keys that the page has seen, by what was painted when."""
    return list(judged(page.evaluate("window.probe")).answers)


def unsent(page: Page) -> list[str]:
    """The answers that are shown as not stored yet."""
    return page.locator(".mq-list li").all_inner_texts()


def settled(page: Page) -> None:
    """Wait until the server has every answer."""
    page.locator(".mq-state:not(.mq-waits)").wait_for()


@contextmanager
def cut_off(page: Page, pattern: str = "**/api/**") -> Iterator[list[str]]:
    """The server cannot be reached by this page; yields what was asked in vain."""
    asked: list[str] = []

    def refuse(route: Asked) -> None:
        asked.append(route.request.url)
        route.abort("connectionrefused")

    page.route(pattern, refuse)
    yield asked
    page.unroute(pattern, refuse)


def awake(page: Page) -> None:
    """Somebody comes back to the page, which then looks at once."""
    page.evaluate("window.dispatchEvent(new Event('focus'))")
