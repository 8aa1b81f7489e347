"""Whose voice an article is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.stories import voices

TABLE = voices.shipped()


@pytest.mark.parametrize(
    "text",
    [
        "LONDON (Reuters) - HSBC was fined on Monday",
        "HSBC was fined on Monday - Reuters",
        "据路透社报道,汇丰被罚款",
        "据路透援引知情人士消息,汇丰被罚款",
        "汇丰被罚款。来源:路透社",
        "HSBC was fined, the bank told us. By Reuters",
    ],
)
def test_a_wire_is_credited(text: str) -> None:
    assert TABLE.voice("some paper", "Daily Planet", "https://bbc.com/a", text) == "thomson reuters"


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("新华社北京3月2日电 (记者张三) 央行今日宣布", "xinhua"),
        ("财联社3月2日电,特斯拉下调售价", "cls"),
        ("NEW YORK (AP) — Stocks rose", "associated press"),
        ("SHANGHAI, March 2 (Xinhua) -- The bank", "xinhua"),
    ],
)
def test_datelines(text: str, voice: str) -> None:
    assert TABLE.voice("feed", text=text) == voice


@pytest.mark.parametrize(
    "text",
    [
        "据知情人士透露,公司",
        "The app works (AP mode)",
        "Reuters Group was a company",
        "Bloomberg runs for office",
    ],
)
def test_a_name_in_passing_credits_nobody(text: str) -> None:
    assert TABLE.voice("feed", text=text) == "source feed"


def test_papers_of_one_owner_are_one_voice() -> None:
    assert (
        TABLE.voice("a", "MarketWatch")
        == TABLE.voice("b", url="https://www.wsj.com/articles/1")
        == "news corp"
    )
    assert TABLE.voice("a", "Daily  Planet") == TABLE.voice("b", "daily planet") == "publisher daily planet"


def test_an_unknown_address_says_nothing() -> None:
    assert TABLE.voice("feed", url="https://n.example/1") == "source feed"
    assert TABLE.voice("feed", url="https://[broken") == "source feed"


def test_a_row_that_lacks_a_column_is_named() -> None:
    with pytest.raises(ValueError, match="line 2"):
        voices.read([{"id": "x", "owner": "", "wire": "perhaps", "names": "", "domains": ""}])


@given(st.text(max_size=120), st.text(max_size=120), st.text(max_size=120), st.text(max_size=600))
def test_every_article_has_a_voice(source: str, publisher: str, url: str, text: str) -> None:
    assert 0 < len(TABLE.voice(source, publisher, url, text)) <= voices.LENGTH
