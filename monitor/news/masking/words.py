"""What is said around a number, in Chinese and English.

A number without a check digit is personal data only where a word or its form says so, and a figure is
none whatever its form. `Words` reads what stands before and behind a number:

- words that name a kind ("电话", "passport no."), the nearest of which counts;
- words that name another number ("订单号", "serial") or an amount ("净利润", "revenue"): a word before
  them no longer counts;
- a unit or a currency ("元", "shares", "$"): the number is a figure.

The words themselves are data, in `vocabulary`. Nothing further than `REACH` is looked at, so that a text
costs time in proportion to its length.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.news.masking import vocabulary

REACH = 40
"""How far before a number a word may stand (characters)."""
BEHIND = 16
"""How far behind it a unit or a word is looked for."""

_STOPS = re.compile(r"[。!?…]|[a-z]{4}\. (?=[A-Z])")
_LABEL = re.compile(r"[\s:()\[\]【】-]*")


Named = tuple[int, int, str]
"""Where a word stands, and what it names: a kind, a person, or another number ("other")."""


def read(text: str) -> list[Named]:
    """The words of a view that name something, in order."""
    return [(match.start(), match.end(), match.lastgroup or "") for match in vocabulary.NAMED.finditer(text)]


@dataclass(frozen=True, slots=True)
class Words:
    """What is said around one number at `start`: the text `before` and `behind` it, and where the
    nearest word of each kind ends (`named`).

    `chained` is the kind of the find before, where only a comma or an "and" lies between: a list of
    numbers says once what they are. `figure` says that a currency or a word like "more than" stands
    before the number.
    """

    start: int
    before: str
    named: Mapping[str, int]
    chained: str
    figure: bool
    behind: str = ""

    @classmethod
    def before_number(
        cls, text: str, words: Sequence[Named], start: int, last_end: int = 0, last_kind: str = ""
    ) -> Words:
        """What is said before `start` of a view with these words; the last find before it, if any, ends at
        `last_end`."""
        before = text[max(last_end, start - REACH) : start]
        line = before.rfind("\n")
        if line >= 0 and not _LABEL.fullmatch(before, line + 1):
            before = before[line + 1 :]  # a label may stand on a line of its own, a sentence may not
        stops = [stop.end() for stop in _STOPS.finditer(before)]
        before = before[stops[-1] :] if stops else before
        chained = last_kind if last_end and vocabulary.GLUE.fullmatch(text, last_end, start) else ""
        figure = bool(vocabulary.AMOUNT.search(before[-8:]))
        return cls(start, before, _nearest(words, start - len(before), start), chained, figure)

    def and_behind(self, text: str, end: int) -> Words:
        """The same with what is said behind `end`."""
        return replace(self, behind=text[end : end + BEHIND])

    def is_figure(self) -> bool:
        """Whether a unit, a currency or a word like "more than" makes the number a figure."""
        return self.figure or bool(vocabulary.UNIT.match(self.behind))

    def names(self, kind: str) -> bool:
        """Whether a word names `kind`, before the number or right behind it."""
        if kind in self.named or self.chained == kind:
            return True
        behind = vocabulary.BEHIND.match(self.behind)
        return bool(behind and behind.lastgroup == kind)

    def directly(self, kind: str) -> bool:
        """Whether a word that names `kind` stands right before the number."""
        if self.chained == kind:
            return True
        gap = len(self.before) - self.start + self.named.get(kind, 0)
        return kind in self.named and bool(vocabulary.DIRECT.fullmatch(self.before, gap))

    def names_another(self) -> bool:
        """Whether the nearest word names another kind of number, or an amount."""
        return "other" in self.named


def _nearest(words: Sequence[Named], first: int, last: int) -> dict[str, int]:
    """The ends of the words in [first, last) by kind; one for another number or an amount takes back
    those before it."""
    found: dict[str, int] = {}
    for place in range(bisect_left(words, (first,)), len(words)):
        _, end, kind = words[place]
        if end > last:
            break
        if kind == "other" or "other" in found:
            found.clear()
        found[kind] = end
    return found
