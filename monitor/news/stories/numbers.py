"""Amounts, shares, counts and periods of a headline, equal in both languages.

"57 million pounds", "£57mn" and 5700万英镑 are one amount; "a quarter point" and 25个基点 one step;
"Q3", "third-quarter" and 三季度 one period. A number keeps the unit of its last digit, so that 48.96% and
"nearly 49%" are equal and 2.7% and 2.8% are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_SCALES: dict[str, float] = {
    **{"trillion": 1e12, "tn": 1e12, "billion": 1e9, "bn": 1e9, "b": 1e9, "million": 1e6, "mn": 1e6},
    **{"m": 1e6, "thousand": 1e3, "k": 1e3, "hundred": 1e2, "万亿": 1e12, "千亿": 1e11, "百亿": 1e10},
    **{"十亿": 1e9, "亿": 1e8, "千万": 1e7, "百万": 1e6, "万": 1e4, "千": 1e3},
}
_MONEY = {
    "USD": "$ us$ dollar dollars usd 美元",
    "HKD": "hk$ 港元 港币",
    "GBP": "£ pound pounds 英镑",
    "EUR": "€ euro euros 欧元",
    "JPY": "yen 日元",
    "CNY": "rmb yuan 元 人民币",
    "CAD": "c$",
    "AUD": "a$",
    "cents": "cents",
}
_CURRENCIES = {name: currency for currency, names in _MONEY.items() for name in names.split()}
_NUMBER = re.compile(
    r"(?<![a-z0-9.,])(?<![a-z]-)(?P<sign>us\$|hk\$|c\$|a\$|\$|£|€|¥|rmb ?)? ?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?!\d)"
    r"(?P<scale> ?(?:trillion|billion|million|thousand|hundred|bn|tn|mn|[kmb](?![a-z]))"
    r"| ?(?:万亿|千亿|百亿|十亿|千万|百万|亿|万|千(?!瓦)))?"
    r"(?P<more>[余多])?"
    r"(?P<unit> ?%| ?percentage points?| ?percent| ?per cent| ?pct| ?basis points?| ?bps?(?![a-z])"
    r"| ?个?百分点| ?个?基点| (?:us )?dollars?| (?:us )?cents| yuan| euros?| pounds?| yen"
    r"|美元|港元|港币|欧元|英镑|日元|人民币|元)?(?![a-z]|\.\d|-[a-z])"
)
_SPELT = "one two three four five six seven eight nine ten eleven twelve"
_WORDS = {word: n for n, word in enumerate(_SPELT.split(), start=1)}
_HAN = {digit: n for n, digit in enumerate("一二三四五六七八九十", start=1)} | {"两": 2}
_WORD_NUMBER = re.compile(
    rf"\b({'|'.join(_WORDS)})(?: (million|billion|trillion|thousand|hundred))?(?= ?[a-z]|$)"
    rf"|([{''.join(_HAN)}])(?=[人名家座起死架辆])"
)
_ANY = re.compile(
    rf"\d|quarter|half|month|full[- ]year|annual|interim|[季年月报{''.join(_HAN)}]|{'|'.join(_WORDS)}"
)
"""What a text without any of has neither a number nor a period."""
_QUARTER_POINT = re.compile(r"\bquarter(?:[- ]percentage)?[- ]point")
_HALF_POINT = re.compile(r"\bhalf(?: a)?[- ](?:percentage[- ])?point")
_CODES = re.compile(
    r"\(?\b(?:\d{6}|\d{4,5}(?=\.hk))(?:\.[a-z]{2})?\)?(?=[):：]|\b(?![\d年万亿元股辆台]))"
    r"|\(\d{6}(?:\.[a-z]{2})?\)"
)
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_ORDINALS |= {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_QUARTER = re.compile(
    r"\bq([1-4])(?=\b|fy|[^0-9a-z])|\b([1-4])q\b"
    r"|\b(first|second|third|fourth|1st|2nd|3rd|4th)[- ](?:fiscal[- ])?quarter"
    r"|第?([一二三四1-4])(?:财|个)?季(?:度|报)?"
)
_SPANS = (
    ("h1", re.compile(r"\bfirst[- ]half\b|\bh1\b|上半年|半年度|中报|半年报|interim (?:profit|results)")),
    ("h2", re.compile(r"\bsecond[- ]half\b|\bh2\b|下半年")),
    ("q1", re.compile(r"\bfirst three months\b")),
    ("9m", re.compile(r"\b(?:first )?nine months\b|前三季度?|前三个季度")),
    ("fy", re.compile(r"\bfull[- ]year\b|\bannual (?:profit|results|revenue|report)\b|全年|年度报告|年报")),
)
_YEARLY = "january february march april may june july august september october november december"
_MONTHS = _YEARLY.split()
_MONTH = re.compile(
    rf"\b({'|'.join(name for name in _MONTHS if name != 'may')}|(?<=in )may|(?<=for )may|(?<=of )may"
    r"|(?<='s )may|(?<=since )may|(?<=by )may|(?<=until )may|may(?= \d)"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
    r"(?: (\d{1,2})(?:st|nd|rd|th)?\b(?!,\d{3}|%))?"
    r"|(?<!\d)(\d{1,2})月(?:份)?(?:(\d{1,2})[日号])?"
)
_YEAR = re.compile(r"(?<![\d.,$£€])((?:19|20)\d{2})(?:年度?)?(?![\d.,]*\d|%|[台辆架股万亿个只名])")
_PERIOD = re.compile(
    r"quarter|half|month|full[- ]year|annual|interim|\bh[12]\b|q[1-4]|[1-4]q|19\d\d|20\d\d|[季年月报]"
    rf"|\b(?:{'|'.join(name[:3] for name in _MONTHS)})"
)
"""What a text without any of has no period."""
_LONG = re.compile(r"\d{4}")
"""What a text without has no code of a share."""
LARGE = 10
"""Counts below are told too loosely ("first", "a", "both") to tell notices apart."""


@dataclass(frozen=True, slots=True)
class Number:
    """`kind` is pct, bp, money or n; `currency` "" where none is written; `unit` what its last digit is."""

    kind: str
    value: float
    unit: float
    currency: str = ""

    def equals(self, other: Number) -> bool:
        """Whether the coarser of the two may be the other one rounded, a half of its unit upwards: 2.5
        billion may be told as 3 billion, not as 2."""
        if self.kind != other.kind:
            return False
        if self.currency and other.currency and self.currency != other.currency:
            return False
        coarse, fine = (self, other) if self.unit >= other.unit else (other, self)
        return -0.5 * (1 - 1e-9) < (coarse.value - fine.value) / coarse.unit < 0.5 * (1 + 1e-9)


def read(folded: str) -> tuple[tuple[Number, ...], frozenset[str]]:
    """The numbers and the periods of a lower-case text (NFKC); codes of shares and models are neither."""
    if not _ANY.search(folded) and not _MONTH.search(folded):
        return (), frozenset()
    periods: set[str] = set()
    rest = _CODES.sub(" ", folded) if _LONG.search(folded) else folded
    if _PERIOD.search(rest):
        for name, pattern in _SPANS:
            if pattern.search(rest):
                periods.add(name)
                rest = pattern.sub(" ", rest)
        rest = _taken(rest, _QUARTER, periods, _quarter)
        rest = _taken(rest, _MONTH, periods, _month)
        rest = _taken(rest, _YEAR, periods, lambda match: [f"y{match[1]}"])
    numbers = []
    if "point" in rest:
        if _QUARTER_POINT.search(rest):
            numbers.append(Number("bp", 25, 1))
        if _HALF_POINT.search(rest):
            numbers.append(Number("bp", 50, 1))
    for match in _NUMBER.finditer(rest):
        numbers.append(_number(match))
    for match in _WORD_NUMBER.finditer(rest):
        scale = _SCALES.get(match[2] or "", 1.0)
        value = _WORDS[match[1]] if match[1] else _HAN[match[3]]
        numbers.append(Number("n", value * scale, scale))
    return tuple(dict.fromkeys(numbers)), frozenset(periods)


def clash(first: Iterable[Number], second: Iterable[Number]) -> bool:
    """Whether both state numbers of one kind and agree on none of them; symmetric. Amounts in two currencies
    may be one converted, unless their figures are equal."""
    agreed: set[str] = set()
    apart: set[str] = set()
    for one in first:
        if one.kind == "n" and one.value < LARGE:
            continue
        for other in second:
            if one.kind != other.kind or (one.kind == "n" and other.value < LARGE):
                continue
            if one.equals(other):
                agreed.add(one.kind)
            elif (
                not one.currency
                or not other.currency
                or one.currency == other.currency
                or one.value == other.value
            ):
                apart.add(one.kind)
    return not apart <= agreed


def shared(first: Iterable[Number], second: Iterable[Number]) -> int:
    """How many numbers of the first the second states too, counts below LARGE aside."""
    theirs = [one for one in second if one.kind != "n" or one.value >= LARGE]
    return sum(
        any(one.equals(other) for other in theirs) for one in first if one.kind != "n" or one.value >= LARGE
    )


def _taken(text: str, pattern: re.Pattern[str], periods: set[str], name: object) -> str:
    assert callable(name)
    for match in pattern.finditer(text):
        periods.update(name(match))
    return pattern.sub(" ", text)


def _quarter(match: re.Match[str]) -> Iterator[str]:
    said = next(group for group in match.groups() if group)
    yield f"q{_ORDINALS[said]}"


def _month(match: re.Match[str]) -> Iterator[str]:
    if match[1]:
        month, day = next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(match[1][:3])), match[2]
    else:
        month, day = int(match[3]), match[4]
    yield f"m{month}"
    if day:
        yield f"d{int(day)}"


def _number(match: re.Match[str]) -> Number:
    digits = match["digits"].replace(",", "")
    value = float(digits)
    unit = 10.0 ** -len(digits.partition(".")[2])
    scale = _SCALES.get((match["scale"] or "").strip(), 1.0)
    value, unit = value * scale, unit * scale
    written = (match["unit"] or "").strip()
    if "basis" in written or written.startswith("bp") or "基点" in written:
        return Number("bp", value, unit)
    if "percentage" in written or "百分点" in written:
        return Number("bp", value * 100, unit * 100)
    if written in ("%", "percent", "per cent", "pct"):
        return Number("pct", value, unit)
    sign = (match["sign"] or "").strip()
    currency = _CURRENCIES.get(written.removeprefix("us "), "") or _CURRENCIES.get(sign, "")
    if currency == "cents":
        return Number("money", value / 100, unit / 100, "USD")
    if currency or sign:
        return Number("money", value, unit, currency)
    return Number("n", value, unit)
