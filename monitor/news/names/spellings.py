"""Every spelling of a company's aliases: what is looked for in texts.

"Johnson & Johnson" is "Johnson and Johnson", "Coca-Cola" "Coca Cola", "Apple Inc." "Apple Inc", "J.P. Morgan"
"JP Morgan", 伯克希尔·哈撒韦 also 伯克希尔哈撒韦, a number of Hong Kong 0700, 00700 and 700. Case, typographic
marks, traditional characters and accents need no spelling of their own (`folding`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from monitor.news.names import tickers
from monitor.news.names.folding import APOSTROPHES, HYPHENS, SPACED_ACUTE, folded, normal
from monitor.news.names.vocabulary import ENGLISH
from monitor.records import Alias, AliasKind, Company

_COMMON = frozenset(ENGLISH.words("common"))
_NO_SYMBOL = frozenset(ENGLISH.words("no symbol"))
_PLAIN = {ord(one): "'" for one in APOSTROPHES} | {ord(one): "-" for one in HYPHENS}
_HAN = re.compile(r"[\u3400-\u9fff]")
_LEGAL_END = re.compile(r" (?:Inc|Corp|Co|Ltd|Cos|Bros|S\.A)\.$")
_INITIAL_DOT = re.compile(r"(?<=\b[A-Z])\.(?= ?[A-Z]\b\.?| [A-Z])")
_INITIAL_SPACE = re.compile(r"(?<=\b[A-Z]) (?=[A-Z]\b(?!\.))")
_HYPHEN = re.compile(r"(?<=[A-Za-z])-(?=[A-Za-z])")
_TWO_WORDS = re.compile(r"[A-Z][a-z]+ [A-Z][a-z]+")
SHORT_NUMBER = 6  # digits below which a number is any number
SHORT_NAME = 4  # letters up to which a name in capitals must be in capitals in the text too


class Form(StrEnum):
    """What a name is written in, which decides what tells it from other words."""

    WORD = "word"  # Latin letters
    SYMBOL = "symbol"  # a ticker of letters
    NUMBER = "number"  # a ticker of digits
    HAN = "han"  # Chinese characters, perhaps with others


@dataclass(frozen=True, slots=True)
class Spelling:
    """One spelling of an alias of a company. `market` is the exchange's, where the alias states one."""

    company_id: str
    text: str  # as it is written
    alias: Alias
    form: Form
    market: str = ""
    common: bool = False  # an everyday word too
    key: str = ""  # as it is compared


def spellings(company: Company) -> list[Spelling]:
    """All spellings of all names of a company, each once."""
    found: dict[tuple[str, AliasKind], Spelling] = {}
    for alias in company.every_name:
        name = normal(alias.name)
        if not name:
            continue
        if alias.kind is AliasKind.TICKER:
            some: Iterator[Spelling] = _symbols(company.id, name, alias)
        else:
            some = (_spelling(company.id, text, alias) for text in _variants(name))
        for one in some:
            found.setdefault((one.text, one.alias.kind), one)
    return list(found.values())


def _spelling(company_id: str, text: str, alias: Alias) -> Spelling:
    key = folded(text)
    form = Form.HAN if _HAN.search(text) else Form.NUMBER if text.isdigit() else Form.WORD
    return Spelling(company_id, text, alias, form, common=form is Form.WORD and key in _COMMON, key=key)


def _variants(name: str) -> Iterator[str]:
    yield name
    if name.isalnum():
        return
    plain = name.translate(_PLAIN)
    some = {plain}
    if "&" in plain or " and " in plain:
        some |= {plain.replace(" & ", " and "), plain.replace(" and ", " & ")}
    if plain.endswith("."):
        some |= {one[:-1] for one in some if _LEGAL_END.search(one)}
    if "." in plain:
        some |= {_INITIAL_DOT.sub("", one) for one in some}
        some |= {_INITIAL_SPACE.sub("", one) for one in some}
    if "-" in plain:
        some |= {_HYPHEN.sub(" ", one) for one in some}
    elif " " in plain and _TWO_WORDS.fullmatch(plain):
        some.add(plain.replace(" ", "-"))
    if "\u00b7" in plain:
        some |= {one.replace("\u00b7", "") for one in some}
    if "'" in plain:
        some |= {one.replace("'s", "s") for one in some if len(one) >= SHORT_NAME + 2}
        some |= {one.replace("'", SPACED_ACUTE) for one in some}
    yield from sorted(some - {name})


def _symbols(company_id: str, name: str, alias: Alias) -> Iterator[Spelling]:
    symbol, market = tickers.parts(name)
    if not symbol.isdigit():
        key = folded(symbol)
        yield Spelling(company_id, symbol, alias, Form.SYMBOL, market, key in _NO_SYMBOL, key)
        return
    bare = symbol.lstrip("0") or "0"
    padded = len(symbol) < SHORT_NUMBER and market in ("", "HK")
    for text in dict.fromkeys((symbol, bare, f"{bare:0>4}", f"{bare:0>5}") if padded else (symbol,)):
        yield Spelling(company_id, text, alias, Form.NUMBER, market, key=text)
