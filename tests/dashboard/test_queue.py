"""The queue's component without a browser: what it is handed, what its scripts may not do, what a page is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from monitor.app import Monitor
from monitor.records import Role
from monitor.taxonomy import TOPICS
from monitor_dashboard.components import queue
from monitor_dashboard.frame import Frame
from monitor_dashboard.messages import MESSAGES, speaker
from tests.dashboard.pages import opened

SCRIPTS = sorted(queue.FOLDER.glob("*.js"))
NOT_TEXT = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function"
)


def frame(role: Role = Role.ANALYST, language: str = "en") -> Frame:
    desk = SimpleNamespace(
        user=SimpleNamespace(name="bo", role=role),
        min_seen_ms=lambda: 250,
        topics=lambda: list(TOPICS),
        troubles=lambda: [],
        guideline=lambda: SimpleNamespace(version=0),
    )
    return Frame(cast(Any, desk), language, speaker(language), ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_texts_reach_the_page_as_text(script: Path) -> None:
    assert not re.search(NOT_TEXT, script.read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_what_it_is_for_and_asks_nobody_else(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.startswith("// ") and len(text.splitlines()) <= 260
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("//", "*", "/**")))
    assert not re.search(r"https?://|//[a-z]", code), "nothing is loaded from elsewhere"
    for name in re.findall(r'from "([^"]+)"', code):
        assert (queue.FOLDER / name).resolve() in SCRIPTS, name


def test_colours_are_the_themes() -> None:
    style = (queue.FOLDER / "style.css").read_text(encoding="utf-8")
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", style)
    assert not re.search(r"url\(|@import", style)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_it_is_handed_says_everything_in_the_readers_language(language: str) -> None:
    handed = queue.handed(frame(language=language))
    assert json.loads(json.dumps(handed)) == handed
    assert handed["user"] == "bo" and handed["min_seen_ms"] == 250
    assert [topic["name"] for topic in handed["topics"]] == [topic.name for topic in TOPICS]
    assert handed["topics"][0]["title"] == (TOPICS[0].zh if language == "zh" else TOPICS[0].en)
    for key, text in handed["words"].items():
        assert text == MESSAGES[key][language == "zh"]


def test_every_sentence_its_scripts_say_is_handed_to_it() -> None:
    words = set(queue.words())
    for script in SCRIPTS:
        text = script.read_text(encoding="utf-8")
        asked = re.findall(r'say\(\s*"([^"]+)"', text)
        asked += [key for key in re.findall(r'"((?:queue|why|lane)\.[a-z_.]+)"', text)]
        assert set(asked) <= words, script.name
        for start in re.findall(r"say\(`([a-z_.]+)\$\{", text):
            assert any(word.startswith(start) for word in words), start


def page(shown: Frame) -> AppTest:
    def script(frame):  # type: ignore[no-untyped-def]  # its text is run by itself
        from monitor_dashboard import queue

        queue.show(frame)

    return AppTest.from_function(script, args=(shown,), default_timeout=60).run()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMIN])
def test_an_analysts_page_is_the_component(role: Role, language: str) -> None:
    app = page(frame(role, language))
    assert not app.exception and not app.info
    assert [one.value for one in app.title] == [MESSAGES["page.queue"][language == "zh"]]
    (component,) = app.get("bidi_component")
    handed = json.loads(component.proto.json)
    assert handed["user"] == "bo" and handed["language"] == language
    assert component.proto.css_content and "/components/queue/main.js" in component.proto.js_content


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_viewers_page_says_why_not(language: str) -> None:
    app = page(frame(Role.VIEWER, language))
    assert not app.exception and not app.get("bidi_component")
    assert [one.value for one in app.info] == [MESSAGES["queue.role"][language == "zh"]]


@pytest.mark.parametrize(("language", "busy"), [("en", "the database is busy"), ("zh", "数据库正忙")])
def test_the_store_fails(filled: Monitor, log_in: Callable[..., str], language: str, busy: str) -> None:
    app = opened("queue", log_in("ann", Role.ANALYST), language, failing=True)
    assert len(app.error) == 1 and busy in app.error[0].value
