"""Texts and names as they are compared: one character for one, so that places in both are the same.

Lower case; typographic apostrophes, hyphens and dots are the plain ones; Latin letters have no marks (é is
e); traditional characters are the simplified ones (OpenCC's, https://github.com/BYVoid/OpenCC), on both
sides, so that no phrase needs to be known: 騰訊 is 腾讯, and 乾 and 干 are one.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import opencc

APOSTROPHES = "\u2018\u2019\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u00b4\u0060\uff07\u05f3"
HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\u2043\ufe58\ufe63\uff0d"
DOTS = "\u2022\u2027\u30fb\u00b7\u22c5\uff65\u2219"
SPACED_ACUTE = " \u0301"
"""What NFKC makes of an acute accent that stands alone, and that some write for an apostrophe."""

_CHINESE = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))
_LATIN = (0xC0, 0x250)


@cache
def _table() -> dict[int, str]:
    """Every character that is compared as another."""
    table = {ord(one): "'" for one in APOSTROPHES}
    table |= {ord(one): "-" for one in HYPHENS}
    table |= {ord(one): "\u00b7" for one in DOTS}
    for code in range(*_LATIN):
        plain = "".join(
            one for one in unicodedata.normalize("NFD", chr(code)) if not unicodedata.combining(one)
        )
        if len(plain) == 1 and plain != chr(code):
            table[code] = plain.lower()
    characters = [chr(code) for first, end in _CHINESE for code in range(first, end)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    for old, new in zip(characters, simplified, strict=True):
        if len(new) == 1 and old != new:
            table[ord(old)] = new
    return table


def folded(text: str) -> str:
    """`text` as it is compared; of the same length."""
    lowered = text.lower()
    if len(lowered) != len(text):  # Turkish "İ" lowers to two characters
        lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return lowered.replace("`", "'") if lowered.isascii() else lowered.translate(_table())


def normal(alias: str) -> str:
    """A name as `Article.content` would write it: NFKC, single spaces."""
    if alias.isascii() and alias.isalnum():
        return alias
    return " ".join(unicodedata.normalize("NFKC", alias).split())
