"""What a headline states: what makes two notices of one form different ones.

Read from the headline alone, or from the beginning where there is none. A body repeats the past ("after a
loss last year"), a headline says what is new.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from monitor.news.stories import numbers, vocabulary
from monitor.news.stories.numbers import Number

HEADLINE = 240
"""Characters of a text that count as its headline where it has none."""

_OPENING = re.compile(
    r"^\s*(?:(?:update|wrapup|rpt|refile|corrected|brief|exclusive|breaking|factbox|urgent|live|watch|video"
    r"|analysis)(?: \d+)?\s*[-–—:]\s*"
    r"|[【\[(][^】\])]{1,8}[】\])]\s*"
    r"|(?:快讯|突发|独家|重磅|最新|公告速递|公告|更新|简讯|午评快讯)\s*[|｜:：丨]\s*)+",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:\s*[(\[（【](?:reuters|ap|afp|bloomberg|dow jones|wire|update|updated|pr ?newswire|business ?wire"
    r"|globe ?newswire|更新|图|附图|附股|组图|视频|快讯|修订版|更正后)[)\]）】]"
    r"|\s+[-–—|_]\s*[A-Z][\w.&' ]{1,30})+\s*$",
    re.IGNORECASE,
)
_SUFFIXED = re.compile(
    r"\s+[-–—|_]\s*(?:reuters|ap|afp|bloomberg|bbc(?: news)?|cnn|cnbc|wsj|ft|xinhua)\s*$", re.IGNORECASE
)
_DASH = re.compile("[-–—|_]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HANS = re.compile(f"{_HAN.pattern}+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f&'’.]*(?<![.'’])|\d+(?:\.\d+)?")
_WRITTEN = re.compile(f"{_LATIN.pattern}|{_HAN.pattern}")
_BY = re.compile(r"\bby\b")
_PADDING = re.compile("[拟将已被遭获了的]|计划|宣布|表示")
_HEAD = re.compile(r"^([\u3400-\u9fffA-Za-z*]{2,12})(?:\([\dA-Za-z.]+\))?:")
_FIRM = re.compile(r"(?:关于|对|予以)*([\u3400-\u9fff]{2,8}?)(?:股份有限公司|有限责任公司|有限公司)")
_AUTHORITY = re.compile(r"(?:局|部|委|会|院|央行|交所|法院|评|讯|报|媒|财经|公告|预告)$")
_LITTLE = (
    "a an the of in on at to for from by with as and or is are was were be been has have had its it "
    "his her their this that after over amid into than says say said will would could may s us about "
    "due because"
)
_STOP = frozenset(_LITTLE.split())
_FORM = frozenset(["关于", "于公", "的公", "公告", "公司", "司关", "股份", "有限"])
"""Pairs of characters that notices of every kind are written with."""
_USUAL = (
    "inc corp co ltd plc group holdings holding company form 10-q 10-k 8-k q ceo cfo ipo ev evs update "
    "january february march april may june july august september october november december monday "
    "tuesday wednesday thursday friday saturday sunday q1 q2 q3 q4 h1 h2 gdp cpi ppi pmi nev nevs fy "
    "max new first second third fourth"
)
_COMMON = frozenset(_USUAL.split())
_MARKS = str.maketrans(
    {"：": ":", "，": ",", "（": "(", "）": ")", "；": ";", "！": "!", "？": "?", "’": "'", "‘": "'"}
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a headline states, each as a set; empty where it states nothing of the sort.

    `sides` holds axes of `vocabulary.SIDES` with 1 or -1, those left out of which both sides are named.
    `names` are what is written as a name, folded; `words` everything that is written: Latin words and pairs
    of Chinese characters. `chinese` says in which of the two languages; `written` is what is written in its
    order: Latin words, numbers and Chinese characters, without the words that mean little. `acts` are what
    somebody does to somebody (`vocabulary`), each with the words of who does it and of whom it is done to.
    """

    numbers: tuple[Number, ...] = ()
    periods: frozenset[str] = frozenset()
    sides: frozenset[tuple[str, int]] = frozenset()
    kinds: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    denied: bool = False
    chinese: bool = False
    written: tuple[str, ...] = ()
    acts: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = ()


def headline(content: str) -> str:
    """The headline of an article's content (its first line), without what sources put around it: "UPDATE 1-",
    【快讯】, "(Reuters)"."""
    line = content.lstrip().split("\n", 1)[0][:HEADLINE]
    bare = _SUFFIXED.sub("", line) if _DASH.search(line) else line
    bare = _CLOSING.sub("", bare) if bare.endswith((")", "]", "）", "】")) else bare
    opening = _OPENING.match(bare)
    bare = bare[opening.end() :] if opening else bare
    return (bare or line).translate(_MARKS).strip()


def read(line: str) -> Facts:
    """What a headline (see `headline`) states."""
    folded = line.lower()
    if len(folded) != len(line):
        line = folded
    stated, periods = numbers.read(folded)
    sides: set[tuple[str, int]] = set()
    kinds: set[str] = set()
    actors: set[str] = set()
    posts: set[str] = set()
    acts: list[tuple[str, frozenset[str], frozenset[str]]] = []
    denied = False
    hits = vocabulary.read(folded)
    for start, end, marks in hits:
        for table, name, side in marks:
            if table == "side":
                sides.add((name, side))
            elif table == "kind":
                kinds.add(name)
            elif table == "actor":
                if folded[start] != line[start] or not folded[start].isascii():  # "us" is no country
                    actors.add(name)
            elif table == "post":
                posts.add(name)
            elif table == "act":
                acts.append((name, *_doers(folded[:start], folded[end:])))
            else:
                denied = True
    chinese = is_chinese(folded)
    return Facts(
        numbers=stated,
        periods=periods,
        sides=_taken(sides),
        kinds=frozenset(kinds),
        actors=frozenset(actors),
        posts=frozenset(posts),
        names=_names(line, chinese, {word for start, end, _ in hits for word in folded[start:end].split()}),
        words=frozenset(_words(folded)),
        denied=denied,
        chinese=chinese,
        written=_written(folded),
        acts=tuple(acts),
    )


def tokens(line: str) -> list[tuple[str, str]]:
    """What a headline is made of, as (what it is, its text): a "word", a Chinese character or a "digit", each
    with how often it stood before; the "side" of an axis that it takes; "denied"."""
    folded = line.lower()
    sides, denied = set(), False
    for _, _, marks in vocabulary.read(folded):
        for table, name, side in marks:
            if table == "side":
                sides.add((name, side))
            denied = denied or table == "denied"
    seen: Counter[str] = Counter()
    found = []
    for word in _WRITTEN.findall(folded):
        if word in _STOP:
            continue
        word = stem(word)
        seen[word] += 1
        found.append(("digit" if word[0].isdigit() else "word", f"{word}#{seen[word]}"))
    found += [("side", f"{axis}:{side}") for axis, side in _taken(sides)]
    return [*found, ("denied", "")] if denied else found


def is_chinese(text: str) -> bool:
    """Whether a text is written in Chinese: a third of it or more."""
    return len(_HAN.findall(text)) * 3 > len(text.replace(" ", ""))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A Latin word without the endings of plurals and of regular verbs."""
    word = word.removesuffix("'s").replace(".", "") if not word[0].isdigit() else word
    for ending in ("ies", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


def _taken(sides: set[tuple[str, int]]) -> frozenset[tuple[str, int]]:
    """The sides of those axes of which one side is named."""
    return frozenset((axis, side) for axis, side in sides if (axis, -side) not in sides)


def _words(folded: str) -> list[str]:
    found = [stem(word) for word in _LATIN.findall(folded) if word not in _STOP and not word[0].isdigit()]
    for run in _HANS.findall(folded):
        found += [one + other for one, other in pairwise(run) if one + other not in _FORM]
    return found


def _written(folded: str) -> tuple[str, ...]:
    plain = _PADDING.sub("", folded)
    return tuple(word for word in _WRITTEN.findall(plain) if word not in _STOP)


def _doers(before: str, after: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of who does what a verb says and of whom it is done to, of what stands before and after it;
    in the passive the other way round."""
    done, passive, doers = before.rpartition("被")
    if not passive:
        done, passive, doers = (before, *_BY.split(after, maxsplit=1)) if _BY.search(after) else ("", "", "")
    if not passive and not doers:
        done, doers = after, before
    return frozenset(_words(doers)), frozenset(_words(done))


def _names(line: str, chinese: bool, known: set[str]) -> frozenset[str]:
    """What is written as a name and is none of the `known` words, which mean something else."""
    found = {stem(word.lower()) for word in _capitals(line) if word.lower() not in known}
    if chinese:
        head = _HEAD.match(line)
        if head and not _AUTHORITY.search(head[1]):
            found.add(head[1].lower())
        found.update(match[1] for match in _FIRM.finditer(line))
    return frozenset(found)


def _capitals(line: str) -> Sequence[str]:
    """The words in capitals; none where nearly all are, as in headlines that write every word so."""
    words = [word for word in _LATIN.findall(line) if not word[0].isdigit()]
    written = [word for word in words if word[0].isupper() and word.lower() not in _STOP | _COMMON]
    return [] if len(written) > 0.7 * len(words) and len(words) > 5 else written
