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

_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_ITSELF = CHINESE.words("itself")
_FUNCTION = frozenset(CHINESE.words("function"))
_COMMON = frozenset(CHINESE.words("common"))
_FAMOUS = frozenset(CHINESE.words("famous"))
_WORDS = frozenset(CHINESE.words("word kinds"))
REACH = 8  # characters on either side that are read for words
ACRONYM = 3  # letters from which a small s after capitals is no part of the name
LONG = 5  # characters from which a Chinese name is no accident


def is_latin(char: str) -> bool:
    """Whether a character belongs to Latin words and numbers."""
    return char.isalnum() if char.isascii() else "\u00c0" <= char <= "\u024f"


def inside_latin(content: str, start: int, end: int) -> bool:
    """Whether a Latin name or a number at [start, end) is part of a longer one."""
    before, after = content[start - 1 : start] if start else "", content[end : end + 1]
    if before and is_latin(content[start]) and is_latin(before):
        return True
    if (
        content[start:end].isupper()
        and end - start >= ACRONYM
        and re.match(r"s(?![A-Za-z0-9])", content[end : end + 2])
    ):
        return False  # many write TPGs for TPG's
    return bool(after) and is_latin(content[end - 1]) and is_latin(after)


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
    """Whether the words around a Chinese name of [start, end) read better without it.

    Where both take as many words, it is a name in jieba's own reading, the likeliest by its counts; a name
    of more than two characters also where no more single characters are left with it."""
    if end - start >= LONG:
        return False
    text, at = clause(content, start, end)
    stop = at + end - start
    if any(
        text[at:stop] + word in rjieba.cut_all(text[at:]) for word in _ITSELF if text.startswith(word, stop)
    ):
        return False  # 万科集团 is a word, and the company
    name = _price(text[at:stop])
    before, after = _fewest(text[:at]), _fewest(text[stop:])
    with_it = (before[0] + name[0] + after[0], before[1] + name[1] + after[1])
    without = _fewest(text)
    if with_it[0] != without[0]:
        return with_it[0] > without[0]
    return not _cut_there(text, at, stop) and (stop - at == 2 or with_it[1] > without[1])


Cost = tuple[float, int]
"""How many words, one that every sentence has counting half; then how many are single characters."""


def _price(word: str) -> Cost:
    if word in _FUNCTION:
        return 0.5, 0
    return 1, len(word) == 1


@lru_cache(maxsize=16384)
def _fewest(text: str) -> Cost:
    """The reading of `text` with the fewest words, single characters being words too."""
    if not text:
        return 0, 0
    words = {word for word in rjieba.cut_all(text) if len(word) > 1}
    longest = max(map(len, words), default=1)
    best: list[Cost] = [(0, 0)]
    for end in range(1, len(text) + 1):
        found = []
        for start in range(max(0, end - longest), end):
            word = text[start:end]
            if end - start == 1 or word in words:
                price = _price(word)
                found.append((best[start][0] + price[0], best[start][1] + price[1]))
        best.append(min(found))
    return best[-1]


def _cut_there(text: str, at: int, stop: int) -> bool:
    """Whether jieba cuts `text` at both places."""
    place, bounds = 0, {0}
    for word in _cut(text):
        place += len(word)
        bounds.add(place)
    return at in bounds and stop in bounds


@lru_cache(maxsize=4096)
def _cut(text: str) -> tuple[str, ...]:
    return tuple(rjieba.cut(text, False)) if text else ()


@lru_cache(maxsize=65536)
def is_word(name: str) -> bool:
    """Whether a short Chinese name is an everyday word too."""
    simple = folded(name)
    if simple in _COMMON or len(simple) == 1:
        return True
    if len(simple) != 2 or simple in _FAMOUS or _cut(simple) != (simple,):
        return False
    return all(tag in _WORDS for _, tag in rjieba.tag(simple))
