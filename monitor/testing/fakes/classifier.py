"""A classifier that learns within milliseconds."""

from __future__ import annotations

import json
import math
import re
import struct
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from monitor.errors import ModelError, UserError
from monitor.hookspecs import Progress
from monitor.records import SENTIMENTS, Article, Attribution, Example, Explanation, Prediction, Snapshot

_WORD = re.compile(r"[a-z]+|[\u3400-\u9fff]")
_LETTERS = re.compile(_WORD.pattern, re.IGNORECASE)
_STOP = re.compile(r"[,;.!?，；。！？\n]")
_FILE = "words.json"


@dataclass
class FakeClassifier:
    """Naive Bayes over lower-case Latin words and single Chinese characters.

    It learns within milliseconds, from its parent's counts on, and a word it never saw
    leaves it at its prior, so that tests can have sure and unsure articles at will. An
    instance that never loaded a model knows EXAMPLES. Its model is one file of counts. What it
    thinks of a company is what it thinks of the clause that names it first. Its vectors count words
    in 32 buckets.
    """

    smoothing: float = 0.5  # added to every word count
    version: str = field(default="fake", init=False)
    _words: dict[str, dict[str, dict[str, float]]] | None = field(default=None, init=False, repr=False)

    kind: ClassVar[str] = "fake"

    def load(self, model: Path, version: str) -> None:
        self._words = _read_words(model)
        self.version = version

    def classify(self, articles: Sequence[Article]) -> list[Prediction]:
        words = _count(EXAMPLES, {}) if self._words is None else self._words
        return [
            replace(self._classify(article.content, words), companies=self._towards(article, words))
            for article in articles
        ]

    def fit(
        self, snapshot: Snapshot, parent: Path | None, out: Path, progress: Progress
    ) -> Mapping[str, Any]:
        start = _read_words(parent) if parent is not None else {}
        progress("count words", 0, len(snapshot.train))
        words = _count(snapshot.train, start)
        out.mkdir(parents=True, exist_ok=True)
        (out / _FILE).write_text(json.dumps(words, ensure_ascii=False, sort_keys=True), encoding="utf-8")
        progress("count words", len(snapshot.train), len(snapshot.train))
        return {"texts": len(snapshot.train)}

    def explain(self, article: Article, target: str) -> Explanation:
        """Exact: Naive Bayes is linear in the words."""
        words = _count(EXAMPLES, {}) if self._words is None else self._words
        [prediction] = self.classify([article])
        head, _, name = target.partition(":")
        classes: dict[str, Mapping[str, float]]
        if (head == "sentiment" and name in ("", *SENTIMENTS)) or (
            head == "company" and name and name in article.content
        ):
            label = (head == "sentiment" and name) or prediction.label
            classes = {one: words["sentiment"].get(one, {}) for one in SENTIMENTS}
            probability = prediction.sentiment[label]
        elif head == "topics" and name in words["topics"]:
            label, probability = name, prediction.topics[name]
            outside = Counter(words["all"]["topics"])
            outside.subtract(words["topics"][name])
            classes = {name: words["topics"][name], "": outside}
        else:
            raise UserError(
                f"target {target!r} is unknown: expected sentiment, sentiment:CLASS, company:NAME, or "
                f"topics:NAME (NAME one of {', '.join(words['topics'])})"
            )
        matches = list(_LETTERS.finditer(article.content))
        worth = self._worth([match.group().lower() for match in matches], classes)
        found = tuple(
            Attribution(*match.span(), logs[label] - sum(logs.values()) / len(logs))
            for match, logs in zip(matches, worth, strict=True)
        )
        total = sum(one.score for one in found)
        return Explanation(article.content, target, label, probability, found, total, model=self.version)

    def _classify(self, content: str, words: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Prediction:
        found = _WORD.findall(content.lower())
        sentiment = self._posterior(found, {name: words["sentiment"].get(name, {}) for name in SENTIMENTS})
        topics = {}
        for name, inside in words["topics"].items():
            outside = Counter(words["all"]["topics"])
            outside.subtract(inside)
            topics[name] = self._posterior(found, {"in": inside, "out": outside})["in"]
        buckets = [0.0] * 32
        for word in found:
            buckets[zlib.crc32(word.encode()) % 32] += 1.0
        vector = struct.pack("<32e", *buckets) if found else b""
        return Prediction(sentiment, topics, self.version, "" if found else "no text", vector=vector)

    def _towards(
        self, article: Article, words: Mapping[str, Mapping[str, Mapping[str, float]]]
    ) -> dict[str, Mapping[str, float]]:
        clauses = {}
        for company, name in article.named.items():
            start = max(0, article.content.find(name))
            before, after = article.content[:start], article.content[start:]
            clauses[company] = _STOP.split(before)[-1] + _STOP.split(after)[0]
        return {company: self._classify(clause, words).sentiment for company, clause in clauses.items()}

    def _posterior(
        self, found: Sequence[str], classes: Mapping[str, Mapping[str, float]]
    ) -> dict[str, float]:
        logs = {name: math.log(counts.get("", 0) + 1.0) for name, counts in classes.items()}
        for worth in self._worth(found, classes):
            for name, value in worth.items():
                logs[name] += value
        highest = max(logs.values())
        odds = {name: math.exp(value - highest) for name, value in logs.items()}
        return {name: value / sum(odds.values()) for name, value in odds.items()}

    def _worth(
        self, found: Sequence[str], classes: Mapping[str, Mapping[str, float]]
    ) -> list[dict[str, float]]:
        """Each word's log-likelihood in each class; 0 where it was never seen."""
        known = set().union(*classes.values()) - {""}
        totals = {
            name: sum(counts.values()) - counts.get("", 0) + self.smoothing * max(len(known), 1)
            for name, counts in classes.items()
        }
        return [
            {
                name: math.log((counts.get(word, 0) + self.smoothing) / totals[name])
                for name, counts in classes.items()
            }
            if word in known
            else dict.fromkeys(classes, 0.0)
            for word in found
        ]


def _count(
    examples: Sequence[Example], start: Mapping[str, Mapping[str, Mapping[str, float]]]
) -> dict[str, dict[str, dict[str, float]]]:
    """Word counts by class; the word "" counts the texts."""
    counts: dict[str, dict[str, dict[str, float]]] = {"sentiment": {}, "topics": {}, "all": {"topics": {}}}
    for task, classes in start.items():
        counts[task] = {name: dict(words) for name, words in classes.items()}

    def add(task: str, name: str, words: Sequence[str], weight: float) -> None:
        into = counts[task].setdefault(name, {})
        for word in words:
            into[word] = into.get(word, 0.0) + weight

    for example in examples:
        words = ["", *_WORD.findall(example.text.lower())]
        if example.sentiment is not None:
            add("sentiment", example.sentiment, words, example.weight)
        if example.topics is not None:
            add("all", "topics", words, example.weight)
            for name in example.topics:
                add("topics", name, words, example.weight)
    return counts


def _read_words(model: Path) -> dict[str, dict[str, dict[str, float]]]:
    file = model / _FILE
    try:
        words = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} is not a model of the fake classifier: {error}") from error
    if not isinstance(words, dict) or set(words) != {"sentiment", "topics", "all"}:
        raise ModelError(f"{file} is not a model of the fake classifier: expected sentiment, topics, all")
    return words


EXAMPLES: tuple[Example, ...] = (
    Example("Shares plunge after fraud probe and heavy losses", "negative", ("legal",)),
    Example("Lender defaults, warns of bankruptcy and layoffs", "negative", ("credit",)),
    Example("公司亏损扩大，股价暴跌，涉嫌造假被调查", "negative", ("legal",)),
    Example("The board meets on Tuesday", "neutral", ("company",)),
    Example("Company publishes annual report and schedules meeting", "neutral", ("company",)),
    Example("公司将于周二召开股东大会", "neutral", ("company",)),
    Example("Record profit lifts shares, guidance raised", "positive", ("earnings",)),
    Example("Strong growth beats forecasts, dividend raised", "positive", ("earnings",)),
    Example("净利润大增，业绩创新高，股价上涨", "positive", ("earnings",)),
)
"""What a FakeClassifier knows before it loads a model."""
