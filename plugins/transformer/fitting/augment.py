"""More texts to learn from: labelled ones said in other words, about other companies.

Synonyms (EDA, Wei and Zou 2019) come from a short list of the words that financial news says
the same thing with, in both languages; they keep the sentiment by design. Companies are exchanged for
others of the same script, so that a name alone says nothing. Back-translation (Sennrich et al. 2016)
needs a translator, which the monitor does not ship: `back_translate` takes any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from monitor import Example
from monitor_plugins.transformer.names import clean, find

Translate = Callable[[Sequence[str], str, str], Sequence[str]]
"""Texts, from one language (ISO 639-1) to another; as many come back, in the same order."""

SYNONYMS: tuple[tuple[str, ...], ...] = (
    ("rises", "climbs", "gains", "advances"),
    ("rise", "climb", "gain", "advance"),
    ("falls", "drops", "declines", "slides"),
    ("fall", "drop", "decline", "slide"),
    ("jumps", "surges", "soars"),
    ("plunges", "tumbles", "slumps"),
    ("profit", "earnings"),
    ("revenue", "sales"),
    ("shares", "stock"),
    ("beats", "tops", "exceeds"),
    ("misses", "falls short of"),
    ("estimates", "forecasts", "expectations"),
    ("outlook", "guidance"),
    ("raises", "lifts", "boosts"),
    ("cuts", "lowers", "trims"),
    ("buys", "acquires"),
    ("says", "states"),
    ("firm", "company"),
    ("上涨", "走高", "上行"),
    ("下跌", "走低", "下行"),
    ("大涨", "飙升", "劲升"),
    ("大跌", "重挫", "暴跌"),
    ("增长", "上升", "提升"),
    ("下降", "下滑", "减少"),
    ("净利润", "净利"),
    ("营业收入", "营收"),
    ("公告", "公布"),
    ("预计", "料"),
    ("收购", "并购"),
    ("增持", "加仓"),
    ("减持", "减仓"),
    ("首次公开发行", "IPO"),
    ("看好", "看多"),
    ("看空", "唱空"),
)

_OTHERS = {word: [other for other in words if other != word] for words in SYNONYMS for word in words}
_LONGEST_FIRST = sorted(_OTHERS, key=len, reverse=True)
_WORDS = re.compile(
    "|".join(
        rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])" if word.isascii() else re.escape(word)
        for word in _LONGEST_FIRST
    )
)
_CHINESE = re.compile("[\u4e00-\u9fff]")


def augment(examples: Sequence[Example], copies: float, seed: int) -> list[Example]:
    """The examples, and `copies` more of each (a fraction: of so many of them), changed where there is
    something to change; a copy that would say the same is left out."""
    rng = np.random.default_rng([seed, len(examples)])
    names = sorted({clean(name) for example in examples for name, _ in example.companies})
    more = []
    for example in examples:
        for _ in range(int(copies) + (rng.random() < copies % 1)):
            changed = swap_companies(swap_synonyms(example, rng), names, rng)
            if changed.text != clean(example.text):
                more.append(changed)
    return [*examples, *more]


def swap_synonyms(example: Example, rng: np.random.Generator, share: float = 0.5) -> Example:
    """Each word that has synonyms becomes one of them with probability `share`; names of companies stay."""
    text = clean(example.text)
    kept = [span for name, _ in example.companies for span in find(text, clean(name))]

    def change(match: re.Match[str]) -> str:
        start, end = match.span()
        others = _OTHERS[match[0]]
        named = any(start < last and first < end for first, last in kept)
        return match[0] if named or rng.random() >= share else others[rng.integers(len(others))]

    return replace(example, text=_WORDS.sub(change, text))


def swap_companies(example: Example, names: Sequence[str], rng: np.random.Generator) -> Example:
    """Each company becomes another of `names` of the same script, wherever it is named.

    A text in which one company's name lies in another's is left as it is.
    """
    own = [clean(name) for name, _ in example.companies]
    if any(a != b and find(a, b) for a in own for b in own) or len(set(own)) < len(own):
        return example
    text, companies = clean(example.text), []
    taken, scripts = set(own), _scripts(tuple(names))
    for name, (_, sentiment) in zip(own, example.companies, strict=True):
        spans, others = find(text, name), scripts[bool(_CHINESE.search(name))]
        other = name
        if spans and any(one not in taken for one in others):
            first = int(rng.integers(len(others)))
            turns = (others[(first + i) % len(others)] for i in range(len(others)))
            other = next(one for one in turns if one not in taken)
        if any(find(other, one) or find(one, other) for one in taken):  # itself among them
            companies.append((name, sentiment))
            continue
        taken.add(other)
        for start, end in reversed(spans):
            text = text[:start] + other + text[end:]
        companies.append((other, sentiment))
    return replace(example, text=text, companies=tuple(companies))


@lru_cache(maxsize=1)
def _scripts(names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The names without Chinese characters, and those with some."""
    chinese = [bool(_CHINESE.search(name)) for name in names]
    return (
        [name for name, one in zip(names, chinese, strict=True) if not one],
        [name for name, one in zip(names, chinese, strict=True) if one],
    )


def back_translate(
    examples: Sequence[Example], translate: Translate, language: str, via: str
) -> list[Example]:
    """The examples in the words of a translation to `via` and back. One whose companies the way there and
    back has renamed is left out: its labels would be about nobody."""
    there = translate([clean(example.text) for example in examples], language, via)
    back = translate(there, via, language)
    return [
        replace(example, text=text)
        for example, text in zip(examples, back, strict=True)
        if text.strip() and all(find(text, clean(name)) for name, _ in example.companies)
    ]
