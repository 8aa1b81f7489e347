"""Where a name begins and ends: not inside a longer Latin word, not across two Chinese words.

Chinese is written without spaces: 其中行情 holds 中行, and is 其中 and 行情. A name is one only if the words
around it can be read as well with it as without: of all readings the one of fewest words is taken (the
principle of the fewest words, Wong and Chan 1996, https://aclanthology.org/C96-1035), with the dictionary
of jieba as rjieba has it.
"""

from __future__ import annotations

import re
from functools import lru_cache

import rjieba

from monitor.news.names.folding import folded
from monitor.news.names.vocabulary import CHINESE

_LETTER = re.compile(r"[0-9A-Za-z\u00c0-\u024f]")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_ITSELF = CHINESE.words("itself")
_FUNCTION = frozenset(CHINESE.words("function"))
_COMMON = frozenset(CHINESE.words("common"))
_FAMOUS = frozenset(CHINESE.words("famous"))
_WORDS = frozenset(CHINESE.words("word kinds"))
REACH = 8  # characters on either side that are read for words
ACRONYM = 3  # letters from which a small s after capitals is no part of the name
LONG = 5  # characters from which a Chinese name is no accident


def inside_latin(content: str, start: int, end: int) -> bool:
    """Whether a Latin name or a number at [start, end) is part of a longer one."""
    before, after = content[start - 1 : start] if start else "", content[end : end + 1]
    if _LETTER.match(content[start]) and before and _LETTER.match(before):
        return True
    if (
        content[start:end].isupper()
        and end - start >= ACRONYM
        and re.match(r"s(?![A-Za-z0-9])", content[end : end + 2])
    ):
        return False  # many write TPGs for TPG's
    return bool(_LETTER.match(content[end - 1]) and after and _LETTER.match(after))


def inside_address(content: str, start: int, end: int) -> bool:
    """Whether [start, end) lies in a URL, an e-mail address or a host's name."""
    first = start
    while first and content[first - 1].isascii() and content[first - 1] not in " \n\t\"'()<>,;":
        first -= 1
    last = end
    while last < len(content) and content[last].isascii() and content[last] not in " \n\t\"'()<>,;":
        last += 1
    word = content[first:last]
    return "://" in word or word.startswith("www.") or bool(re.search(r"[\w.]@[\w-]+\.\w", word))


def clause(content: str, start: int, end: int) -> tuple[str, int]:
    """The Chinese characters around [start, end) without a break, simplified, and where in them it starts."""
    first, last = start, end
    while first and start - first < REACH and _CHINESE.match(content[first - 1]):
        first -= 1
    while last < len(content) and last - end < REACH and _CHINESE.match(content[last]):
        last += 1
    return folded(content[first:last]), start - first


def across_words(content: str, start: int, end: int) -> bool:
    """Whether the words around a Chinese name of [start, end) read better without it."""
    if end - start >= LONG:
        return False
    text, at = clause(content, start, end)
    size = end - start
    whole = _cut(text)
    place, bounds = 0, set()
    for word in whole:
        bounds.add(place)
        place += len(word)
    bounds.add(place)
    if at in bounds and at + size in bounds:
        return False
    before, after = _cut(text[:at]), _cut(text[at + size :])
    holding = next((one for one in _spans(whole) if one[0] <= at and at + size <= one[1]), None)
    if holding is not None:  # a longer word of the dictionary, which may still be the company: 万科集团
        rest = text[at + size : holding[1]]
        return not (holding[0] == at and rest in _ITSELF)
    return _cost((*before, text[at : at + size], *after)) > _cost(whole)


def _spans(words: tuple[str, ...]) -> list[tuple[int, int]]:
    found, place = [], 0
    for word in words:
        found.append((place, place + len(word)))
        place += len(word)
    return found


def _cost(words: tuple[str, ...]) -> tuple[float, int]:
    """How many words, one that every sentence has counting half; then how many are single characters."""
    count = sum(0.5 if word in _FUNCTION else 1 for word in words)
    return count, sum(len(word) == 1 and word not in _FUNCTION for word in words)


@lru_cache(maxsize=4096)
def _cut(text: str) -> tuple[str, ...]:
    return tuple(rjieba.cut(text, False)) if text else ()


@lru_cache(maxsize=65536)
def is_word(name: str) -> bool:
    """Whether a short Chinese name is an everyday word too."""
    simple = folded(name)
    if simple in _COMMON:
        return True
    if len(simple) != 2 or simple in _FAMOUS or _cut(simple) != (simple,):
        return False
    return all(tag in _WORDS for _, tag in rjieba.tag(simple))
