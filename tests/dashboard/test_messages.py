from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from monitor.records import AlertState, DeliveryState, ModelState, Role, Route
from monitor_dashboard.messages import LANGUAGES, MESSAGES, speaker
from monitor_dashboard.messages.sentences import PAGES

DASHBOARD = Path(__file__).parents[2] / "dashboard"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", MESSAGES)
def test_both_languages_say_the_same(key: str) -> None:
    english, chinese = MESSAGES[key]
    assert english and chinese and fields(english) == fields(chinese)


def test_no_two_pages_have_the_same_key() -> None:
    assert sum(len(page.SENTENCES) for page in PAGES) == len(MESSAGES)


def test_every_message_that_is_asked_for_exists_and_every_one_is_asked_for() -> None:
    asked: set[str] = set()
    patterns: list[str] = []
    for path in DASHBOARD.rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        asked.update(re.findall(r'"([a-z_.]+)"', text))
        asked.update(f"{key}.one" for key in set(asked) if f"{key}.one" in MESSAGES)
        for template in re.findall(r"`([a-z_.]+\$\{[^`]+)`", text):
            patterns.append(re.sub(r"\$\{[^}]+\}", r"\\w+", template))
        for key in re.findall(r'say\("([^"]+)"', text):
            assert key in MESSAGES, f"{path.name}: {key}"
    for path in DASHBOARD.rglob("*.py"):
        if path.parent.name == "messages":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                asked.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(p.value) if isinstance(p, ast.Constant) else r"\w+" for p in node.values]
                patterns.append("".join(parts))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("say", "frame.say") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    assert first.value in MESSAGES, f"{path.name}: {first.value}"
    unused = {key for key in MESSAGES if key not in asked and not any(re.fullmatch(p, key) for p in patterns)}
    assert not unused


def test_every_state_and_role_has_words() -> None:
    for language in LANGUAGES:
        say = speaker(language)
        for kind, values in (
            ("state", (*AlertState, *ModelState)),
            ("delivery", DeliveryState),
            ("role", Role),
            ("route", Route),
        ):
            assert all(say(f"{kind}.{value}") for value in values)


def test_the_languages_differ() -> None:
    assert speaker("zh")("page.queue") != speaker("en")("page.queue") == speaker("xx")("page.queue")
