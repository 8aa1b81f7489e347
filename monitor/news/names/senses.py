"""Whether an everyday word means the company, and whether a name goes on to be another's.

"Target" is a retailer before "raises" and a word before "prices"; 苹果 is a maker of telephones with 股价
in its sentence and a fruit with 果农. Where nothing tells, a capital within a sentence of small letters does,
or the company named in the text in another way; else it is taken for the word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from monitor.news.names.folding import folded
from monitor.news.names.vocabulary import CHINESE, ENGLISH

_TOKEN = re.compile(r"[A-Za-z][A-Za-z.'\u2019-]*|[0-9]+|[^\sA-Za-z0-9]")
_WORD = re.compile(r"[A-Za-z][A-Za-z'\u2019]*")
_STARTS = frozenset('.!?:;\u3002\uff01\uff1f"\u201c\u201d\u2014|-(\n')
_CLAUSE_ENDS = "\u3002\uff01\uff1f!?;\uff1b\n"
_NEVER_NEXT = {word: frozenset(some) for word, some in ENGLISH.table("never next").items()}
COMPANY_NEXT = frozenset(ENGLISH.words("company next"))
"""What stands after a company's name, and seldom after the same word in another sense."""
_COMPANY_BEFORE = frozenset(ENGLISH.words("company before"))
_LONGER = frozenset(ENGLISH.words("longer"))
_FIRST_NAMES = frozenset(ENGLISH.words("first names"))
_IS_ITSELF = re.compile("|".join(CHINESE.words("itself")))
_GOES_ON = re.compile(
    "|".join(sorted((*CHINESE.words("parts"), *CHINESE.words("places")), key=len, reverse=True))
)
_PLACE = re.compile("|".join(CHINESE.words("places")))
_LITERAL = re.compile("|".join(CHINESE.words("literal next")))
_SAID = re.compile("|".join(sorted(folded(one) for one in CHINESE.words("company"))))
_EVERYDAY = {
    word: re.compile("|".join(map(re.escape, signs))) for word, signs in CHINESE.table("everyday").items()
}
_NO_PREFIX = CHINESE.table("no prefix")
_IS_WORD = frozenset(CHINESE.words("literal"))
_NEVER = re.compile("(?!)")
_DATELINE = re.compile(
    r"[A-Z][A-Za-z.' ,/-]{1,50}\((?:Reuters|AP|AFP|Bloomberg|Xinhua|Dow Jones|Kyodo|MarketWatch|Interfax)\)"
)
_BESIDE_SYMBOLS = frozenset(word.upper() for word in ENGLISH.words("beside symbols"))
DATELINE = 60  # characters
NEAR = 12  # characters around a Chinese word in which its everyday sense is looked for
LONG_WORD = 4  # letters from which a word's capital tells whether a line is a headline
HEADLINE = 0.75  # the share of them


def line_of(content: str, start: int, end: int, names: Iterable[tuple[int, int]] = ()) -> str:
    """The line around [start, end), without it and without the `names` in it."""
    first = content.rfind("\n", 0, start) + 1
    last = content.find("\n", end)
    last = last if last >= 0 else len(content)
    rest, place = [], first
    for begin, stop in sorted({(start, end), *((a, b) for a, b in names if first <= a and b <= last)}):
        if begin >= place:
            rest.append(content[place:begin])
            place = stop
    return " ".join([*rest, content[place:last]])


def is_headline(rest: str) -> bool:
    """Whether a line writes its words with capitals, so that a capital tells nothing."""
    words = [one for one in _WORD.findall(rest) if len(one) >= LONG_WORD]
    return len(words) >= 2 and sum(one[0].isupper() for one in words) >= HEADLINE * len(words)


def shouts(content: str, start: int, end: int) -> bool:
    """Whether the words beside [start, end) are in capitals too."""
    rest = line_of(content, start, end)
    words = [one for one in _WORD.findall(rest) if len(one) > 1]
    return len(words) >= 2 and sum(one.isupper() for one in words) >= HEADLINE * len(words)


def in_dateline(content: str, start: int, end: int) -> bool:
    """Whether [start, end) stands in what a report opens with: NEW YORK (Reuters) -."""
    first = content.rfind("\n", 0, start) + 1
    return (
        start - first < DATELINE
        and (found := _DATELINE.match(content, first)) is not None
        and end <= found.end()
    )


def among_capitals(content: str, start: int, end: int) -> bool:
    """Whether a word in capitals stands right beside [start, end): SAN FRANCISCO."""
    before = re.search(r"([A-Z]{2,}) $", content[max(0, start - 20) : start])
    after = re.match(r" ([A-Z]{2,})\b", content[end : end + 20])
    return any(one and one[1] not in _BESIDE_SYMBOLS for one in (before, after))


def following(content: str, end: int) -> list[str]:
    """The next two words or marks in the line, as they are written."""
    return [one.group() for one, _ in zip(_TOKEN.finditer(content, end, end + 60), range(2), strict=False)]


def preceding(content: str, start: int) -> str:
    """The word or mark before, as it is written."""
    found = _TOKEN.findall(content[max(0, start - 40) : start])
    return found[-1] if found else ""


def of_another(content: str, start: int, end: int) -> bool:
    """Whether a short Latin name is part of the longer name of a person or of something else."""
    before = preceding(content, start)
    if content[start - 1 : start] == " " and before[:1].isupper() and before.lower() in _FIRST_NAMES:
        return True
    if content[end : end + 1] != " ":
        return False
    after = following(content, end)
    word = after[0] if after else ""
    return word[:1].isupper() and word.lower() in _LONGER and not is_headline(line_of(content, start, end))


def is_company(
    content: str, start: int, end: int, known: bool, names: Collection[tuple[int, int]] = ()
) -> bool:
    """Whether an English everyday word at [start, end) means the company. `known`: the text names it
    otherwise; `names` are the places of names that are sure, whose capitals tell nothing."""
    word = folded(content[start:end])
    after, before = following(content, end), preceding(content, start)
    upcoming = after[0].lower() if after and "\n" not in content[end : end + 2] else ""
    if upcoming in _NEVER_NEXT.get(word, ()):
        return False
    if content[end : end + 1] == "-" and content[end + 1 : end + 2].islower():
        return (
            re.match(r"-(backed|owned|led|made|like|branded|controlled|listed)\b", content[end:]) is not None
        )
    if content[start - 1 : start] == "-" and content[start - 2 : start - 1].isalpha():
        return False
    article = before.lower() in ("the", "a", "an", "this", "that", "its", "their", "his", "her")
    nominal = upcoming in COMPANY_NEXT
    possessive = re.match(r"['\u2019\u02bc]s?\b", content[end:]) is not None
    if upcoming == "(" and len(after) > 1 and re.match(r"[A-Z]", after[1]):
        return True
    if article:
        return known
    headline = is_headline(line_of(content, start, end, names)) or shouts(content, start, end)
    opens = (
        not before
        or before[-1] in _STARTS
        or content[:start].rstrip(" ").endswith("\n")
        or not content[:start].strip()
    )
    if not opens and not headline and before[:1].isupper() and before.lower() not in _COMPANY_BEFORE:
        return nominal and _opening(content, start, before)
    if nominal or possessive:
        return True
    if _listed(content, start, end) and not headline:
        return True
    if not opens and not headline:
        return True
    return known and not headline


def _opening(content: str, start: int, before: str) -> bool:
    """Whether the word before is the first of its sentence, where a capital tells nothing."""
    head = content[: start - 1 - len(before)].rstrip(" ")
    return not head or head[-1] in _STARTS


def _listed(content: str, start: int, end: int) -> bool:
    """Whether the word stands in a list of names: "Visa and Mastercard"."""
    after = re.match(r"(?:, | and | & )([A-Z]\w+)", content[end : end + 40])
    before = re.search(r"([A-Z]\w+)(?:, | and | & )$", content[max(0, start - 40) : start])
    return bool(after or before)


def is_chinese_company(content: str, start: int, end: int, known: bool, beside: bool) -> bool:
    """Whether a Chinese everyday word means the company. `known`: the text names it otherwise; `beside`:
    another company stands beside it in a list."""
    word = folded(content[start:end])
    near = folded(content[max(0, start - NEAR) : end + NEAR])
    if content[end : end + 1] == "'" or beside or (known and content[end : end + 2].lstrip()[:1] == "("):
        return True
    if _EVERYDAY.get(word, _NEVER).search(near):
        return known and not _PLACE.match(content, end)
    return known or says_company(content, start, end)


def says_company(content: str, start: int, end: int) -> bool:
    """Whether the clause says what is said of companies."""
    first = max(content.rfind(mark, 0, start) for mark in _CLAUSE_ENDS) + 1
    ends = [at for mark in _CLAUSE_ENDS if (at := content.find(mark, end)) >= 0]
    sentence = folded(content[first:start] + "\0" + content[end : min(ends, default=len(content))])
    return _SAID.search(sentence) is not None


def is_prefixed(content: str, start: int, end: int) -> bool:
    """Whether what stands right before a Chinese name makes a word of it: 最美的, 三百度, 7特斯拉."""
    word = folded(content[start:end])
    before = folded(content[max(0, start - 3) : start])
    return any(before.endswith(one) for one in _NO_PREFIX.get(word, ()))


def of_chinese_another(content: str, end: int, name: str, names: frozenset[str]) -> bool:
    """Whether a short Chinese name begins the longer name of another company or of a place.

    `names` are the company's own, folded: 万达广场 is Wanda's if its list says so."""
    rest = folded(content[end : end + 8])
    if not rest or _IS_ITSELF.match(rest):
        return False
    part = _GOES_ON.match(rest)
    return part is not None and not any(own.startswith(folded(name) + part.group()) for own in names)


def is_literal(content: str, end: int, name: str) -> bool:
    """Whether a name of 中国 and a word means what it says: 中国银行业, 中国移动支付, 中国石油需求."""
    simple = folded(name)
    if not simple.startswith("\u4e2d\u56fd") or simple[2:] not in _IS_WORD:
        return False
    return _LITERAL.match(folded(content[end : end + 6])) is not None
