"""What a company is to the text that names it: what it is about, named by the way, or one of its sector.

A company is a bystander where it speaks of others ("analysts at X", 据X研报), where others are told by it ("X
supplier Y", "Y, a rival of X"), and where only a person who leads it is named. It is there for its sector
where it stands in a list and the sentence speaks of a sector. Else the text is about it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.news.names.folding import folded
from monitor.news.names.senses import following
from monitor.news.names.vocabulary import CHINESE, ENGLISH
from monitor.records import AliasKind, Part

_BETWEEN = re.compile(
    r"\s*(?:[,、/]|and|&|和|与|及|, and|、以及)\s*|\s*\([^()]{1,20}\)\s*(?:[,、]|and|和)?\s*"
)
_SECTOR = re.compile("|".join(CHINESE.words("sector")))
_SAYS = re.compile("|".join(one for one in CHINESE.words("sources") if one not in ("称", "预计")))
_SOURCES = re.compile("|".join(CHINESE.words("sources")))
_BROKER = re.compile("|".join(CHINESE.words("brokers")))
_RIVALS = re.compile("的?(?:" + "|".join(CHINESE.words("rivals")) + ")")
_OTHERS_AFTER = re.compile(r"(?:, [A-Z][\w' ]{1,30})+ and [A-Z]|、[^,。]{2,8}[、等和]")
_BEFORE = CHINESE.words("sources before")
_ENGLISH_SECTOR = frozenset(ENGLISH.words("sector"))
_ENGLISH_SOURCES = frozenset(ENGLISH.words("sources"))
_ENGLISH_RIVALS = frozenset(ENGLISH.words("rivals"))
LIST = 3  # companies in a row that are a sector
REACH = 40  # characters

Place = tuple[int, int, AliasKind]


def roles(content: str, places: Sequence[Place]) -> list[Part]:
    """The role of each name at [start, end), given in reading order, each place once."""
    simple = folded(content) if places else ""
    return [_role(content, simple, places, row) for row in range(len(places))]


def _role(content: str, simple: str, places: Sequence[Place], row: int) -> Part:
    start, end, kind = places[row]
    if (
        kind is AliasKind.PERSON
        or _speaks(content, simple, start, end)
        or _told_by(content, simple, start, end)
    ):
        return Part.BYSTANDER
    listed = 1 + _neighbours(content, places, row, 1) + _neighbours(content, places, row, -1)
    many = listed >= LIST or _OTHERS_AFTER.match(content, end) or content[start - 1 : start] == "、"
    return Part.SECTOR if many and (listed > LIST or _of_sector(simple, start, end)) else Part.SUBJECT


def _neighbours(content: str, places: Sequence[Place], row: int, step: int) -> int:
    """How many names follow each other in a list from `row` on, in one direction."""
    count = 0
    while 0 <= row + step < len(places):
        first, second = sorted((row, row + step))
        if not _BETWEEN.fullmatch(content, places[first][1], places[second][0]):
            break
        row, count = row + step, count + 1
    return count


def _of_sector(simple: str, start: int, end: int) -> bool:
    """Whether the sentence speaks of a sector."""
    first = max(simple.rfind(mark, 0, start) for mark in "。.!?\n") + 1
    sentence = simple[first : end + REACH]
    return not _ENGLISH_SECTOR.isdisjoint(re.findall(r"[a-z-]+", sentence)) or bool(_SECTOR.search(sentence))


def _speaks(content: str, simple: str, start: int, end: int) -> bool:
    """Whether the company is who says something of others."""
    heads = ["", "", *re.findall(r"[a-z]+", simple[max(0, start - REACH) : start])][-2:]
    nexts = {one.lower() for one in following(content, end)[:1]}
    if nexts & _ENGLISH_SOURCES or heads[1] in ("broker", "brokerage"):
        return True
    if heads[0] in _ENGLISH_SOURCES and heads[1] in ("at", "from", "of", "with"):
        return True
    if _SAYS.match(simple, end):
        return _BROKER.search(simple, start, end) is not None
    told = simple[:start].endswith(_BEFORE)
    return told and _SOURCES.search(simple, end, end + 8) is not None


def _told_by(content: str, simple: str, start: int, end: int) -> bool:
    """Whether another is told by the company: its rival, its supplier."""
    after = following(content, end)
    if len(after) > 1 and after[0].lower() in _ENGLISH_RIVALS and after[1][:1].isupper():
        return True
    before = re.findall(r"[a-z-]+", simple[max(0, start - REACH) : start])[-2:]
    if before[-1:] == ["unlike"] or (
        len(before) == 2 and before[0] in _ENGLISH_RIVALS and before[1] in ("of", "to")
    ):
        return True
    return _RIVALS.match(simple, end) is not None
