"""The sentences of a text, in Chinese and English: where each begins and ends.

A sentence ends at the end of a line; after 。, ！ or ？; and after a full stop, ! or ? that a space and
anything but a small letter follow, unless the full stop is of an abbreviation (Inc., U.S., No. 5) or of
somebody's initial. Marks that close a quotation belong to what they close. It is the rule-based way of
Grefenstette and Tapanainen ("What is a word, what is a sentence?", COMPLEX 1994). Where it errs, a sentence
is too long or too short by another one, which does not harm who quotes it.
"""

from __future__ import annotations

import re

_SHORT = re.compile(
    r"(?:mrs?|ms|dr|prof|st|[sj]r|inc|corp|cos?|ltd|plc|bros|ll[cp]|lp|nos?|vs|etc|gen|gov|sen|rep|rev|hon"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|est|approx|dept|fig|vol|pp"
    r"|ed|al|dist|assn|intl|natl|[ue]\.[sknu]|[ap]\.m|[ie]\.[eg]|d\.c)\.?",
    re.IGNORECASE,
)
"""Words that a full stop shortens."""
_CLOSING = "\"'”’」』）)】》〉]"
_END = re.compile(rf"[。！？!?][。！？!?{re.escape(_CLOSING)}]*|[.…]+[{re.escape(_CLOSING)}]*(?=\s|$)|\n+")
_WORD = re.compile(r"[\w.&]+$")
_HAN = re.compile(r"[\u3400-\u9fff]")


def spans(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text are, as [start, end) in order, without the space around them."""
    found: list[tuple[int, int]] = []
    begin = 0
    for match in _END.finditer(text):
        if not _ends(text, match):
            continue
        _add(found, text, begin, match.end())
        begin = match.end()
    _add(found, text, begin, len(text))
    return found


def _ends(text: str, match: re.Match[str]) -> bool:
    """Whether a sentence ends with these marks."""
    mark, before, after = match[0][0], text[: match.start()], text[match.end() :]
    if mark in "\n。！？" or not after:
        return True
    if mark in "!?" and not after[0].isspace():  # of full width, once: no space follows it
        return bool(_HAN.match(after) or _HAN.match(before[-1:]))
    following = after.lstrip()[:1]
    if not following:
        return True
    if following.islower():
        return False
    if mark != "." or len(match[0].rstrip(_CLOSING)) > 1:
        return True
    word = _WORD.search(before[-24:])
    return word is None or not _shortened(word[0])


def _shortened(word: str) -> bool:
    """Whether the full stop after a word is that of an abbreviation, or of an initial."""
    return (len(word) == 1 and word.isupper()) or _SHORT.fullmatch(word) is not None


def _add(found: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    inner = text[begin:end]
    start = begin + len(inner) - len(inner.lstrip())
    stop = begin + len(inner.rstrip())
    if start < stop:
        found.append((start, stop))
