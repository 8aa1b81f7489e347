"""Symbols and their markets."""

from __future__ import annotations

import pytest

from monitor.news.names import tickers


def place(text: str, symbol: str) -> tickers.Place:
    start = text.index(symbol)
    return tickers.place(text, start, start + len(symbol))


@pytest.mark.parametrize(
    ("ticker", "parts"),
    [
        ("AAPL", ("AAPL", "")),
        ("NYSE:GAP", ("GAP", "US")),
        ("0700.HK", ("0700", "HK")),
        ("BP.L", ("BP", "L")),
        ("BRK.B", ("BRK.B", "")),
        ("SH600519", ("600519", "SH")),
        ("600519", ("600519", "SH")),
        ("000001", ("000001", "")),
        ("005930.KS", ("005930", "KS")),
        ("VOW3.DE", ("VOW3", "DE")),
    ],
)
def test_a_ticker_has_a_symbol_and_a_market(ticker: str, parts: tuple[str, str]) -> None:
    assert tickers.parts(ticker) == parts


@pytest.mark.parametrize(
    ("text", "symbol", "market"),
    [
        ("(NYSE: C)", "C", "US"),
        ("(NYSE:C)", "C", "US"),
        ("Nasdaq: AAPL", "AAPL", "US"),
        ("(HKEX: 0700)", "0700", "HK"),
        ("港交所:00700", "00700", "HK"),
        ("0700.HK", "0700", "HK"),
        ("sh600519", "600519", "SH"),
        ("AAPL.O up", "AAPL", "US"),
        ("700 HK Equity", "700", "HK"),
    ],
)
def test_a_market_beside_a_symbol(text: str, symbol: str, market: str) -> None:
    found = place(text, symbol)
    assert found.marked and found.markets == {market}


@pytest.mark.parametrize(("text", "symbol"), [("$AAPL", "AAPL"), ("证券代码:600519", "600519")])
def test_marks_without_a_market(text: str, symbol: str) -> None:
    found = place(text, symbol)
    assert found.marked and not found.markets


@pytest.mark.parametrize(("text", "symbol"), [("grade C was", "C"), ("to: C", "C"), ("AAPL.Our", "AAPL")])
def test_no_mark(text: str, symbol: str) -> None:
    assert not place(text, symbol).marked


def test_a_symbol_of_another_market_is_anothers() -> None:
    assert not tickers.of_market("HK", "2331", place("2331.TW", "2331"))
    assert tickers.of_market("HK", "2331", place("2331.HK", "2331"))
    assert tickers.of_market("", "2331", place("2331.TW", "2331"))
    assert not tickers.of_market("", "000001", place("000001.SH", "000001"))
    assert tickers.of_market("", "000001", place("000001.SZ", "000001"))


@pytest.mark.parametrize(
    "text",
    ["0.600519", "600519.55", "1,600519", "600519元", "600519 hours", "2:600519", "编号600519", "¥600519"],
)
def test_numbers_that_are_no_tickers(text: str) -> None:
    start = text.index("600519")
    assert tickers.is_count(text, start, start + 6)


def test_numbers_that_may_be() -> None:
    for text in ("600519 跌停", "买入600519。", "(600519)"):
        start = text.index("600519")
        assert not tickers.is_count(text, start, start + 6)
    assert tickers.is_year("2007") and not tickers.is_year("0700") and not tickers.is_year("20070")
