"""Tickers: a symbol is one where its market stands beside it, or where nothing else could be meant.

"(NYSE: C)", "$AAPL", "0700.HK", "SH600519", "AAPL.O", 证券代码：600519. A symbol of another market is another
company's: 2331.TW is not 2331.HK, and 000001.SH is an index of Shanghai, not the bank 000001.SZ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WRITTEN = {
    "US": "NYSE NASDAQ NYSEARCA NYSEAMERICAN NYSEMKT AMEX OTC OTCMKTS OTCQB OTCQX OTCPK CBOE BATS XNYS XNAS"
    " ARCA US UN UQ UW"
    " NASDAQGS NASDAQGM NASDAQCM 纽交所 纳斯达克 纽约证券交易所 美股 N O OQ PK",
    "HK": "HKEX SEHK HKG HK HKSE XHKG 港交所 联交所 港股 香港交易所",
    "SH": "SH SSE SHA SHSE SS XSHG 上交所 沪市 上海证券交易所",
    "SZ": "SZ SZSE SHE XSHE 深交所 深市 深圳证券交易所",
    "BJ": "BJ BJSE 北交所",
    "T": "TYO T JP JPX XTKS 东证",
    "TW": "TWSE TPE TW TWO TPEX TT 台股",
    "KS": "KRX KOSPI KOSDAQ KS KQ KSE",
    "L": "LSE LON L LN AIM XLON",
    "PA": "EPA PA FP EURONEXT XPAR",
    "DE": "ETR FRA XETRA DE GR GY XETR",
    "SW": "SIX SWX VTX SW VX SWISS",
    "AX": "ASX AX AU",
    "TO": "TSX TSXV TO CN",
    "NS": "NSE NS BSE BO",
    "AS": "AMS AS NA",
    "MI": "BIT MI IM",
    "MC": "BME MC SM",
    "ST": "STO ST",
    "HE": "HEL HE",
    "OL": "OSL OL",
    "CO": "CPH CO",
    "SI": "SGX SI SP",
    "KL": "KLSE KL",
}
_MARKETS: dict[str, frozenset[str]] = {}
for _market, _words in _WRITTEN.items():
    for _word in _words.split():
        _MARKETS[_word] = _MARKETS.get(_word, frozenset()) | {_market}
_MARKETS["TSE"] = frozenset({"T", "TO"})  # Tokyo's, and Toronto's
_ANY: frozenset[str] = frozenset()

_PREFIXES = [one for one in _MARKETS if len(one) > 2 or one in ("HK", "SH", "SZ", "BJ")] + ["Nasdaq", "Nyse"]
_SUFFIXES = [*_MARKETS, "hk", "sh", "sz", "ss", "us"]


def _any_of(words: list[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_BEFORE = re.compile(
    rf"(?:(?<![A-Za-z])(?P<exchange>{_any_of(_PREFIXES)})"
    r"(?: American| Arca| MKT| GS| GM| CM| Global Select| Global Market| Capital Market)?\s{0,2}[:]\s{0,2}"
    r"|(?<![\w$])\$"
    r"|(?<![A-Za-z])(?P<stuck>[Ss][HhZz]|[Bb][Jj]|[Hh][Kk])[.:]?"
    r"|(?P<chinese>港股|沪市|深市|美股|台股)\s?"
    r"|(?:(?:代码|代号|股票|[Ss]tock [Cc]ode|[Tt]icker|[Ss]ymbol)(?:为|是)?\s?[:]?\s?))$"
)
_AFTER = re.compile(
    rf"(?:[.-](?P<dotted>{_any_of(_SUFFIXES)})|\s(?P<spaced>US|HK|LN|JP|GR|FP|TT|KS|SW)(?: Equity)?)"
    r"(?![A-Za-z0-9])"
)
_REACH = 24  # characters before a symbol in which its market is looked for
_UNITS = re.compile(
    r"\s?(?:[%‰°万亿元股手吨人户台辆件张份米套名块只家个倍点次年月日天度时号楼室桶盎]|hours?|people|units|shares|rooms|tons?|miles"
    r"|km|kg|dollars|yuan|points|jobs)"
)
_NUMBERED = re.compile(
    r"(?:[$¥€£#]|编号|电话|邮编|号码|订单|单号|工号|No\.?|Nos\.?|号)\s?[:]?\s?$", re.IGNORECASE
)
_HONG_KONG = re.compile(r"港股|港交所|联交所|恒生|恒指|南向|北水|香港|Hong Kong|HKEX|\.HK\b")


@dataclass(frozen=True, slots=True)
class Place:
    """What stands beside a symbol: whether anything marks it as one, and of which markets it may be."""

    marked: bool
    markets: frozenset[str]  # empty: no market is named
    bracketed: bool  # it stands alone in brackets


def parts(ticker: str) -> tuple[str, str]:
    """The symbol and the market of a ticker as a list writes it: NYSE:GAP, 0700.HK, SH600519, BRK.B."""
    exchange, colon, symbol = ticker.rpartition(":")
    if colon and exchange.upper() in _MARKETS:
        return symbol.strip(), _one(_MARKETS[exchange.upper()])
    stem, dot, suffix = ticker.rpartition(".")
    if dot and stem and suffix.upper() in _MARKETS:
        return stem, _one(_MARKETS[suffix.upper()])
    if stuck := re.fullmatch(r"(SH|SZ|BJ)(\d{6})", ticker, re.IGNORECASE):
        return stuck[2], stuck[1].upper()
    return ticker, _of_number(ticker)


def _one(markets: frozenset[str]) -> str:
    return min(markets) if len(markets) == 1 else "SH" if "SH" in markets else ""


def _of_number(symbol: str) -> str:
    """The market that a number of six digits alone tells: none where it could be Korea's."""
    if len(symbol) != 6 or not symbol.isdigit():
        return ""
    return {"6": "SH", "9": "SH", "3": "SZ", "8": "BJ"}.get(symbol[0], "")


def place(content: str, start: int, end: int) -> Place:
    """What stands beside the symbol at [start, end)."""
    before = _BEFORE.search(content[max(0, start - _REACH) : start])
    after = _AFTER.match(content, end)
    bracketed = content[start - 1 : start] in ("(", "[", "<") and content[end : end + 1] in (
        ")",
        "]",
        ">",
        ",",
        ";",
        "/",
    )
    markets = _ANY
    if before and (named := before["exchange"] or before["stuck"] or before["chinese"]):
        markets = _MARKETS.get(named.upper(), _ANY)
    if after and (named := after["dotted"] or after["spaced"]):
        markets = _MARKETS.get(named.upper(), _ANY)
    return Place(bool(before or after), markets, bracketed)


def of_market(market: str, symbol: str, found: Place) -> bool:
    """Whether a symbol of `market` ("": unknown) may be meant where `found.markets` are named."""
    if not found.markets:
        return True
    if market:
        return market in found.markets
    if len(symbol) == 6 and symbol.isdigit():  # 000xxx of Shanghai are indexes
        first = {"SH": "569", "SZ": "0123", "BJ": "489"}
        return any(symbol[0] in first.get(one, symbol[0]) for one in found.markets)
    return True


def is_count(content: str, start: int, end: int) -> bool:
    """Whether the digits at [start, end) are part of a longer number or count something."""
    before, after = content[max(0, start - 2) : start], content[end : end + 2]
    if before[-1:].isdigit() or after[:1].isdigit():
        return True
    if before[-1:] in (".", ",", "/", "-", "+", "~", "\u2212", "\u2013") and before[:1].isdigit():
        return True
    if after[:1] in (".", ",", "/", "-", "+", "~", "\u2013") and after[1:].isdigit():
        return True
    if before[-1:] == ":" and before[:1].isdigit():  # a ratio or a time
        return True
    before = content[max(0, start - 7) : start]
    return bool(_UNITS.match(content, end) or _NUMBERED.search(before.removesuffix("(")))


def is_year(digits: str) -> bool:
    """Whether four digits are more likely a year."""
    return len(digits) == 4 and digits[:2] in ("18", "19", "20")


def about_hong_kong(content: str) -> bool:
    """Whether a text speaks of the market whose numbers are written with zeros in front."""
    return bool(_HONG_KONG.search(content))
