"""The list's component without a browser: what its scripts may not do, and what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor_dashboard.components import alerts, queue
from monitor_dashboard.messages import MESSAGES

SCRIPTS = sorted(alerts.FOLDER.glob("*.js"))
KNOWN = [*SCRIPTS, *queue.FOLDER.glob("*.js")]
NOT_TEXT = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function"
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_writes_text_as_text_and_asks_nobody_else(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.startswith("// ") and len(text.splitlines()) <= 260 and not re.search(NOT_TEXT, text)
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("//", "*", "/**")))
    assert not re.search(r"https?://", code), "nothing is loaded from elsewhere"
    for name in re.findall(r'from "([^"]+)"', code):
        assert (alerts.FOLDER / name).resolve() in KNOWN, name


def test_colours_are_the_themes() -> None:
    style = (alerts.FOLDER / "style.css").read_text(encoding="utf-8")
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(|url\(|@import", style)


def test_every_sentence_its_scripts_say_is_handed_to_it() -> None:
    words = set(alerts.words())
    assert words <= MESSAGES.keys()
    for script in SCRIPTS:
        text = script.read_text(encoding="utf-8")
        asked = set(re.findall(r'"(list\.[a-z_.]+)"', text)) | set(re.findall(r'say\(\s*"([^"]+)"', text))
        assert asked <= words, script.name
        for start in re.findall(r"say\(`([a-z_.]+)\$\{", text):
            assert any(word.startswith(start) for word in words), start
