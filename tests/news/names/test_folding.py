"""Texts as they are compared."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.names.folding import folded, normal


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("McDonald\u2019s \u02bc\u2018", "mcdonald's ''"),
        ("Coca\u2011Cola \u2013 \u2212", "coca-cola - -"),
        ("L'Oréal Nestlé Citroën", "l'oreal nestle citroen"),
        ("騰訊 滙豐 臺積電 中國恆大", "腾讯 汇丰 台积电 中国恒大"),
        ("伯克希尔\u30fb哈撒韦", "伯克希尔\u00b7哈撒韦"),
        ("İstanbul", "istanbul"),
    ],
)
def test_marks_and_characters_that_are_one(text: str, plain: str) -> None:
    assert folded(text) == plain


@given(st.text())
def test_every_character_stays_in_its_place(text: str) -> None:
    assert len(folded(text)) == len(text)


@given(st.text())
def test_what_is_folded_stays(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_names_are_written_as_content_writes_them() -> None:
    assert normal(" 万科Ａ  集团 ") == "万科A 集团" == unicodedata.normalize("NFKC", "万科Ａ 集团")
