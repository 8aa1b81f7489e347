"""Everyday words and longer names."""

from __future__ import annotations

import pytest

from monitor.news.names import senses


def company(text: str, word: str, known: bool = False) -> bool:
    start = text.index(word)
    return senses.is_company(text, start, start + len(word), known)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Target raises its outlook", "Target"),
        ("Shares of Target fell", "Target"),
        ("Visa and Mastercard settle", "Visa"),
        ("Profits at Shell halve", "Shell"),
        ("Apple's chief resigns", "Apple"),
        ("Gap (NYSE: GAP) falls", "Gap"),
        ("APPLE LEADS STOCKS LOWER", "APPLE"),
        ("Target-owned chain shuts", "Target"),
    ],
)
def test_the_company_is_meant(text: str, word: str) -> None:
    assert company(text, word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Target prices were raised", "Target"),
        ("Gap between rich and poor", "Gap"),
        ("Hackers Target Hospitals in Ransom Wave", "Target"),
        ("Visa rules are tightened", "Visa"),
        ("Floods swept the Mekong Delta", "Delta"),
        ("The Oracle of Omaha speaks", "Oracle"),
        ("Meta-analysis casts doubt", "Meta"),
        ("Fires in the Amazon", "Amazon"),
        ("ON TARGET: HOW THE FED MISSED", "TARGET"),
    ],
)
def test_the_word_is_meant(text: str, word: str) -> None:
    assert not company(text, word)


def test_a_company_that_is_known_is_meant_where_nothing_tells() -> None:
    assert not company("Block went on", "Block")
    assert company("Block went on", "Block", known=True)
    assert not company("Block trades went on", "Block", known=True)


def chinese(text: str, word: str, known: bool = False, beside: bool = False) -> bool:
    start = text.index(word)
    return senses.is_chinese_company(text, start, start + len(word), known, beside)


def test_chinese_words_need_a_sign() -> None:
    assert chinese("苹果股价下跌", "苹果") and chinese("小米发布新车", "小米")
    assert not chinese("冰箱里有苹果", "苹果") and not chinese("果农采摘苹果,价格上涨", "苹果")
    assert chinese("苹果怎么了", "苹果", known=True) and chinese("小米、华为", "小米", beside=True)
    assert senses.is_prefixed("最美的城市", 1, 3) and senses.is_prefixed("三百度近视", 1, 3)
    assert not senses.is_prefixed("收购美的股份", 2, 4) and not senses.is_prefixed("百度", 0, 2)


def test_names_of_persons_and_of_other_things() -> None:
    for text, word in (
        ("Gerald Ford pardoned", "Ford"),
        ("the Ford Foundation gave", "Ford"),
        ("Samsung SDI fell", "Samsung"),
    ):
        start = text.index(word)
        assert senses.of_another(text, start, start + len(word))
    for text, word in (("Ford cuts jobs", "Ford"), ("Retailer Target said", "Target")):
        start = text.index(word)
        assert not senses.of_another(text, start, start + len(word))


def test_chinese_names_that_go_on() -> None:
    own = frozenset({"京东", "京东商城", "京东物流"})
    assert senses.of_chinese_another("京东健康上涨", 2, "京东", own)
    assert senses.of_chinese_another("长安街封闭", 2, "长安", frozenset({"长安"}))
    assert not senses.of_chinese_another("京东物流提速", 2, "京东", own)
    assert not senses.of_chinese_another("京东集团上涨", 2, "京东", own)
    assert not senses.of_chinese_another("京东", 2, "京东", own)


def test_names_that_mean_what_they_say() -> None:
    assert senses.is_literal("中国银行业监管", 4, "中国银行")
    assert senses.is_literal("中国移动支付", 4, "中国移动")
    assert not senses.is_literal("中国银行行长", 4, "中国银行")
    assert not senses.is_literal("招商银行业绩", 4, "招商银行")
