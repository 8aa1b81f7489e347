"""Every spelling that is looked for."""

from __future__ import annotations

import pytest

from monitor.news.names.spellings import Form, spellings
from monitor.records import Alias, AliasKind, Company


def texts(company: Company) -> set[str]:
    return {one.text for one in spellings(company)}


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("Johnson & Johnson", {"Johnson and Johnson"}),
        ("Procter and Gamble", {"Procter & Gamble"}),
        ("Coca-Cola", {"Coca Cola"}),
        ("Apple Inc.", {"Apple Inc"}),
        ("J.P. Morgan", {"JP Morgan"}),
        ("McDonald's", {"McDonalds", "McDonald \u0301s"}),
        ("伯克希尔·哈撒韦", {"伯克希尔哈撒韦"}),
        ("腾讯", set()),
    ],
)
def test_other_spellings_of_a_name(name: str, others: set[str]) -> None:
    assert others | {name} <= texts(Company("x", name))


def test_a_number_of_hong_kong_is_written_with_and_without_zeros() -> None:
    assert texts(Company("x", "X", (), "0700.HK")) == {"X", "0700", "700", "00700"}
    assert texts(Company("x", "X", (), "600519.SH")) == {"X", "600519"}
    assert texts(Company("x", "X", (), "7203.T")) == {"X", "7203"}


def test_a_spelling_knows_its_form_market_and_sense() -> None:
    company = Company("gap", "Gap", ("盖璞",), "NYSE:GAP", (Alias("0001.HK", AliasKind.TICKER),))
    by_text = {(one.text, one.alias.kind): one for one in spellings(company)}
    assert by_text["Gap", AliasKind.SHORT].common
    assert by_text["盖璞", AliasKind.SHORT].form is Form.HAN
    symbol = by_text["GAP", AliasKind.TICKER]
    assert (symbol.form, symbol.market, symbol.common) == (Form.SYMBOL, "US", True)
    assert by_text["1", AliasKind.TICKER].market == "HK"


def test_each_spelling_comes_once() -> None:
    some = spellings(Company("x", "Acme", ("Acme", " Acme ", ""), ""))
    assert [one.text for one in some] == ["Acme"]
