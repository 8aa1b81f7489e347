"""A text as the search for personal data sees it, with the way back to the text as it is.

People write one number in many ways: in full-width digits, with zero-width characters between them, as
HTML entities, percent-encoded in an address. The view spells all of them in ASCII, so that the patterns
need one spelling; `View.span` says what a find in the view covers in the text.

Only characters are folded, each by itself and whatever stands beside it: the view of a text in which a
part was replaced is the old view in which that part was replaced. Masking twice therefore changes
nothing (`monitor.news.masking`).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

_PLANES = range(0x80, 0x20000)  # beyond them nothing folds to ASCII
_DASHES = "‐‑‒–—―−﹘﹣－"
_DOTS = "·•․‧∙⋅・．"
_INVISIBLE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff"
)
"""Characters without a place of their own: controls, format characters, combining marks."""
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"
_AT = r"[ ]?[\[(（【{][ ]?(?:at|AT|At)[ ]?[\])）】}][ ]?"
_DOT = r"[ ]?[\[(（【{][ ]?(?:dot|DOT|Dot)[ ]?[\])）】}][ ]?"
_SPELT_OUT = re.compile(f"{_AT}|{_DOT}")
_PERCENT = r"%[2-7][0-9A-Fa-f]"
_ESCAPE = r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|t)"


@dataclass(frozen=True, slots=True)
class View:
    """`text` is what is searched. `starts` and `ends` say where each of its characters stands in the
    text it was made of; None where they stand at the same place."""

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    @classmethod
    def of(cls, text: str, *, address: bool = False) -> View:
        """The view of a text; of an `address` (RFC 3986), or of a text with one in it, with its
        percent-encoded characters."""
        percent = address or ("%" in text and "://" in text)
        if not (percent or _trigger().search(text) or _SPELT_OUT.search(text)):
            return cls(text if text.isascii() else text.translate(_folds()))
        special = _special(percent)
        pieces: list[str] = []
        starts: list[Iterator[int] | range] = []
        ends: list[Iterator[int] | range] = []
        position = 0
        for match in special.finditer(text):
            start, end = match.span()
            pieces.append(text[position:start].translate(_folds()))
            starts.append(range(position, start))
            ends.append(range(position + 1, start + 1))
            position = end
            written = _written(match)
            pieces.append(written)
            starts.append(iter([start] * len(written)))
            ends.append(iter([end] * len(written)))
        pieces.append(text[position:].translate(_folds()))
        starts.append(range(position, len(text)))
        ends.append(range(position + 1, len(text) + 1))
        return cls("".join(pieces), list(chain.from_iterable(starts)), list(chain.from_iterable(ends)))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """What [start, end) of the view, not empty, covers in the text."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def _written(match: re.Match[str]) -> str:
    """What a special piece of text stands for, in ASCII where it can be; "" for what is invisible."""
    piece = match[0]
    kind = match.lastgroup
    if kind == "entity":
        piece = html.unescape(piece)
    elif kind == "percent":
        piece = chr(int(piece[1:], 16))
    elif kind == "escape":
        piece = "\t" if piece == r"\t" else chr(int(piece[2:], 16))
    elif kind == "at":
        return "@"
    elif kind == "dot":
        return "."
    elif kind == "many":
        return unicodedata.normalize("NFKC", piece)
    return _hidden().sub("", piece).translate(_folds())


@cache
def _trigger() -> re.Pattern[str]:
    """A character without which a text holds nothing special but a spelt-out "@" or dot."""
    return re.compile(f"[&\\\\\t{''.join(map(chr, _many()))}{_INVISIBLE}]")


@cache
def _special(percent: bool) -> re.Pattern[str]:
    parts = {"entity": _ENTITY, "at": _AT, "dot": _DOT, "escape": _ESCAPE}
    if percent:
        parts["percent"] = _PERCENT
    named = [f"(?P<{name}>{pattern})" for name, pattern in parts.items()]
    many = "".join(map(chr, _many()))
    return re.compile("|".join([*named, f"(?P<many>[{many}])", f"[{_INVISIBLE}]+"]))


@cache
def _hidden() -> re.Pattern[str]:
    return re.compile(f"[{_INVISIBLE}]+")


@cache
def _folds() -> dict[int, str]:
    """The characters that fold to one of ASCII: compatibility forms (Unicode NFKC), digits of all
    scripts, spaces, dashes and dots."""
    found = {ord("\t"): " "}
    for point in _PLANES:
        char = chr(point)
        category = unicodedata.category(char)
        folded = unicodedata.normalize("NFKC", char)
        if category == "Nd":
            found[point] = str(unicodedata.decimal(char))
        elif category == "Zs":
            found[point] = " "
        elif len(folded) == 1 and (folded.isascii() or folded == "¥"):
            found[point] = folded
    found |= {ord(char): "-" for char in _DASHES}
    found |= {ord(char): "." for char in _DOTS}
    return found


@cache
def _many() -> list[int]:
    """The characters that stand for several of ASCII, a digit among them: ⑩, ⑴, ⒈."""
    written = ((point, unicodedata.normalize("NFKC", chr(point))) for point in _PLANES)
    return [
        point
        for point, folded in written
        if len(folded) > 1 and folded.isascii() and any(char.isdigit() for char in folded)
    ]
