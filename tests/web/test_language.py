from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.messages import LANGUAGES
from monitor.web.language import language_of, wished


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("ZH-Hant", "zh"),
        ("en-GB, zh;q=0.5", "en"),
        ("en;q=0.4, zh;q=0.5", "zh"),
        ("de-DE, fr;q=0.9, zh;q=0.2", "zh"),
        ("de, *;q=0.1", "en"),
        ("zh;q=0", "en"),
        ("zh;q=nonsense, en;q=0.1", "en"),
        ("zhx", "en"),
    ],
)
def test_the_browser_s_wish_is_weighed(accepted: str, language: str) -> None:
    assert wished(accepted) == language


def asked(**headers: str) -> Any:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "headers": pairs}


def test_what_was_chosen_on_a_page_wins() -> None:
    assert language_of(asked(accept_language="zh", cookie="monitor_language=en; a=b")) == "en"
    assert language_of(asked(accept_language="en", cookie="x=1; monitor_language=zh")) == "zh"
    assert language_of(asked(accept_language="zh", cookie="monitor_language=xx")) == "zh"
    assert language_of(asked()) == "en", "a program that asks for nothing"


@given(st.text(max_size=200))
def test_any_wish_has_an_answer(accepted: str) -> None:
    assert wished(accepted) in LANGUAGES
