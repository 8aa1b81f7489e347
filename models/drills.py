"""Texts written to be fitted on: turns of speech that the public data sets have too little of.

Two companies that fare differently, one company's words about another, negations ("did not have to
cut a single job"), quantities of which less is better ("net loss shrank"), sarcasm. Phrases stand in
`drills.json` and are put together at random, with companies' names from the data sets. They are
not the check-list's (`monitor/defaults/checklist.jsonl`): that one asks whether what was learnt
here holds for other words, and a test keeps the two apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from monitor import Example, ModelError

ORIGIN = "drills"
TRIES = 1000  # to draw two names, neither in the other
_CHINESE_NAME = re.compile("[\u4e00-\u9fff]{2,6}")
_ENGLISH_NAME = re.compile("[A-Z][A-Za-z&]+(?: [A-Z][A-Za-z&]+){0,2}")


def drills(names: Sequence[str], copies: int, seed: int) -> list[Example]:
    """Examples in both languages, none twice: every frame, relation and sentence `copies` times, and
    every quantity and negation, about companies out of `names`. Raises ModelError where those are too
    few."""
    banks = json.loads((Path(__file__).parent / "drills.json").read_text(encoding="utf-8"))
    rng = np.random.default_rng(seed)
    found: dict[str, Example] = {}
    for language, bank in banks.items():
        pattern = _CHINESE_NAME if language == "zh" else _ENGLISH_NAME
        known = sorted({name.strip() for name in names if pattern.fullmatch(name.strip())})
        for text, (sentiment, *towards) in _sentences(bank, language, copies, rng):
            example = _about(text, sentiment, towards, known, rng)
            found.setdefault(example.text, example)
    return list(found.values())


def _sentences(
    bank: dict[str, Any], language: str, copies: int, rng: np.random.Generator
) -> Iterator[tuple[str, list[str | None]]]:
    """Sentences about `{A}` and `{B}`: the text's sentiment, that towards A, that towards B."""

    def fill(text: str) -> str:
        return re.sub(r"\{(good|bad|flat)\}", lambda match: rng.choice(bank[match[1]]), text)

    for _ in range(copies):
        for text, sentiment, *towards in bank["frames"]:
            yield fill(text), [sentiment, *towards]
        for text, *towards in bank["relations"]:
            yield text, [None, *towards]
        for text, sentiment in bank["sarcasm"]:
            yield text, [sentiment, sentiment, None]
    joint = "" if language == "zh" else " "
    owns = "" if language == "zh" else "'s "
    for kind, sentiment in (("good", "positive"), ("bad", "negative"), ("flat", "neutral")):
        for phrase in bank[kind] * (8 if kind == "flat" else 1):
            yield "{A}" + joint + phrase, [sentiment, sentiment, None]
    for kind, sentiment in (("undone", "negative"), ("spared", "positive")):
        for phrase in bank[kind] * 4:
            yield "{A}" + joint + phrase, [sentiment, sentiment, None]
    for kind, signs in (("evils", ("positive", "negative")), ("goods", ("negative", "positive"))):
        for thing in bank[kind]:
            for way, sentiment in zip(("less", "more"), signs, strict=True):
                for verb in rng.choice(bank[way], 3, replace=False):
                    yield "{A}" + owns + thing + joint + verb, [sentiment, sentiment, None]


def _about(
    text: str,
    sentiment: str | None,
    towards: Sequence[str | None],
    names: Sequence[str],
    rng: np.random.Generator,
) -> Example:
    chosen: list[str] = []
    tries = 0
    while len(chosen) < 2:
        tries += 1
        if not names or tries > TRIES:
            raise ModelError("the data sets name too few companies to write sentences about: expected two")
        name = names[int(rng.integers(len(names)))]
        if not any(name in other or other in name for other in (*chosen, text)):
            chosen.append(name)
    for place, name in zip(("{A}", "{B}"), chosen, strict=True):
        text = text.replace(place, name)
    companies = tuple((name, one) for name, one in zip(chosen, towards, strict=True) if one is not None)
    return Example(text, sentiment=sentiment, companies=companies, origin=ORIGIN)
