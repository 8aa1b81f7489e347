"""Sentiments as people and other tools write them, and as numbers.

A word is accepted where it can mean one thing only. "bullish" and 利好 say where a price goes, "mixed" is
not neutral, 0, 1 and 2 stand for other classes in every second data set: such labels are refused, with what
is expected. -1, 0 and 1 are a scale where a file has -1 and 1, and nothing but these.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from math import isfinite
from typing import Any

from monitor.messages import Message
from monitor.records import SENTIMENTS

_WORDS = {
    "negative": ("negative", "neg", "负面", "負面", "消极", "消極", "负向", "負向"),
    "neutral": ("neutral", "neu", "中性", "中立"),
    "positive": ("positive", "pos", "正面", "积极", "積極", "正向"),
}
SENTIMENT = {word: sentiment for sentiment, words in _WORDS.items() for word in words}
"""The sentiment that a word means, in small letters."""
NOTHING = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "none", "null"})
"""What is written where there is no label."""
SCALE = {-1: "negative", 0: "neutral", 1: "positive"}

_NUMBER = re.compile(r"[+-]?\d+(?:\.0+)?")


def expected() -> Message:
    """What a label may be, in words."""
    return Message("labels.expected", sentiments=list(SENTIMENTS))


def read(label: Any) -> str | int | None:
    """The sentiment that a label means; a whole number as it is, for its meaning depends on the file;
    None where there is none. Raises ValueError for anything else."""
    if label is None or label != label:
        return None
    if isinstance(label, bool):
        raise ValueError(label)
    if isinstance(label, int | float):
        if not isfinite(label) or label != int(label):
            raise ValueError(label)
        return int(label)
    if not isinstance(label, str):
        raise ValueError(label)
    word = unicodedata.normalize("NFKC", label).strip().lower().removeprefix("__label__")
    if word in NOTHING:
        return None
    if word in SENTIMENT:
        return SENTIMENT[word]
    if _NUMBER.fullmatch(word):
        return int(float(word))
    raise ValueError(label)


def is_scale(numbers: Iterable[int]) -> bool:
    """Whether these labels of a file are the scale from -1 to 1."""
    found = set(numbers)
    return {-1, 1} <= found <= {-1, 0, 1}
