"""Companies out of the listings that exchanges and regulators publish, as they are downloaded.

    ts_code,symbol,name,industry    A shares (Tushare): 000002.SZ,000002,万科A,全国地产
    cik_str,ticker,title            the SEC's company tickers: 320193,AAPL,Apple Inc.
    Symbol,Security,...,CIK         the S&P 500's constituents

A listing knows one name a company. Short names are made of it: without the legal form (Apple), without
marks of treatment and share class (*ST海航控股 is 海航控股, 万科A is 万科). Two share classes of one company
are one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from monitor.news.names.folding import normal
from monitor.records import Alias, AliasKind, Company

Rows = Sequence[Mapping[str, str]]

_LEGAL = re.compile(
    r"(?:,?\s+(?:inc|corp|corporation|co|company|cos|ltd|limited|plc|llc|lp|l\.p|n\.?v|s\.?a|ag|se|ab|asa|oyj|spa|s\.?p\.?a"
    r"|holdings?|group|bancorp|incorporated|trust|& co|s\.a\.b\. de c\.v|the)\.?)$",
    re.IGNORECASE,
)
_STATE = re.compile(r"\s*/[A-Za-z ]{2,10}/?$|\s*\((?:class|series|the)\b[^)]*\)$|\s*\(the\)$", re.IGNORECASE)
_MARKS = re.compile(r"^(?:\*?S?ST|XD|XR|DR|[NC])(?=[\u3400-\u9fff])")
_CLASS = re.compile(r"(?<=[\u3400-\u9fff])(?:[AB]|-[A-Z]{1,2})$")
_SMALL = ("of", "and", "the", "for", "de", "in")
_INITIALS = re.compile(r"(?:[A-Z]\.){2,}")  # U.S. Bancorp is not "U.S."
SHORTEST = 3  # characters of a short name that is made; ST顺利 would be an everyday word


def of(header: Sequence[str]) -> Callable[[Rows], tuple[Company, ...]] | None:
    """What reads a listing with this header (in lower case); None: it is none."""
    names = set(header)
    if {"ts_code", "symbol", "name"} <= names:
        return _chinese
    if {"cik_str", "ticker", "title"} <= names:
        return lambda rows: _american((row["cik_str"], row["ticker"], row["title"]) for row in rows)
    if {"symbol", "security"} <= names:
        return lambda rows: _american(
            (row.get("cik") or row["symbol"], row["symbol"], row["security"]) for row in rows
        )
    return None


def _chinese(rows: Rows) -> tuple[Company, ...]:
    found: dict[str, Company] = {}
    for row in rows:
        code, name = row["ts_code"].strip(), normal(row["name"])
        plain = _CLASS.sub("", _MARKS.sub("", name.replace(" ", "")))
        short = (
            (plain,) if plain != name and (len(plain) >= SHORTEST or plain == _CLASS.sub("", name)) else ()
        )
        found.setdefault(code, Company(code, name, short, code))
    return tuple(found.values())


def _american(rows: Iterable[tuple[str, str, str]]) -> tuple[Company, ...]:
    found: dict[str, Company] = {}
    for key, symbol, title in rows:
        known = found.get(key)
        ticker = symbol.strip().replace("-", ".") + ".US"
        if known is not None:
            found[key] = Company(
                known.id,
                known.name,
                known.aliases,
                known.ticker,
                (*known.names, Alias(ticker, AliasKind.TICKER)),
            )
            continue
        full = _cased(_STATE.sub("", normal(title)))
        shown = short(full)
        names = (Alias(full, AliasKind.FULL),) if full != shown else ()
        found[key] = Company(symbol.strip(), shown, (), ticker, names)
    return tuple(found.values())


def short(full: str) -> str:
    """A name without its legal form, as far as something is left."""
    while (shorter := _LEGAL.sub("", full)) != full and len(shorter) >= SHORTEST:
        if _INITIALS.fullmatch(shorter):
            break
        full = shorter
    full = full.removesuffix(" &").rstrip(",")
    return re.sub(r"^The (?=\w+ \w)", "", full)


def _cased(title: str) -> str:
    """A name all in capitals as it is written in texts."""
    if title != title.upper() or len(title) <= SHORTEST:
        return title
    return " ".join(
        word if "&" in word else word.lower() if word.lower() in _SMALL else word.capitalize()
        for word in title.split(" ")
    )
