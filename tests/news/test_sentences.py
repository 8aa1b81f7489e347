"""Sentences of both languages: nothing is lost, nothing is said twice, and abbreviations end none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.sentences import spans


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Profit fell. Shares rose.", ["Profit fell.", "Shares rose."]),
        ("Acme Inc. lost 3.5 million. Bolt Corp. won.", ["Acme Inc. lost 3.5 million.", "Bolt Corp. won."]),
        ("The U.S. Treasury fined J. Smith.\nHe paid", ["The U.S. Treasury fined J. Smith.", "He paid"]),
        (
            'He said: "We failed." Then he left! Why? No. 5 knows.',
            ['He said: "We failed."', "Then he left!", "Why?", "No. 5 knows."],
        ),
        ("Sales of 1.5 vs. 2.0 bn; e.g. in March...", ["Sales of 1.5 vs. 2.0 bn; e.g. in March..."]),
        ("见www.example.com。利润下降5.2%！原因呢？", ["见www.example.com。", "利润下降5.2%！", "原因呢？"]),
        (
            "公司称：“没有违约。”股价大跌!监管问询?公司未回应",
            ["公司称：“没有违约。”", "股价大跌!", "监管问询?", "公司未回应"],
        ),
        ("标题没有句号\n\n  正文第一句。  正文第二句。", ["标题没有句号", "正文第一句。", "正文第二句。"]),
        ("Yahoo! shares fell. iPhone sales too.", ["Yahoo! shares fell. iPhone sales too."]),
        ("", []),
        (" \n ", []),
        ("...", ["..."]),
    ],
)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@given(text=st.text(alphabet="ab AB.!?\n。！？”\"')J5汉字…", max_size=60))
def test_every_character_but_space_is_in_one_sentence(text: str) -> None:
    found = spans(text)
    held = [place for start, end in found for place in range(start, end)]
    assert held == sorted(set(held))
    assert {place for place, one in enumerate(text) if not one.isspace()} <= set(held)
    for start, end in found:
        assert "\n" not in text[start:end] and text[start:end] == text[start:end].strip()
