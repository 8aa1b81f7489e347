"""One spelling for all, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.masking.view import View


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Plain text, 12.5%", "Plain text, 12.5%"),
        ("电话：１３８（０１）", "电话:138(01)"),
        ("138\u200b12\u200d34\ufeff", "1381234"),
        ("1\u0335\u20e33", "13"),
        ("138\u00a01234\u2011567–8", "138 1234-567-8"),
        ("٣٤٥ ०१", "345 01"),
        ("⑬⑧ ⑴ ⒈", "138 (1) 1."),
        ("&#49;&#x33;8&nbsp;&commat;", "138 @"),
        (r"a\u00a0b\u200b1", "a b1"),
        ("ann [at] b (dot) com", "ann@b.com"),
        ("ann（at）b.com", "ann@b.com"),
        ("50%40 of a text", "50%40 of a text"),
        ("http://x/?m=a%40b.com", "http://x/?m=a@b.com"),
        ("a\tb", "a b"),
        ("line\nline", "line\nline"),
    ],
)
def test_one_spelling(text: str, seen: str) -> None:
    assert View.of(text).text == seen


def test_an_address_is_seen_decoded() -> None:
    assert View.of("/a?m=a%40b.com", address=True).text == "/a?m=a@b.com"


def test_a_find_covers_all_of_its_spelling() -> None:
    text = "甲 &#49;\u200b３⑩ 乙"
    view = View.of(text)
    start = view.text.index("1310")
    assert text[slice(*view.span(start, start + 4))] == "&#49;\u200b３⑩"


@given(st.text(), st.text())
def test_a_character_is_seen_the_same_beside_any_other(first: str, second: str) -> None:
    apart = View.of(first).text + View.of("\n").text + View.of(second).text
    if "://" not in first + second:
        assert View.of(f"{first}\n{second}").text == apart


@given(st.text())
def test_every_place_has_a_way_back(text: str) -> None:
    view = View.of(text)
    spans = [view.span(place, place + 1) for place in range(len(view.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
