"""Which watched companies an article names, where, and what each is to it.

All spellings of all names of all companies are found in one pass over the text (Aho and Corasick 1975),
however long the watch list is. What each find is, `monitor.news.names` is asked: most are names, some are
everyday words, parts of longer words, or what begins another's name, and each of those says why (`Doubt`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import ahocorasick

from monitor.news.names import bounds, senses, tickers
from monitor.news.names.folding import folded
from monitor.news.names.roles import roles
from monitor.news.names.spellings import SHORT_NAME, SHORT_NUMBER, Form, Spelling, spellings
from monitor.news.names.watchlist import load_watchlist
from monitor.records import AliasKind, Company, Mention

__all__ = ["Doubt", "Find", "Linker", "load_watchlist"]

_NAMED = (AliasKind.SHORT, AliasKind.BRAND, AliasKind.PERSON, AliasKind.FORMER)
_CAPITAL = re.compile(r"[A-Z]")


class Doubt(StrEnum):
    """Why a find is no mention."""

    NONE = ""
    LONGER_WORD = "longer_word"  # inside a longer word or number
    ACROSS_WORDS = "across_words"  # made of the ends of two Chinese words
    CASE = "case"  # not written as a name
    COMMON_WORD = "common_word"  # an everyday word here
    NO_MARKET = "no_market"  # a symbol that nothing marks as one
    OTHER_MARKET = "other_market"  # the symbol of another company elsewhere
    NUMBER = "number"  # a number, a year, an amount
    LONGER_NAME = "longer_name"  # begins or ends another's name
    OTHER_COMPANY = "other_company"  # inside a longer name of a watched company
    NOT_VALID = "not_valid"  # not the company's name on that day


@dataclass(frozen=True, slots=True)
class Find:
    """One spelling in a text at [start, end): a mention, or with its `doubt`."""

    spelling: Spelling
    start: int
    end: int
    doubt: Doubt


class Linker:
    """Finds the companies' names in texts."""

    def __init__(self, companies: Sequence[Company]) -> None:
        self.companies = tuple(companies)
        named: dict[str, list[Spelling]] = defaultdict(list)
        own: dict[str, frozenset[str]] = {}
        for company in self.companies:
            some = spellings(company)
            own[company.id] = frozenset(one.key for one in some)
            for one in some:
                named[one.key].append(one)
        self._own = own
        self._automaton = ahocorasick.Automaton()
        for key, owners in named.items():
            self._automaton.add_word(key, (len(key), *_edges(key, owners), tuple(owners)))
        if named:
            self._automaton.make_automaton()

    def mentions(self, content: str, on: date | None = None) -> list[Mention]:
        """Companies named in `content` (NFKC, as `Article.content` is), in reading order, with their roles.

        Where names overlap, the longest counts; where one name is several companies', each does. `on` is the
        day of the text, for names that were valid for a time; None: all are.
        """
        found = [one for one in self._finds(content, on, clear=True) if not one.doubt]
        places: dict[tuple[int, int], AliasKind] = {}
        for one in found:
            places.setdefault((one.start, one.end), one.spelling.alias.kind)
        parts = roles(content, [(*place, kind) for place, kind in places.items()])
        role = dict(zip(places, parts, strict=True))
        chosen = {
            (one.spelling.company_id, one.start): Mention(
                one.spelling.company_id,
                content[one.start : one.end],
                one.start,
                one.end,
                role[one.start, one.end],
            )
            for one in found
        }
        return list(chosen.values())

    def finds(self, content: str, on: date | None = None) -> list[Find]:
        """Every spelling in `content`, in reading order, those that are no mentions with their doubt."""
        return self._finds(content, on, clear=False)

    def _finds(self, content: str, on: date | None, clear: bool) -> list[Find]:
        """`finds`; with `clear` without those inside longer Latin words, of which a long list finds many."""
        if not len(self._automaton):
            return []
        text = _Text(content, folded(content), self._own)
        raw = []
        inside = _classes(text.folded) if clear else b""
        for last, (length, head, tail, owners) in self._automaton.iter(text.folded):
            start, end = last + 1 - length, last + 1
            if clear and (inside[start] & head or (inside[end + 1] & tail and text.folded[end] != "s")):
                continue
            raw += [(start, end, one) for one in owners]
        judged = [Find(one, start, end, _certain(text, start, end, one, on)) for start, end, one in raw]
        text.know(judged)
        judged = [
            one if one.doubt else Find(one.spelling, one.start, one.end, _likely(text, one)) for one in judged
        ]
        return _longest(content, judged)


_LETTER, _DIGIT = 1, 2


def _edges(key: str, owners: Sequence[Spelling]) -> tuple[int, int]:
    """Which characters must not stand before and after a key: letters and digits beside a Latin word, digits
    beside a number. See `_classes`."""
    if any(one.form is Form.NUMBER for one in owners):
        return _DIGIT, _DIGIT
    latin = bounds.is_latin
    return (_LETTER | _DIGIT) * latin(key[0]), (_LETTER | _DIGIT) * latin(key[-1])


class _Kinds(dict[int, str]):
    """For `str.translate`: a character that says what a character is."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = chr(_DIGIT if char.isdigit() else _LETTER if bounds.is_latin(char) else 0)
        return self[code]


_KINDS = _Kinds()


def _classes(text: str) -> bytes:
    """What each character of a text is, from the one before its first to the one after its last."""
    return b"\0" + text.translate(_KINDS).encode("ascii") + b"\0"


class _Text:
    """A text, and what is known of it: who is named without doubt, and where."""

    def __init__(self, content: str, folded: str, own: dict[str, frozenset[str]]) -> None:
        self.content = content
        self.folded = folded
        self.own = own
        self.small = not _CAPITAL.search(content)  # no capitals at all: they tell nothing
        self.sure: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.ends: set[int] = set()
        self.starts: set[int] = set()
        self.places: set[tuple[int, int]] = set()

    def know(self, judged: Sequence[Find]) -> None:
        """Take for sure what needs no further signs."""
        for one in judged:
            if not one.doubt and not _weak(self, one):
                self.sure[one.spelling.company_id].append((one.start, one.end))
                self.places.add((one.start, one.end))
                self.starts.add(one.start)
                self.ends.add(one.end)

    def known(self, find: Find) -> bool:
        """Whether the company is named elsewhere, without doubt."""
        return any(
            end <= find.start or start >= find.end
            for start, end in self.sure.get(find.spelling.company_id, ())
        )

    def adjacent(self, find: Find) -> bool:
        """Whether the company's name stands before the bracket that the find stands in."""
        return any(
            end <= find.start and self.content[end : find.start].strip(" ") in ("(", "[")
            for _, end in self.sure.get(find.spelling.company_id, ())
        )

    def beside(self, find: Find) -> bool:
        """Whether another company that is sure stands beside it in a list."""
        after, before = self.content[find.end : find.end + 1], self.content[find.start - 1 : find.start]
        return (after in ("\u3001", "\u4e0e", "\u548c", "/") and find.end + 1 in self.starts) or (
            before in ("\u3001", "\u4e0e", "\u548c", "/") and find.start - 1 in self.ends
        )


def _longest(content: str, judged: list[Find]) -> list[Find]:
    """Of finds that overlap the longest, the others in doubt; in reading order."""
    covered = bytearray(len(content))
    chosen: list[Find] = []
    taken: set[tuple[int, int]] = set()
    for one in sorted(judged, key=lambda each: (each.start - each.end, each.start)):
        doubt = one.doubt
        if not doubt and (one.start, one.end) not in taken:
            if any(covered[one.start : one.end]):
                doubt = Doubt.OTHER_COMPANY
            else:
                covered[one.start : one.end] = b"\x01" * (one.end - one.start)
                taken.add((one.start, one.end))
        chosen.append(one if doubt == one.doubt else Find(one.spelling, one.start, one.end, doubt))
    return sorted(chosen, key=lambda each: (each.start, each.end, each.spelling.company_id))


def _certain(text: _Text, start: int, end: int, name: Spelling, on: date | None) -> Doubt:
    """The doubt that the place alone tells."""
    content = text.content
    if not name.alias.valid(on):
        return Doubt.NOT_VALID
    if name.form is Form.NUMBER:
        return _number(text, start, end, name)
    if name.form is Form.SYMBOL:
        return _symbol(text, start, end, name)
    if bounds.inside_latin(content, start, end):
        return Doubt.LONGER_WORD
    if name.form is Form.HAN:
        if name.alias.kind in _NAMED and senses.of_chinese_another(
            content, end, name.text, text.own[name.company_id]
        ):
            return Doubt.LONGER_NAME
        if senses.is_literal(content, end, name.text) or senses.is_prefixed(content, start, end):
            return Doubt.COMMON_WORD
        return Doubt.ACROSS_WORDS if bounds.across_words(content, start, end) else Doubt.NONE
    if not _written_as_name(text, name, content[start:end]):
        return Doubt.CASE
    if bounds.inside_address(content, start, end):
        return Doubt.LONGER_WORD
    if senses.in_dateline(content, start, end):
        return Doubt.COMMON_WORD
    if " " not in name.text and senses.of_another(content, start, end):
        return Doubt.LONGER_NAME
    return Doubt.NONE


def _written_as_name(text: _Text, name: Spelling, written: str) -> bool:
    """Whether a find is written as a name: "apple" is a fruit, "APPLE" may head a headline."""
    first = name.text[0]
    if not first.isalpha() or not first.isupper():
        return True
    if text.small and not name.common and len(name.text) > SHORT_NAME:
        return True
    if len(name.text) <= SHORT_NAME:
        return written == name.text or (written == written.upper() and any(map(str.isalpha, written)))
    return written[0].isupper()


def _symbol(text: _Text, start: int, end: int, name: Spelling) -> Doubt:
    content = text.content
    if bounds.inside_latin(content, start, end):
        return Doubt.LONGER_WORD
    if content[start:end] != name.text.upper() and content[start:end] != name.text:
        return Doubt.CASE
    found = tickers.place(content, start, end)
    if not tickers.of_market(name.market, name.text, found):
        return Doubt.OTHER_MARKET
    if found.marked:
        return Doubt.NONE
    if len(name.text) == 1 or senses.among_capitals(content, start, end):
        return Doubt.NO_MARKET
    return Doubt.LONGER_WORD if bounds.inside_address(content, start, end) else Doubt.NONE


def _number(text: _Text, start: int, end: int, name: Spelling) -> Doubt:
    content = text.content
    found = tickers.place(content, start, end)
    if content[start - 1 : start].isdigit() or content[end : end + 1].isdigit():
        return Doubt.LONGER_WORD
    if not tickers.of_market(name.market, name.text, found):
        return Doubt.OTHER_MARKET
    if not found.marked and (
        tickers.is_count(content, start, end) or bounds.inside_latin(content, start, end)
    ):
        return Doubt.NUMBER
    decimal = content[start - 1 : start] in (".", ",") and content[start - 2 : start - 1].isdigit()
    return Doubt.NUMBER if decimal else Doubt.NONE


def _weak(text: _Text, find: Find) -> bool:
    """Whether a find needs a further sign, beside what its place tells."""
    name = find.spelling
    if name.form is Form.SYMBOL or name.form is Form.NUMBER:
        place = tickers.place(text.content, find.start, find.end)
        if place.marked:
            return False
        return name.form is Form.NUMBER or name.common or len(name.text) < 3
    if name.form is Form.HAN:
        return name.alias.kind in _NAMED and bounds.is_word(text.content[find.start : find.end])
    return name.common


def _likely(text: _Text, find: Find) -> Doubt:
    """The doubt that the rest of the text tells."""
    name, content = find.spelling, text.content
    if name.form is Form.SYMBOL:
        return _likely_symbol(text, find)
    if name.form is Form.NUMBER:
        return _likely_number(text, find)
    if not _weak(text, find):
        return Doubt.NONE
    known = text.known(find)
    if name.form is Form.HAN:
        told = senses.is_chinese_company(content, find.start, find.end, known, text.beside(find))
    else:
        told = senses.is_company(content, find.start, find.end, known, text.places)
    return Doubt.NONE if told else Doubt.COMMON_WORD


def _likely_symbol(text: _Text, find: Find) -> Doubt:
    name, content = find.spelling, text.content
    place = tickers.place(content, find.start, find.end)
    if place.marked or text.adjacent(find):
        return Doubt.NONE
    if not name.common and len(name.text) > 2:
        return (
            Doubt.NO_MARKET
            if senses.shouts(content, find.start, find.end) and not text.known(find)
            else Doubt.NONE
        )
    if senses.shouts(content, find.start, find.end) or place.bracketed:
        return Doubt.NO_MARKET
    after = senses.following(content, find.end)
    told = bool(after) and after[0].lower() in senses.COMPANY_NEXT and len(name.text) > 2
    return Doubt.NONE if told or text.known(find) else Doubt.NO_MARKET


def _likely_number(text: _Text, find: Find) -> Doubt:
    name, content = find.spelling, text.content
    place = tickers.place(content, find.start, find.end)
    if place.marked or text.adjacent(find):
        return Doubt.NONE
    digits = find.end - find.start
    if name.alias.kind is not AliasKind.TICKER:  # a name that is a number: 360发布报告
        return Doubt.NONE if senses.says_company(content, find.start, find.end) else Doubt.NUMBER
    if digits >= SHORT_NUMBER:
        return Doubt.NONE
    zeros = name.text.startswith("0")
    if place.bracketed and digits >= 4 and not tickers.is_year(name.text):
        return Doubt.NONE
    return Doubt.NONE if zeros and digits == 5 and tickers.about_hong_kong(content) else Doubt.NUMBER
