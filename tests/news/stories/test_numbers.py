"""Amounts, shares, counts and periods, equal in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.news.stories.numbers import Number, clash, read, shared


def numbers(text: str) -> tuple[Number, ...]:
    return read(text.lower())[0]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("fined 57 million pounds", "罚款5700万英镑"),
        ("a £57m fine", "5700万英镑罚单"),
        ("a $5.5 billion charge", "计提55亿美元费用"),
        ("recalls 280,000 trucks", "召回28万辆皮卡"),
        ("raises rates by 25 basis points", "上调25个基点"),
        ("hikes by a quarter point", "加息25个基点"),
        ("cuts the ratio by half a percentage point", "下调0.5个百分点"),
        ("up nearly 49%", "增长48.96%"),
        ("delivers 35,020 cars", "交付3.5万辆"),
        ("7.1 billion yuan", "71.23亿元"),
        ("nearly $60b", "595亿美元"),
    ],
)
def test_one_amount_in_two_languages(english: str, chinese: str) -> None:
    assert shared(numbers(english), numbers(chinese)) >= 1
    assert not clash(numbers(english), numbers(chinese))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("falls 1.8%", "falls 2.8%"),
        ("cuts 6,000 jobs", "cuts 9,000 jobs"),
        ("增长50%", "下降70%"),
        ("to $0.32 a share", "to 12 cents a share"),
        ("by 25 basis points", "by 50 basis points"),
        ("罚款600万元", "罚款800万元"),
    ],
)
def test_other_amounts_clash(one: str, other: str) -> None:
    assert clash(numbers(one), numbers(other))


def test_amounts_in_different_money_say_nothing_of_each_other() -> None:
    assert not clash(numbers("a $39bn bid"), numbers("a £31bn offer"))


@pytest.mark.parametrize(
    "code", ["青禾农业(002911):公告", "airbus a350", "form 10-q", "su7", "gpt-4", "0700.hk falls"]
)
def test_codes_are_no_numbers(code: str) -> None:
    assert numbers(code) == ()


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("q3 earnings", {"q3"}),
        ("third-quarter profit", {"q3"}),
        ("第三季度利润", {"q3"}),
        ("三季报", {"q3"}),
        ("第二财季营收", {"q2"}),
        ("first-half profit", {"h1"}),
        ("上半年净利润", {"h1"}),
        ("前三季度", {"9m"}),
        ("in may", {"m5"}),
        ("may separate", set()),
        ("5月销量", {"m5"}),
        ("march 31, 2026", {"m3", "d31", "y2026"}),
        ("2026年3月31日", {"m3", "d31", "y2026"}),
        ("2025年度分红", {"y2025"}),
    ],
)
def test_periods(text: str, periods: set[str]) -> None:
    assert read(text)[1] == periods


made = st.builds(
    Number,
    kind=st.sampled_from(["pct", "bp", "money", "n"]),
    value=st.floats(0, 1e6),
    unit=st.sampled_from([0.01, 1.0, 1000.0]),
    currency=st.sampled_from(["", "USD", "CNY"]),
)


@given(st.lists(made, max_size=4), st.lists(made, max_size=4))
def test_a_clash_is_symmetric_and_nothing_clashes_with_itself(one: list[Number], other: list[Number]) -> None:
    assert clash(one, other) == clash(other, one)
    assert not clash(one, one)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    read(text.lower())
