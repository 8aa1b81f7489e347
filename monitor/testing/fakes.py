"""In-memory stand-ins for the network, the clock and each kind of plugin.

They are real implementations of the protocols in `monitor.hookspecs`, only small: the
classifier learns, the fetcher answers conditional requests, the notifier fails on demand.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
import zlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from monitor.errors import BlockedError, FetchError, ModelError, UserError
from monitor.hookspecs import Fetcher, Progress, Response
from monitor.records import (
    SENTIMENTS,
    Article,
    Attribution,
    Delivery,
    DeliveryState,
    Example,
    Explanation,
    Fetched,
    Item,
    Prediction,
    Snapshot,
)
from monitor.selection import Pool

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""The time fakes take where they are given none."""


@dataclass
class Clock:
    """Two clocks that stand until told otherwise: pass the instance where `now` is wanted, and its
    `steady` where seconds are counted. Time passes on both; only the wall clock can be set."""

    at: datetime = START
    counted: float = 1000.0

    def __call__(self) -> datetime:
        return self.at

    def steady(self) -> float:
        """What the steady clock says."""
        return self.counted

    def advance(self, **duration: float) -> datetime:
        """Let a `timedelta` of these arguments pass; the new time."""
        passed = timedelta(**duration)
        self.counted += passed.total_seconds()
        self.at += passed
        return self.at

    def step(self, **duration: float) -> datetime:
        """Set the wall clock by a `timedelta` of these arguments, in no time; what it says then."""
        self.at += timedelta(**duration)
        return self.at


# --- the network ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """What a plugin asked the fetcher for."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


Answer = Response | bytes | str | Exception


@dataclass
class FakeFetcher:
    """Answers from `answers`: by URL, a `Response`, a body, an error to raise, or a list of
    these, taken in turn, the last one for good. An unknown URL answers `otherwise`.

    As the real fetcher does, it raises FetchError for statuses >= 400 (for a POST, outside
    200-299), and it answers 304 where `If-None-Match` or `If-Modified-Since` repeats the
    answer's own `etag` or `last-modified`. `requests` holds what was asked.

    `hosts` holds the addresses of names for clients that connect themselves (or an error to raise); an
    address of this machine is its own, and every other host is refused. `looked_up` holds what was asked.
    """

    answers: Mapping[str, Answer | Sequence[Answer]] = field(default_factory=dict)
    otherwise: Answer = field(default_factory=lambda: Response(404, "", {}, b""))
    requests: list[Request] = field(default_factory=list)
    hosts: Mapping[str, Sequence[str] | Exception] = field(default_factory=dict)
    looked_up: list[tuple[str, int]] = field(default_factory=list)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        response = self._answer(Request("GET", url, sent))
        if response.status >= 400:
            raise FetchError(f"{url} answered HTTP {response.status}", status=response.status)
        for asked, told in (("if-none-match", "etag"), ("if-modified-since", "last-modified")):
            if asked in sent and sent[asked] == response.headers.get(told):
                return Response(304, response.url, response.headers, b"")
        return response

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        status_only: bool = False,
    ) -> Response:
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        response = self._answer(Request("POST", url, sent, body))
        if not 200 <= response.status < 300:
            raise FetchError(f"{url} answered HTTP {response.status}", status=response.status)
        return replace(response, body=b"") if status_only else response

    def addresses(self, host: str, port: int, *, own_ports: Collection[int] = ()) -> Sequence[str]:
        self.looked_up.append((host, port))
        found = self.hosts.get(host, (host,) if host in ("127.0.0.1", "::1") else ())
        if isinstance(found, Exception):
            raise found
        if not found:
            raise BlockedError(f"{host} was not connected to: a test reaches this machine only")
        return found

    def _answer(self, request: Request) -> Response:
        earlier = sum(one.url == request.url for one in self.requests)
        self.requests.append(request)
        found = self.answers.get(request.url, self.otherwise)
        if isinstance(found, Sequence) and not isinstance(found, str | bytes):
            found = found[min(earlier, len(found) - 1)]
        if isinstance(found, Exception):
            raise found
        if isinstance(found, str):
            found = found.encode()
        if isinstance(found, bytes):
            return Response(200, request.url, {}, found)
        return Response(found.status, found.url or request.url, found.headers, found.body)


# --- plugins ----------------------------------------------------------------------------


@dataclass
class FakeSource:
    """Delivers `items` at every fetch, or raises `error`. Its state counts the fetches;
    `states` holds the ones it was handed."""

    items: Sequence[Item] = ()
    warnings: Sequence[str] = ()
    error: Exception | None = None
    states: list[Mapping[str, Any]] = field(default_factory=list)

    kind: ClassVar[str] = "fake"

    def fetch(self, state: Mapping[str, Any], fetcher: Fetcher) -> Fetched:
        self.states.append(dict(state))
        if self.error is not None:
            raise self.error
        return Fetched(list(self.items), {"fetches": state.get("fetches", 0) + 1}, tuple(self.warnings))


@dataclass
class FakeNotifier:
    """Keeps what it is sent. The first `failures` attempts raise FetchError."""

    failures: int = 0
    attempts: list[Delivery] = field(default_factory=list)
    sent: list[Delivery] = field(default_factory=list)

    kind: ClassVar[str] = "fake"

    def send(self, delivery: Delivery, fetcher: Fetcher) -> None:
        self.attempts.append(delivery)
        if len(self.attempts) <= self.failures:
            raise FetchError("the receiver answered HTTP 503", status=503)
        self.sent.append(delivery)


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


# --- records ----------------------------------------------------------------------------

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


def make_article(content: str, **fields: Any) -> Article:
    """An article of this content; every other field has a default."""
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    defaults: dict[str, Any] = {
        "source": "fake",
        "title": content,
        "text": "",
        "url": "",
        "author": "",
        "language": "",
        "published_at": START,
        "first_seen_at": START,
        "identity_key": digest,
        "content_hash": digest,
    }
    return Article(content=content, **(defaults | fields))


def make_prediction(
    negative: float = 0.0, neutral: float = 0.0, positive: float = 0.0, **fields: Any
) -> Prediction:
    """A prediction with these sentiment probabilities, scaled to sum to 1 (uniform if all are 0)."""
    values = (negative, neutral, positive)
    total = sum(values)
    sentiment = dict(zip(SENTIMENTS, (v / total if total else 1 / 3 for v in values), strict=True))
    return Prediction(**({"sentiment": sentiment, "topics": {}, "model": "fake"} | fields))


def make_pool(rows: int = 60, **columns: Any) -> Pool:
    """A pool of `rows` articles and 12 labelled ones with every column filled, at random but always the
    same; `columns` replace those of their names."""
    import numpy as np

    rng = np.random.default_rng(0)
    width, labelled = 8, 12
    middles = rng.normal(size=(6, width)).astype(np.float32)
    filled: dict[str, Any] = {
        "ids": 100 + 7 * np.arange(rows),
        "probabilities": rng.dirichlet((1.0, 1.0, 1.0), rows),
        "vectors": middles[np.arange(rows) % 6] + rng.normal(0, 0.3, (rows, width)).astype(np.float32),
        "members": rng.dirichlet((1.0, 1.0, 1.0), (5, rows)),
        "story": np.where(np.arange(rows) % 10 == 0, 0, np.arange(rows) // 2),
        "age": rng.uniform(0, 72, rows),
        "language": np.array(["en", "zh"])[np.arange(rows) % 2],
        "source": np.array(["wire", "forum", "paper"])[np.arange(rows) % 3],
        "seconds": rng.uniform(2, 60, rows),
        "impact": rng.uniform(0, 1, rows),
        "length": rng.integers(20, 4000, rows),
        "labels": rng.integers(0, len(SENTIMENTS), labelled),
        "labelled_vectors": rng.normal(size=(labelled, width)).astype(np.float32),
        "labelled_probabilities": rng.dirichlet((1.0, 1.0, 1.0), labelled),
        "asked_by": np.array(["margin", "random", "audit"])[np.arange(labelled) % 3],
        "asked_share": np.full(labelled, 0.5),
        "asked_loss": rng.uniform(0, 2, labelled),
    }
    return Pool(**(filled | columns))


def make_snapshot(examples: Sequence[Example] = EXAMPLES, gold: Sequence[Example] = ()) -> Snapshot:
    """A snapshot that trains on `examples` and develops on the same."""
    digest = hashlib.sha256(repr((examples, gold)).encode("utf-8", "surrogatepass")).hexdigest()
    return Snapshot(digest, tuple(examples), tuple(examples), tuple(gold))


def make_delivery(**fields: Any) -> Delivery:
    """An `opened` delivery of an alert; every field has a default."""
    defaults: dict[str, Any] = {
        "id": "delivery-1",
        "alert_id": "alert-1",
        "notifier": "fake",
        "event": "opened",
        "payload": {"title": "Negative coverage surges: legal", "scope": "topic:legal", "observed": 9},
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "created_at": START,
    }
    return Delivery(**(defaults | fields))
